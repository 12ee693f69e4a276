"""A schedule day by day: open hours, and the holidays and overrides in them. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from .calendars import NO_HOLIDAYS
from .evaluation import Schedule
from .holidays import LibraryCalendar
from .overrides import Override
from .spans import DAY, Span, cut, local_seconds, merge, subtract, to_unix

_REASONS_SHOWN = 5
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

    The zone is the schedule's unless another one is given. A date that the zone
    skipped by moving across the date line is left out.
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
    """Return the open spans and the exceptions to the rules within [start, end).

    All are in Unix seconds and cut to the period. Exceptions without effect are left
    out.
    """
    opened = schedule.spans(start, end)
    found = _exceptions(schedule, opened, (start, end))
    return opened, list(_within(found, start, end))


def _exceptions(
    schedule: Schedule, opened: list[Span], period: Span
) -> Iterator[Exceptional]:
    """Yield what makes the schedule differ from its rules, in order of precedence."""
    below = replace(schedule, overrides=()).spans(*period)
    if isinstance(schedule.holidays, LibraryCalendar) and not schedule.always_open:
        rules_alone = replace(schedule, overrides=(), holidays=NO_HOLIDAYS)
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
    schedule: Schedule, calendar: LibraryCalendar, spans: list[Span]
) -> Iterator[Exceptional]:
    """Name the cancelled time: by its day's holiday, or by the one it began on."""
    for opens, closes in spans:
        day = datetime.fromtimestamp(opens, schedule.zone).date()
        while opens < closes:
            ends = min(to_unix((day.toordinal() + 1) * DAY, schedule.zone), closes)
            if opens < ends:
                names = (
                    calendar.name_of(date.fromordinal(day.toordinal() - back))
                    for back in range(_LONGEST_RULE)
                )
                name = next(filter(None, names), "")
                yield Exceptional("holiday", name, ((opens, ends),))
            opens, day = ends, date.fromordinal(day.toordinal() + 1)


def _overlapping(
    schedule: Schedule, layer: Iterable[Override], period: Span
) -> Iterator[tuple[Override, Span]]:
    """Yield the overrides near the period, with their spans in Unix seconds.

    A day is added on either side, because a clock that is set back in the period would
    hide one. Spans are cut off there: the calendar's first and last days can't be
    converted in every zone.
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
    """Cut the exceptions to the period, and merge those of one kind and reason."""
    alike: dict[tuple[Literal["holiday", "closed", "open"], str], list[Span]] = {}
    for one in exceptions:
        spans = cut(one.spans, start, end)
        if spans:
            alike.setdefault((one.kind, one.reason), []).extend(spans)
    for (kind, reason), spans in alike.items():
        yield Exceptional(kind, reason, tuple(merge(spans)))


def reason_closed(schedule: Schedule, moment: int) -> str:
    """Return the holiday's name or the override's reason, or "" if there is none.

    Several are separated by semicolons. The moment is in Unix seconds.
    """
    _, exceptions = stretch(schedule, moment, moment + 1)
    reasons = (one.reason for one in exceptions if one.kind != "open" and one.reason)
    return "; ".join(first_few(dict.fromkeys(reasons), _REASONS_SHOWN))


def first_few(texts: Iterable[str], most: int) -> list[str]:
    """Return the texts; of more than `most`, the first and how many more there are."""
    shown = list(texts)
    if len(shown) > most:
        shown[most:] = [f"and {len(shown) - most:,} more"]
    return shown
