"""A component in a report: figures, outages, exclusions and maintenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..accounting import Account, Excuse, NotUp, OwnPeriod, account, all_met, met
from ..schedule.spans import Span, cut, subtract
from .component_notes import notes
from .facts import Facts
from .quantities import iso, ratio, seconds
from .subjects import Closing, Subject

Bounds = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a component: see measurements.py and facts.py.

    `described` are the agreements, schedules and time zones that it had then.
    """

    not_up: Sequence[NotUp]
    until: int
    series: int
    facts: Facts
    described: Sequence[tuple[str, str, str]] = ()


@dataclass(slots=True)
class Spans:
    """Open spans of schedules, evaluated once for all components that share one."""

    _known: dict[tuple[Any, ...], tuple[object, list[Span]]] = field(
        default_factory=dict
    )

    def of(self, subject: Subject, start: int, end: int) -> list[Span]:
        """Return the open spans within [start, end)."""
        definition = subject.definition
        if definition is None:
            return []
        key = (id(definition), start, end)
        if key not in self._known:
            # The definition is kept as well: another one could get its id.
            self._known[key] = definition, definition.spans(start, end)
        return self._known[key][1]

    def taken_out(
        self, subject: Subject, closing: Closing, start: int, end: int
    ) -> list[Span]:
        """Return what an override closes that would be open without it."""
        key = (id(subject.definition), closing, start, end)
        if key not in self._known:
            spans = self.of(subject, start, end)
            taken = subtract(subject.without(closing, start, end), spans)
            self._known[key] = subject.definition, taken
        return self._known[key][1]


class Reported:
    """A component in the period of a report, [start, end) in Unix seconds.

    `own` are the periods of its agreement that are judged.
    """

    def __init__(
        self,
        subject: Subject,
        evidence: Evidence,
        bounds: Bounds,
        own: Sequence[OwnPeriod],
        spans: Spans,
        min_coverage: float,
    ) -> None:
        self.subject = subject
        self.evidence = evidence
        self.start, self.end = bounds
        self.until = max(self.start, min(self.end, evidence.until))
        self.own = own
        self.min_coverage = min_coverage
        self._spans = spans
        self._accounts: dict[tuple[int, int, bool], Account] = {}
        self._excuses = [
            Excuse(one.start * 1000, one.end * 1000, one.reason)
            for one in subject.exclusions
        ]

    @property
    def first(self) -> int | None:
        """The first sample, in milliseconds."""
        return self.evidence.facts.first

    def as_json(self) -> dict[str, Any]:
        """Return what a document says of the component."""
        subject, figures = self.subject, self.account(self.start, self.end).figures
        budget = self._budget(self.start, self.end)
        judged = [self._judged(one) for one in self.own]
        found = {
            "component": subject.name,
            "agreement": subject.agreement,
            "labels": dict(subject.labels),
            "schedule": subject.schedule,
            "timezone": subject.timezone,
            "start": iso(self.start * 1000),
            "end": iso(self.end * 1000),
            "until": iso(self.until * 1000),
            "target": float(subject.target / 100),
            "agreement_period": subject.agreement_period,
            "unknown": subject.unknown,
            "availability": ratio(figures.availability(subject.unknown)),
            "coverage": ratio(figures.coverage),
            "scheduled_seconds": seconds(figures.scheduled),
            "measured_seconds": seconds(figures.measured),
            "unknown_seconds": seconds(figures.unknown),
            "excused_seconds": seconds(figures.excused),
            "down_seconds": seconds(figures.down),
            "up_seconds": seconds(figures.up),
            "budget_seconds": seconds(budget),
            "budget_left_seconds": seconds(budget - figures.spent(subject.unknown)),
            "met": all_met(one["met"] for one in judged),
            "in_service_since": self._in_service_since(),
            "not_in_service_seconds": seconds(self._not_in_service()),
            "judged": judged,
            "outages": self._outages(),
            "exclusions": self._exclusions(),
            "maintenance": self._maintenance(),
        }
        return {**found, "notes": notes(self, found)}

    def account(self, start: int, end: int, *, whole: bool = False) -> Account:
        """Return the account of [start, end): up to what is measured, or as if the
        `whole` of it were up."""
        until = end if whole else max(start, min(end, self.evidence.until))
        key = (start, until, whole and until > self.evidence.until)
        if key not in self._accounts:
            self._accounts[key] = account(
                (start * 1000, until * 1000),
                self.scheduled(start, end),
                () if key[2] else self.evidence.not_up,
                self._excuses,
                self.first,
            )
        return self._accounts[key]

    def scheduled(self, start: int, end: int) -> list[Span]:
        """Return the open spans within [start, end)."""
        return self._spans.of(self.subject, start, end)

    def _budget(self, start: int, end: int) -> Any:
        figures = self.account(start, end, whole=True).figures
        return figures.budget(self.subject.target)

    def _judged(self, own: OwnPeriod) -> dict[str, Any]:
        figures = self.account(own.start, own.end).figures
        subject, budget = self.subject, self._budget(own.start, own.end)
        return {
            "start": iso(own.start * 1000),
            "end": iso(own.end * 1000),
            "availability": ratio(figures.availability(subject.unknown)),
            "coverage": ratio(figures.coverage),
            "scheduled_seconds": seconds(figures.scheduled),
            "down_seconds": seconds(figures.down),
            "budget_seconds": seconds(budget),
            "met": met(
                figures,
                subject.target,
                subject.unknown,
                self.min_coverage,
                ended=own.ended,
                budget=budget,
            ),
        }

    def _in_service_since(self) -> str | None:
        """Return the first sample if the component was not in service before it."""
        if self.first is None or self.first <= self.start * 1000:
            return None
        return iso(self.first)

    def _not_in_service(self) -> int:
        return self.account(self.start, self.end).not_in_service

    def _outages(self) -> list[dict[str, Any]]:
        return [
            {
                "start": iso(one.start),
                "end": iso(one.end),
                "seconds": seconds(one.down),
                "counted": one.counted,
                "reason": one.reason,
            }
            for one in self.account(self.start, self.end).outages
        ]

    def _exclusions(self) -> list[dict[str, Any]]:
        """Return the exclusions, each with the service time that it covers."""
        scheduled = self.scheduled(self.start, self.end)
        begins = (
            self.start if self.first is None else max(self.start, self.first // 1000)
        )
        return [
            {
                "start": iso(one.start * 1000),
                "end": iso(one.end * 1000),
                "seconds": _length(cut(scheduled, max(one.start, begins), one.end)),
                "reason": one.reason,
                "approved_by": one.approved_by,
                "created": iso(one.created * 1000),
            }
            for one in self.subject.exclusions
            if one.start < self.end and one.end > self.start
        ]

    def _maintenance(self) -> list[dict[str, Any]]:
        """Return the closed overrides, each with what it took out of service hours."""
        found = []
        for one in self.subject.closings:
            start, end = max(one.start, self.start), min(one.end, self.end)
            if start >= end:
                continue
            taken = self._spans.taken_out(self.subject, one, start, end)
            down = account(
                (start * 1000, max(start, min(end, self.until)) * 1000),
                taken,
                self.evidence.not_up,
                self._excuses,
                self.first,
            ).figures.down
            found.append(
                {
                    "start": iso(one.start * 1000),
                    "end": iso(one.end * 1000),
                    "seconds": end - start,
                    "reason": one.reason,
                    "created": None if one.created is None else iso(one.created * 1000),
                    "is_late": one.is_late,
                    "took_out_seconds": _length(taken),
                    "took_out_down_seconds": seconds(down),
                }
            )
        return found


def _length(spans: Sequence[Span]) -> int:
    return sum(closes - opens for opens, closes in spans if closes > opens)
