"""What a schedule means, for people to look at: windows and weeks around a moment.

Pure: how it looks is a template's affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from .days import Day, Exceptional, days
from .evaluation import HORIZON, Schedule, State, Window
from .notation import format_length
from .spans import DAY, Span

BEFORE, AHEAD, WEEKS = 2, 10, 4
# So many exceptions of a day are told: it may have as many as there are overrides.
_TOLD = 20
_WEEK = timedelta(days=7)
_REACHES = (21 * DAY, 120 * DAY, 800 * DAY, HORIZON)


@dataclass(frozen=True, slots=True)
class Edge:
    """A boundary on the schedule's own clock, and by UTC."""

    local: datetime
    utc: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A window as a row of a table. None is a boundary further than ten years off."""

    start: Edge | None
    end: Edge | None
    length: str
    clocks: str
    """Where the clocks change in it: `1 h shorter than by the clock`."""
    place: str
    """`past`, `now` or `ahead`."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a stretch of time, in thousandths of it, and in words what it is."""

    kind: str
    x: int
    width: int
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the grid: its bars, and in words what they show."""

    date: date
    bars: tuple[Bar, ...]
    open: tuple[str, ...]
    reasons: tuple[str, ...]
    clocks: str
    now: int | None
    """Where the moment is in the day, in thousandths; None where it is another day."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The state at a moment, windows around it, and four weeks from its Monday on."""

    timezone: str
    moment: Edge
    state: State
    windows: tuple[Shown, ...]
    weeks: tuple[tuple[Cell, ...], ...]


def preview(schedule: Schedule, moment: int) -> Preview:
    """Return what people are shown of a schedule at the moment, in Unix seconds."""
    here = edge(moment, schedule.zone)
    state = schedule.state(moment)
    return Preview(
        str(schedule.zone),
        here,
        state,
        windows_around(schedule, moment),
        weeks(schedule, here.local.date(), WEEKS, moment),
    )


def windows_around(
    schedule: Schedule, moment: int, zone: ZoneInfo | None = None
) -> tuple[Shown, ...]:
    """Return the windows around the moment, on the clock of the zone."""
    clock = zone or schedule.zone
    return tuple(_shown(one, clock, moment) for one in around(schedule, moment))


def around(schedule: Schedule, moment: int) -> list[Window]:
    """Return the two windows that ended last, and the ten that end next."""
    past: list[Window] = []
    ahead: list[Window] = []
    for reach in _REACHES:
        if len(past) < BEFORE:
            windows = schedule.windows(moment - reach, moment)
            past = [one for one in windows if one.end is not None and one.end <= moment]
    for reach in _REACHES:
        if len(ahead) < AHEAD:
            ahead = schedule.windows(moment, moment + reach)
    return past[-BEFORE:] + ahead[:AHEAD]


def _shown(window: Window, zone: ZoneInfo, moment: int) -> Shown:
    start, end = _maybe(window.start, zone), _maybe(window.end, zone)
    if window.end is not None and window.end <= moment:
        place = "past"
    else:
        begun = window.start is None or window.start <= moment
        place = "now" if begun else "ahead"
    if window.start is None or window.end is None or start is None or end is None:
        return Shown(start, end, "more than ten years", "", place)
    length = window.end - window.start
    by_clock = end.local.replace(tzinfo=None) - start.local.replace(tzinfo=None)
    difference = length - int(by_clock.total_seconds())
    return Shown(
        start,
        end,
        format_length(length),
        _longer(difference, "than by the clock"),
        place,
    )


def weeks(
    schedule: Schedule,
    day: date,
    count: int,
    moment: int,
    zone: ZoneInfo | None = None,
) -> tuple[tuple[Cell, ...], ...]:
    """Return so many weeks of cells, from the Monday of the day's week on."""
    clock = zone or schedule.zone
    monday = day - timedelta(days=day.weekday())
    last = monday + timedelta(days=7 * count - 1)
    cells = [cell(one, clock, moment) for one in days(schedule, monday, last, clock)]
    starts = [monday + timedelta(days=7 * week) for week in range(count)]
    return tuple(
        tuple(one for one in cells if timedelta(0) <= one.date - first < _WEEK)
        for first in starts
    )


def cell(day: Day, zone: ZoneInfo, moment: int) -> Cell:
    """Return what is shown of a day; clock times are those of the zone."""
    length = day.end - day.start
    return Cell(
        day.date,
        bars(day.open, day.exceptions, (day.start, day.end), zone),
        tuple(_hours(span, day, zone) for span in day.open),
        tuple(_few(day.exceptions)),
        "" if length == DAY else f"{day.hours:g} h",
        _thousandths(moment, (day.start, day.end)) if _is_in(moment, day) else None,
    )


def bars(
    opened: Iterable[Span],
    exceptions: Sequence[Exceptional],
    whole: Span,
    zone: ZoneInfo,
) -> tuple[Bar, ...]:
    """Return what is drawn of a stretch of time that is `whole`, in Unix seconds."""
    drawn = [("open", span, "Open") for span in opened]
    for one in exceptions[:_TOLD]:
        drawn += [(f"by-{one.kind}", span, _told(one)) for span in one.spans]
    return tuple(_bar(kind, span, whole, text, zone) for kind, span, text in drawn)


def _bar(kind: str, span: Span, whole: Span, text: str, zone: ZoneInfo) -> Bar:
    opens, closes = (_thousandths(at, whole) for at in span)
    start, end = (datetime.fromtimestamp(at, zone) for at in span)
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%a %H:%M}"
    words = f"{text}, {start:%a %H:%M} to {until}"
    return Bar(kind, opens, max(closes - opens, 4), words)


def _few(exceptions: Sequence[Exceptional]) -> Iterator[str]:
    yield from map(_told, exceptions[:_TOLD])
    if exceptions[_TOLD:]:
        yield f"and {len(exceptions) - _TOLD:,} more"


def _told(one: Exceptional) -> str:
    what = "also open" if one.kind == "open" else "closed"
    return f"{what}: {one.reason or 'no reason given'}"


def _thousandths(at: int, whole: Span) -> int:
    start, end = whole
    return (at - start) * 1000 // (end - start)


def _is_in(moment: int, day: Day) -> bool:
    return day.start <= moment < day.end


def _hours(span: Span, day: Day, zone: ZoneInfo) -> str:
    if span == (day.start, day.end):
        return "all day"
    opens, closes = (datetime.fromtimestamp(at, zone).strftime("%H:%M") for at in span)
    return f"{opens}-{'24:00' if span[1] == day.end else closes}"


def _longer(seconds: int, than: str) -> str:
    if not seconds:
        return ""
    return (
        f"{format_length(abs(seconds))} {'longer' if seconds > 0 else 'shorter'} {than}"
    )


def _maybe(moment: int | None, zone: ZoneInfo) -> Edge | None:
    return None if moment is None else edge(moment, zone)


def edge(moment: int, zone: ZoneInfo) -> Edge:
    """Return the moment on the clock of the zone and by UTC."""
    return Edge(
        datetime.fromtimestamp(moment, zone),
        datetime.fromtimestamp(moment, UTC),
    )
