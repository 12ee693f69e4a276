"""Notes on a component's figures, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..schedule.spans import cut
from ..text import legible
from .note_messages import OUTCOMES, PERIOD, PERIODS, note
from .quantities import at, length
from .wording import availability, share

if TYPE_CHECKING:
    from .component import Reported

_NEGLIGIBLE = 120
"""Seconds by which the recorded rules are off where they have no counter."""


def notes(reported: Reported, found: dict[str, Any]) -> list[str]:
    """Return the notes on the component. `found` are its figures."""
    if reported.subject.fault:
        return [note("fault", error=legible(reported.subject.fault))]
    return [
        *_of_service(reported, found),
        *_of_measuring(reported, found),
        *_of_judging(reported, found),
        *_of_edits(reported, found),
    ]


def _of_service(reported: Reported, found: dict[str, Any]) -> Iterator[str]:
    if not reported.subject.enabled:
        yield note("disabled")
    first = reported.first
    if first is None:
        yield note("no_samples", at=at(reported.until))
    elif found["in_service_since"]:
        left_out = length(found["not_in_service_seconds"])
        yield note("in_service", at=at(first / 1000), length=left_out)


def _of_measuring(reported: Reported, found: dict[str, Any]) -> Iterator[str]:
    if reported.evidence.series > 1:
        yield note("several_series", count=reported.evidence.series)
    coverage = found["coverage"]
    is_short = coverage is not None and coverage < reported.min_coverage
    if is_short and reported.first is not None:
        least = share(reported.min_coverage)
        yield note("short", share=share(coverage), least=least)
    unknown = found["unknown_seconds"]
    if unknown and reported.subject.unknown != "exclude":
        about = "unknown_up" if reported.subject.unknown == "up" else "unknown_down"
        yield note(about, length=length(unknown))


def _of_judging(reported: Reported, found: dict[str, Any]) -> Iterator[str]:
    judged = found["judged"]
    period = PERIODS.get(reported.subject.agreement_period, PERIOD)
    if not judged:
        yield note("none_judged", period=period)
        return
    alone = [(one["start"], one["end"]) for one in judged]
    if alone == [(found["start"], found["end"])]:
        return
    if reported.subject.agreement_period.endswith("d"):
        (one,) = judged
        outcome = _outcome(one, reported.min_coverage)
        yield note(
            "judged_over", period=period, at=_moment(one["end"]), outcome=outcome
        )
        return
    missed = sum(one["met"] is False for one in judged)
    without = sum(one["met"] is None for one in judged)
    about = "judged_in_part" if without else "judged"
    yield note(about, period=period, missed=missed, count=len(judged), without=without)


def _outcome(judged: dict[str, Any], min_coverage: float) -> str:
    """Say what was achieved in a judged period, and the verdict."""
    achieved = availability({**judged, "excused_seconds": 0}, min_coverage)
    if judged["met"] is None:
        return achieved
    return OUTCOMES["met" if judged["met"] else "missed"] % {"achieved": achieved}


def _of_edits(reported: Reported, found: dict[str, Any]) -> Iterator[str]:
    late = [one for one in found["maintenance"] if one["is_late"]]
    taken = sum(one["took_out_seconds"] for one in late)
    if taken:
        down = sum(one["took_out_down_seconds"] for one in late)
        about = "entered_late" if len(late) == 1 else "several_entered_late"
        yield note(about, count=len(late), length=length(taken), down=length(down))
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
            yield note(
                "described_otherwise", agreement=agreement, schedule=schedule, zone=zone
            )


def _differing(today: int, recorded: float) -> Iterator[str]:
    difference = today - recorded
    if abs(difference) > _NEGLIGIBLE:
        yield note(
            "less_today" if difference < 0 else "more_today",
            today=length(today),
            recorded=length(recorded),
            length=length(abs(difference)),
        )


def _moment(iso: str) -> str:
    return iso[:16].replace("T", " ") + " UTC"
