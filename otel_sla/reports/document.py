"""The document of a report: everything that is shown of it, as JSON can hold it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..accounting import OwnPeriod, Period, own_periods
from ..language import in_english
from ..schedule.timezones import UnknownZone, zone
from ..text import legible
from .accounting_words import accounting
from .component import Evidence, Reported, Spans
from .facts import Described, Facts
from .measurements import Measurements
from .note_messages import AND_MORE, note
from .quantities import at, iso
from .selection import Selection
from .source import Source
from .subjects import Subject, Subjects
from .wanted import FINAL_AFTER
from .wording import parsed

Bounds = tuple[int, int]
Document = dict[str, Any]

_LISTED = 10
_SAME = 600_000
"""Milliseconds within which first samples count as the same."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A period and the components of a report, as seen at a moment in Unix seconds."""

    period: Period
    selection: Selection
    subjects: Subjects
    moment: int
    delay: int
    bounds: dict[str, Bounds] = field(init=False)
    own: dict[str, list[OwnPeriod]] = field(init=False)

    def __post_init__(self) -> None:
        """Find the periods of each component, in its own zone."""
        bounds = {one.name: self._bounds(one) for one in self.subjects.chosen}
        object.__setattr__(self, "bounds", bounds)
        own = {one.name: self._own(one) for one in self.subjects.chosen}
        object.__setattr__(self, "own", own)

    @property
    def until(self) -> int:
        """The last second of which samples have arrived."""
        return self.moment - self.delay

    @property
    def is_final(self) -> bool:
        return self.final_from <= self.moment

    @property
    def final_from(self) -> int:
        """When the period is final, in Unix seconds."""
        return max(end for _, end in self.bounds.values()) + FINAL_AFTER

    @property
    def measured(self) -> Bounds:
        """What has to be measured: also of own periods that began before the report."""
        spans = [*self.bounds.values()]
        spans += [(one.start, one.end) for some in self.own.values() for one in some]
        starts, ends = zip(*spans, strict=True)
        return min(starts), min(max(ends), self.until)

    def _bounds(self, subject: Subject) -> Bounds:
        try:
            return self.period.bounds(zone(subject.timezone))
        except UnknownZone:
            # Its schedule can't be evaluated, which the report says.
            return self.period.bounds(zone("UTC"))

    def _own(self, subject: Subject) -> list[OwnPeriod]:
        if subject.definition is None:
            return []
        start, end = self.bounds[subject.name]
        kind = subject.agreement_period
        return own_periods(kind, start, end, subject.definition, self.until)


@in_english()
def document(
    plan: Plan,
    source: Source,
    measurements: Measurements,
    facts: Mapping[str, Facts],
    described: Described,
    problems: Sequence[str],
    min_coverage: float,
) -> Document:
    """Return the document of a report, in English for all readers.

    `problems` are sentences on what could not be found out.
    """
    components = list(_components(plan, measurements, facts, described, min_coverage))
    return {
        "period": plan.period.text,
        "title": plan.period.label,
        "selection": plan.selection.as_json(),
        "made_at": iso(plan.moment * 1000),
        "source": source.name,
        "expression": source.expression,
        "interval_seconds": source.interval,
        "min_coverage": min_coverage,
        "is_final": plan.is_final,
        "is_made_up": source.is_made_up,
        "accounting": accounting(source.interval, min_coverage),
        "notes": [
            *_notes(plan, components),
            *_of_names(plan, described),
            *_of_first(plan, facts),
            *_of_none(plan, facts, source),
            *problems,
            *source.notes,
        ],
        "missed": sum(one["met"] is False for one in components),
        "components": components,
    }


def _components(
    plan: Plan,
    measurements: Measurements,
    facts: Mapping[str, Facts],
    described: Described,
    min_coverage: float,
) -> Iterator[Document]:
    spans = Spans()
    for subject in plan.subjects.chosen:
        name = subject.name
        evidence = Evidence(
            measurements.not_up[name],
            measurements.until[name],
            measurements.series[name],
            facts.get(name, Facts()),
            described.get(name, ()),
        )
        own, bounds = plan.own[name], plan.bounds[name]
        reported = Reported(subject, evidence, bounds, own, spans, min_coverage)
        yield reported.as_json()


def as_json(document: Document) -> str:
    """Return the document as JSON for people and programs."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _notes(plan: Plan, components: Sequence[Document]) -> Iterator[str]:
    running = [one["until"] for one in components if one["until"] != one["end"]]
    if running:
        until = at(parsed(max(running)).timestamp())
        yield note("not_over", at=until)
    elif not plan.is_final:
        yield note("may_change", at=at(plan.final_from))
    if disabled := plan.subjects.disabled:
        yield note("disabled_left_out", names=_listed(disabled))


def _of_names(plan: Plan, described: Described) -> Iterator[str]:
    """Say which components are not in the database, and were in the period."""
    if plan.selection.component or plan.selection.label:
        # Nobody knows which labels they had.
        return
    agreement = plan.selection.agreement
    gone = sorted(
        name
        for name, rows in described.items()
        if name not in plan.subjects.every_name
        and (agreement is None or any(row[0] == agreement for row in rows))
    )
    if gone:
        yield note("gone", names=_listed(gone))


def _of_first(plan: Plan, facts: Mapping[str, Facts]) -> Iterator[str]:
    """Say that samples may be forgotten where several begin at the same time."""
    firsts = [
        first
        for name, (start, _) in plan.bounds.items()
        if (first := facts.get(name, Facts()).first) is not None
        and first > start * 1000
    ]
    if len(firsts) > 1 and max(firsts) - min(firsts) <= _SAME:
        about = at(min(firsts) / 1000)
        yield note("first_alike", count=len(firsts), at=about)


def _of_none(plan: Plan, facts: Mapping[str, Facts], source: Source) -> Iterator[str]:
    """Say that the source may be the wrong one where it has no samples at all."""
    if all(facts.get(name, Facts()).first is None for name in plan.bounds):
        yield note("no_samples_at_all", expression=source.expression)


def _listed(names: Sequence[str]) -> str:
    some = ", ".join(map(legible, names[:_LISTED]))
    rest = len(names) - _LISTED
    return AND_MORE % {"some": some, "count": f"{rest:,}"} if rest > 0 else some
