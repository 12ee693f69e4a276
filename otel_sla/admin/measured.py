"""Measurements for previews: only what is there, without waiting for the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_noop as _

from ..accounting import NotUp
from ..conf import conf
from ..language import Sentence
from ..metrics.rows import database
from ..reports import facts, measurements
from ..reports.background import Failed, Pending, background
from ..reports.facts import Known
from ..reports.measurements import in_words
from ..reports.source import NotMeasured, Source, configured
from ..reports.wanted import DELAY, RENEW, Wanted

_NO_SOURCE = _(
    'There are no measurements: the setting OTEL_SLA["PROMETHEUS"] says where to get '
    "them."
)
_NOT_YET = _("Nothing is measured yet: the period is in the future.")
_PENDING = _("The measurements are being fetched. Preview again in a moment.")
_PENDING_PART = _(
    "The measurements are being fetched (%(progress)s). Preview again in a moment."
)


class Evidence(NamedTuple):
    """What is known of a component, as in Measurements; `first` in milliseconds."""

    not_up: Sequence[NotUp]
    until: int
    first: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of components by name, or a sentence on why nothing is."""

    components: dict[str, Evidence] = field(default_factory=dict)
    why_not: str = ""
    min_coverage: float = 0.95


def measured(spans: Iterable[tuple[str, int, int]], moment: int) -> Measured:
    """Return what is known of the named components in spans of Unix seconds.

    What is not known is asked for in the background.
    """
    try:
        source = configured()
    except (ImproperlyConfigured, NotMeasured) as error:
        return Measured(why_not=str(error))
    if source is None:
        return Measured(why_not=Sentence(_NO_SOURCE, {}))
    bounds: dict[str, tuple[int, int]] = {}
    for name, start, end in spans:
        if start < moment - DELAY:
            since, until = bounds.get(name, (start, end))
            bounds[name] = min(since, start), max(until, end)
    if not bounds:
        return Measured(why_not=Sentence(_NOT_YET, {}))
    found = _look(source, bounds, moment)
    if isinstance(found, str):
        return Measured(why_not=found)
    setting = conf.PROMETHEUS
    least = float(setting.min_coverage) if setting else Measured().min_coverage
    return Measured(found, min_coverage=least)


def _look(
    source: Source, bounds: facts.Bounds, moment: int
) -> dict[str, Evidence] | str:
    """Return what is known, or a sentence on why it is not."""
    alias = database()
    known = facts.gather(source, bounds, moment, alias)
    gathered = measurements.gather(source, _wanted(bounds, known, moment), alias)
    is_complete = known.is_complete and gathered.is_complete
    if not is_complete or known.is_old or gathered.is_old:

        def work(tell: Callable[[str], None]) -> bool:
            fetched = facts.fetch(source, bounds, moment, database())
            wanted = _wanted(bounds, fetched, moment)
            measurements.fetch(
                source, wanted, database(), lambda *steps: tell(in_words(*steps))
            )
            return True

        done = background.ask(
            ("preview", source.digest, tuple(bounds.items())), work, RENEW
        )
        if not is_complete:
            if isinstance(done, Failed):
                return done.sentence
            if isinstance(done, Pending) and done.progress:
                return Sentence(_PENDING_PART, {"progress": done.progress})
            return Sentence(_PENDING, {})
    known_of = gathered.measurements
    return {
        name: Evidence(
            known_of.not_up[name], known_of.until[name], known.facts[name].first
        )
        for name in bounds
    }


def _wanted(bounds: facts.Bounds, known: Known, moment: int) -> Wanted:
    starts, ends = zip(*bounds.values(), strict=True)
    first = {
        name: one.first for name, one in known.facts.items() if one.first is not None
    }
    return Wanted(tuple(sorted(bounds)), min(starts), max(ends), moment, first)
