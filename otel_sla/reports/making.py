"""Make reports: in the foreground, or fetching what is missing in the background."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from ..accounting import Period
from ..conf import conf
from ..language import Phrase
from ..metrics.rows import database
from ..schedule.spans import DAY
from . import facts, measurements, subjects
from .background import Failed, Pending, Progress, background
from .document import Document, Plan, document
from .facts import Known
from .measurements import Measurements, Steps, in_words
from .quantities import at
from .refusals import NoSource, ReportRefused
from .selection import Selection
from .source import NotMeasured, Source, configured
from .wanted import DELAY, RENEW, Wanted

AT_ONCE = 40_000
"""Days of components that are put together while a request waits."""


class _Job(NamedTuple):
    """What is made of what."""

    plan: Plan
    source: Source
    alias: str

    @property
    def days(self) -> int:
        """How many days of components it is made of."""
        since, until = self.plan.measured
        return len(self.plan.bounds) * max(0, until - since) // DAY

    def key(self, what: str) -> Hashable:
        """Return what identifies the work in the background."""
        plan = self.plan
        names = tuple(plan.bounds)
        return (what, self.source.digest, plan.period.text, plan.selection, names)

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
        """Return the document of what is known."""
        setting = conf.PROMETHEUS
        least = float(setting.min_coverage) if setting else 0.95
        plan, found = self.plan, (known.facts, known.described, known.problems)
        return document(plan, self.source, measured, *found, least)

    def make(self, tell: Progress) -> Document:
        """Return the document, in the background."""
        found = _fetch(self, lambda *steps: tell(in_words(*steps)))
        return self.document(*found)

    def fetch(self, tell: Progress) -> bool:
        """Have everything fetched, in the background."""
        _fetch(self, lambda *steps: tell(in_words(*steps)))
        return True


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
    try:
        job = _job(period, selection, moment)
    except NotMeasured as error:
        # A package or a file is missing.
        return Failed(str(error), moment)
    if job.days > AT_ONCE:
        return background.ask(job.key("document"), job.make, RENEW)
    known = facts.gather(job.source, job.plan.bounds, moment, job.alias)
    gathered = measurements.gather(job.source, job.wanted(known), job.alias)
    is_complete = known.is_complete and gathered.is_complete
    if not is_complete or known.is_old or gathered.is_old:
        done = background.ask(job.key("measurements"), job.fetch, RENEW)
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
            "period_in_the_future",
            period=Phrase(lambda: period.label),
            today=Phrase(lambda: at(moment)),
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
