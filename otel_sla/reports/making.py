"""Make reports: in the foreground, or fetching what is missing in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..accounting import Period
from ..conf import conf
from ..metrics.rows import database
from . import facts, measurements, subjects
from .background import Failed, Pending, background
from .document import Document, Plan, document
from .facts import Known
from .measurements import DELAY, RENEW, Measurements, Steps, Wanted, in_words
from .quantities import at
from .refusals import NoSource, ReportRefused
from .selection import Selection
from .source import Source, configured


class _Job(NamedTuple):
    """What is made of what."""

    plan: Plan
    source: Source
    alias: str

    def wanted(self, known: Known) -> Wanted:
        """Return what has to be measured."""
        plan = self.plan
        first = {
            name: one.first
            for name, one in known.facts.items()
            if one.first is not None
        }
        return Wanted(tuple(plan.bounds), *plan.measured, plan.moment, first)

    def document(self, known: Known, measured: Measurements) -> Document:
        setting = conf.PROMETHEUS
        least = float(setting.min_coverage) if setting else 0.95
        plan, found = self.plan, (known.facts, known.described, known.problems)
        return document(plan, self.source, measured, *found, least)


def make(
    period: Period,
    selection: Selection,
    moment: int,
    progress: Steps | None = None,
    *,
    fetch_again: bool = False,
) -> Document:
    """Return the document of a report, having asked the source for what is missing.

    `moment` is in Unix seconds. Raises ReportRefused, NotMeasured and django.db.Error.
    """
    job = _job(period, selection, moment)
    return job.document(*_fetch(job, progress, again=fetch_again))


def look(
    period: Period, selection: Selection, moment: int
) -> Document | Pending | Failed:
    """Return the document, or how far the background is with what is missing for it.

    Nothing of it waits for the network. Raises ReportRefused and django.db.Error.
    """
    job = _job(period, selection, moment)
    known = facts.gather(job.source, job.plan.bounds, moment, job.alias)
    gathered = measurements.gather(job.source, job.wanted(known), job.alias)
    is_complete = known.is_complete and gathered.is_complete
    if not is_complete or known.is_old or gathered.is_old:

        def work(tell: Callable[[str], None]) -> bool:
            _fetch(job, lambda *steps: tell(in_words(*steps)))
            return True

        key = (
            "report",
            job.source.digest,
            period.text,
            selection,
            tuple(job.plan.bounds),
        )
        done = background.ask(key, work, RENEW)
        if not is_complete:
            return done if isinstance(done, Pending | Failed) else Pending("")
    return job.document(known, gathered.measurements)


def is_configured() -> bool:
    """Return whether the site has a source of availability."""
    return conf.PROMETHEUS is not None


def _job(period: Period, selection: Selection, moment: int) -> _Job:
    source = configured()
    if source is None:
        raise NoSource("no_source")
    alias = database()
    plan = Plan(period, selection, subjects.read(alias, selection), moment, DELAY)
    if min(start for start, _ in plan.bounds.values()) > moment:
        raise ReportRefused(
            "period_in_the_future", period=period.label, today=at(moment)
        )
    return _Job(plan, source, alias)


def _fetch(
    job: _Job, progress: Steps | None = None, *, again: bool = False
) -> tuple[Known, Measurements]:
    """Return what is known, having asked for what is missing. Raises NotMeasured."""
    plan, source, alias = job.plan, job.source, job.alias
    known = facts.fetch(source, plan.bounds, plan.moment, alias, again=again)
    wanted = job.wanted(known)
    return known, measurements.fetch(source, wanted, alias, progress, again=again)
