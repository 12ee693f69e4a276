"""Notes on a component's figures, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..schedule.spans import cut
from ..text import legible
from .quantities import at, length
from .wording import availability, share

if TYPE_CHECKING:
    from .component import Reported

PERIODS = {
    "month": "calendar month",
    "week": "calendar week",
    "7d": "7 days",
    "30d": "30 days",
    "90d": "90 days",
}
"""The periods of agreements, in words."""

_NEGLIGIBLE = 120
"""Seconds by which the recorded rules are off where they have no counter."""


def notes(reported: Reported, found: dict[str, Any]) -> list[str]:
    """Return the notes on the component. `found` are its figures."""
    if reported.subject.fault:
        return [
            f"Its schedule can't be evaluated: {legible(reported.subject.fault)} "
            "Correct it to get figures."
        ]
    return [
        *_of_service(reported, found),
        *_of_measuring(reported, found),
        *_of_judging(reported, found),
        *_of_edits(reported, found),
    ]


def _of_service(reported: Reported, found: dict[str, Any]) -> Iterator[str]:
    if not reported.subject.enabled:
        yield "It is disabled today, so it is measured but not exported."
    first = reported.first
    if first is None:
        yield (
            f"It has no samples before {at(reported.until)}. Check that the "
            "availability series has the label component with this name."
        )
    elif found["in_service_since"]:
        left_out = found["not_in_service_seconds"]
        yield (
            f"It has been in service since its first sample, {at(first / 1000)}. "
            f"{length(left_out)} of service hours before that are left out."
        )


def _of_measuring(reported: Reported, found: dict[str, Any]) -> Iterator[str]:
    if reported.evidence.series > 1:
        yield (
            f"{reported.evidence.series} series give its availability. At each moment "
            "the highest counts."
        )
    coverage = found["coverage"]
    is_short = coverage is not None and coverage < reported.min_coverage
    if is_short and reported.first is not None:
        yield (
            f"Only {share(coverage)} of its service hours were measured. A verdict "
            f"needs {share(reported.min_coverage)}."
        )
    unknown = found["unknown_seconds"]
    if unknown and reported.subject.unknown != "exclude":
        yield (
            f"{length(unknown)} are unknown. Its agreement counts them as "
            f"{reported.subject.unknown}."
        )


def _of_judging(reported: Reported, found: dict[str, Any]) -> Iterator[str]:
    judged = found["judged"]
    period = PERIODS.get(reported.subject.agreement_period, "period")
    if not judged:
        yield (
            f"Its target is judged by {period}. None ends within this report, so it "
            "has no verdict."
        )
        return
    alone = [(one["start"], one["end"]) for one in judged]
    if alone == [(found["start"], found["end"])]:
        return
    if reported.subject.agreement_period.endswith("d"):
        (one,) = judged
        yield (
            f"The target is judged over the {period} before {_day(one['end'])}: "
            f"{_outcome(one, reported.min_coverage)}."
        )
        return
    missed = sum(one["met"] is False for one in judged)
    known = sum(one["met"] is not None for one in judged)
    yield (
        f"The target is judged by {period}: {missed} of {len(judged)} missed"
        + (f", {len(judged) - known} without a verdict." * (known < len(judged)) or ".")
    )


def _outcome(judged: dict[str, Any], min_coverage: float) -> str:
    """Say what was achieved in a judged period, and the verdict."""
    achieved = availability({**judged, "excused_seconds": 0}, min_coverage)
    if judged["met"] is None:
        return achieved
    return f"{achieved}, {'met' if judged['met'] else 'missed'}"


def _of_edits(reported: Reported, found: dict[str, Any]) -> Iterator[str]:
    late = [one for one in found["maintenance"] if one["is_late"]]
    taken = sum(one["took_out_seconds"] for one in late)
    if taken:
        down = sum(one["took_out_down_seconds"] for one in late)
        count = "An override was" if len(late) == 1 else f"{len(late)} overrides were"
        yield (
            f"{count} entered after it had begun, and took {length(taken)} out of the "
            f"service hours, {length(down)} of which were down."
        )
    facts, subject = reported.evidence.facts, reported.subject
    if facts.recorded is not None:
        spans = reported.scheduled(reported.start, reported.end)
        until_then = cut(spans, reported.start, facts.recorded_until)
        today = sum(closes - opens for opens, closes in until_then)
        yield from _differing(today, facts.recorded)
    by_today = (subject.agreement, subject.schedule, subject.timezone)
    for then in reported.evidence.described:
        if then != by_today:
            agreement, schedule, zone = map(legible, then)
            yield (
                f"In this period it also had agreement {agreement}, schedule "
                f"{schedule} and time zone {zone}. The figures use today's."
            )


def _differing(today: int, recorded: float) -> Iterator[str]:
    difference = today - recorded
    if abs(difference) <= _NEGLIGIBLE:
        return
    figures = (
        f"Today's schedule has {length(today)} of service hours, and "
        f"{length(recorded)} were recorded then: {length(abs(difference))} "
    )
    if difference < 0:
        yield f"{figures}less. The schedule was edited since."
    else:
        yield (
            f"{figures}more. The schedule was edited since, or not all of the period "
            "was recorded."
        )


def _day(iso: str) -> str:
    return iso[:16].replace("T", " ") + " UTC"
