"""A schedule day by day, as people read it: open hours, and what changed them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from .evaluation import Schedule
from .holidays import HolidayCalendar
from .overrides import Override
from .spans import DAY, Span, cut, local_seconds, merge, subtract, to_unix

_TOLD = 5
_LONGEST_RULE = 8


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Open time that a holiday or a closed override takes away, or an open one adds.

    `spans`, in Unix seconds, are cut to the day and never empty.
    """

    kind: Literal["holiday", "closed", "open"]
    reason: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A local date, its bounds in Unix seconds, and the open spans cut to it."""

    date: date
    start: int
    end: int
    open: tuple[Span, ...]
    exceptions: tuple[Exceptional, ...] = ()

    @property
    def hours(self) -> float:
        """How long the day is: 24, or another number where the clocks change."""
        return (self.end - self.start) / 3600


def days(
    schedule: Schedule, first: date, last: date, zone: ZoneInfo | None = None
) -> Iterator[Day]:
    """Yield the local days first to last, both inclusive, that the zone has.

    They are those of the schedule's zone, if no other is given. A date that was
    skipped when a zone changed sides of the date line is no day.
    """
    bounds = [
        to_unix(ordinal * DAY, zone or schedule.zone)
        for ordinal in range(first.toordinal(), last.toordinal() + 2)
    ]
    opened, exceptions = stretch(schedule, bounds[0], bounds[-1])
    for number, (start, end) in enumerate(pairwise(bounds)):
        if start < end:
            yield Day(
                date.fromordinal(first.toordinal() + number),
                start,
                end,
                tuple(cut(opened, start, end)),
                tuple(_within(exceptions, start, end)),
            )


def stretch(
    schedule: Schedule, start: int, end: int
) -> tuple[list[Span], list[Exceptional]]:
    """Return the open spans within [start, end), and the exceptions to the rules there.

    In Unix seconds, cut to the period; exceptions without effect are left out.
    """
    opened = schedule.spans(start, end)
    found = _exceptions(schedule, opened, (start, end))
    return opened, list(_within(found, start, end))


def _exceptions(
    schedule: Schedule, opened: list[Span], period: Span
) -> Iterator[Exceptional]:
    """What makes the schedule differ from its rules, in the order of precedence."""
    below = replace(schedule, overrides=()).spans(*period)
    if isinstance(schedule.holidays, HolidayCalendar) and not schedule.always_open:
        rules_alone = replace(schedule, overrides=(), holidays=frozenset())
        cancelled = subtract(rules_alone.spans(*period), below)
        taken = subtract(cancelled, opened)
        yield from _holidays(schedule, schedule.holidays, taken)
    for number, layer in enumerate(schedule.overrides):
        differences = {
            "closed": subtract(below, opened),
            "open": subtract(opened, below),
        }
        for override, span in _overlapping(schedule, layer, period):
            spans = cut(differences[override.kind], *span)
            yield Exceptional(override.kind, override.reason, tuple(spans))
        below = replace(schedule, overrides=schedule.overrides[: number + 1]).spans(
            *period
        )


def _holidays(
    schedule: Schedule, calendar: HolidayCalendar, spans: list[Span]
) -> Iterator[Exceptional]:
    """Name the cancelled time: by its day's holiday, or by the one it began on."""
    for opens, closes in spans:
        day = datetime.fromtimestamp(opens, schedule.zone).date()
        while opens < closes:
            ends = min(to_unix((day.toordinal() + 1) * DAY, schedule.zone), closes)
            if opens < ends:
                name = _name_of(calendar, day)
                yield Exceptional("holiday", name, ((opens, ends),))
            opens, day = ends, date.fromordinal(day.toordinal() + 1)


def _name_of(calendar: HolidayCalendar, day: date) -> str:
    names = (
        calendar.name_of(date.fromordinal(day.toordinal() - back))
        for back in range(_LONGEST_RULE)
    )
    return next(filter(None, names), "")


def _overlapping(
    schedule: Schedule, layer: Iterable[Override], period: Span
) -> Iterator[tuple[Override, Span]]:
    """The overrides near the period, with their spans in Unix seconds.

    A day more on either side, so that no clock that is set back in the period hides
    one; cut off there, because the ends of the calendar are no instants everywhere.
    """
    since, until = (
        datetime.fromtimestamp(moment, schedule.zone).replace(tzinfo=None)
        for moment in (period[0] - DAY, period[1] + DAY)
    )
    for override in layer:
        if override.start < until and override.end > since:
            opens, closes = (
                to_unix(local_seconds(reading), schedule.zone)
                for reading in (max(override.start, since), min(override.end, until))
            )
            yield override, (opens, closes)


def _within(
    exceptions: Iterable[Exceptional], start: int, end: int
) -> Iterator[Exceptional]:
    """What of the exceptions is in the period, alike ones as one."""
    alike: dict[tuple[Literal["holiday", "closed", "open"], str], list[Span]] = {}
    for one in exceptions:
        spans = cut(one.spans, start, end)
        if spans:
            alike.setdefault((one.kind, one.reason), []).extend(spans)
    for (kind, reason), spans in alike.items():
        yield Exceptional(kind, reason, tuple(merge(spans)))


def reason_closed(schedule: Schedule, moment: int) -> str:
    """Return the holiday's name or the override's reason, empty if there is none.

    Of many, the first are told. The moment is in Unix seconds.
    """
    _, exceptions = stretch(schedule, moment, moment + 1)
    given = [one.reason for one in exceptions if one.kind != "open"]
    reasons = list(dict.fromkeys(filter(None, given)))
    more = [f"and {len(reasons) - _TOLD:,} more"] if reasons[_TOLD:] else []
    return "; ".join([*reasons[:_TOLD], *more])
