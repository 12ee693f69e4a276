"""A schedule day by day: open hours, and the holidays and overrides in them. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from ..language import gettext
from ..language import number as written
from .calendars import NO_HOLIDAYS, Calendar
from .evaluation import Schedule
from .overrides import Override
from .spans import DAY, Span, cut, local_seconds, merge, subtract, to_unix

_REASONS_SHOWN = 5
_LONGEST_RULE = 8


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Open time that a day of a calendar or a closed override takes away, or an open
    override adds.

    "holiday" is also the kind of a special day, which takes away what is outside its
    hours. `spans`, in Unix seconds, are cut to the day and never empty.
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


_Found = tuple[list[Span], list[Exceptional]]


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
    return _stretch(schedule, (start, end), {})


def _stretch(schedule: Schedule, period: Span, known: dict[int, _Found]) -> _Found:
    """Evaluate a schedule once, however many of those that are known include it."""
    if id(schedule) not in known:
        opened = schedule.spans(*period)
        found = _exceptions(schedule, opened, period, known)
        known[id(schedule)] = opened, list(_within(found, *period))
    return known[id(schedule)]


def _exceptions(
    schedule: Schedule, opened: list[Span], period: Span, known: dict[int, _Found]
) -> Iterator[Exceptional]:
    """Yield what makes the schedule differ from its rules, in order of precedence."""
    below = replace(schedule, overrides=()).spans(*period)
    if schedule.holidays and not schedule.always_open:
        rules_alone = replace(schedule, overrides=(), holidays=NO_HOLIDAYS)
        cancelled = subtract(rules_alone.spans(*period), below)
        taken = subtract(cancelled, opened)
        yield from _holidays(schedule, schedule.holidays, taken)
    if schedule.includes:
        missing = subtract(_not_closed(schedule, period), opened)
        for one in schedule.includes:
            yield from _left_closed(_stretch(one, period, known)[1], missing)
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


def _not_closed(schedule: Schedule, period: Span) -> list[Span]:
    """Return the time that neither closing rules nor excluded schedules take away."""
    closing = tuple(rule for rule in schedule.rules if rule.kind == "closed")
    return replace(
        schedule, rules=closing, always_open=True, overrides=(), includes=()
    ).spans(*period)


def _left_closed(
    exceptions: list[Exceptional], missing: list[Span]
) -> Iterator[Exceptional]:
    """Yield what closes an included schedule while that which includes it is closed."""
    for one in exceptions:
        if one.kind != "open":
            spans = (part for span in one.spans for part in cut(missing, *span))
            yield replace(one, spans=tuple(spans))


def _holidays(
    schedule: Schedule, calendar: Calendar, spans: list[Span]
) -> Iterator[Exceptional]:
    """Name the cancelled time: by its day's name, or that of the day it began on."""
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


def is_closed_by_override(schedule: Schedule, moment: int) -> bool:
    """Return whether an override takes the moment, in Unix seconds, from open time."""
    if not _has_closing(schedule):
        return False
    _, exceptions = stretch(schedule, moment, moment + 1)
    return any(one.kind == "closed" for one in exceptions)


def _has_closing(schedule: Schedule) -> bool:
    own = (one.kind == "closed" for layer in schedule.overrides for one in layer)
    return any(own) or any(map(_has_closing, schedule.includes))


def first_few(texts: Iterable[str], most: int) -> list[str]:
    """Return the texts; of more than `most`, the first and how many more there are."""
    shown = list(texts)
    if len(shown) > most:
        shown[most:] = [_and_more(len(shown) - most)]
    return shown


def _and_more(count: int) -> str:
    return gettext("and %(count)s more") % {"count": written(count)}
