"""What a schedule means, for people to look at: windows and weeks around a moment.

Pure: how it looks is a template's affair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from .days import Day, days
from .notation import format_length
from .schedule import DAY, HORIZON, Schedule, State, Window
from .spans import Span

BEFORE, AHEAD, WEEKS = 2, 10, 4
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
    """A part of a day, in thousandths of it from its start."""

    kind: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the grid: its bars, and in words what they show."""

    date: date
    bars: tuple[Bar, ...]
    open: tuple[str, ...]
    reasons: tuple[str, ...]
    clocks: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """The state at a moment, windows around it, and four weeks from its Monday on."""

    timezone: str
    moment: Edge
    state: State
    changes: Edge | None
    windows: tuple[Shown, ...]
    weeks: tuple[tuple[Cell, ...], ...]


def preview(schedule: Schedule, moment: int) -> Preview:
    """Return what people are shown of a schedule at the moment, in Unix seconds."""
    here = _edge(moment, schedule)
    state = schedule.state(moment)
    return Preview(
        str(schedule.zone),
        here,
        state,
        _maybe(state.next_end if state.in_window else state.next_start, schedule),
        tuple(_shown(one, schedule, moment) for one in around(schedule, moment)),
        tuple(_weeks(schedule, here.local.date())),
    )


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


def _shown(window: Window, schedule: Schedule, moment: int) -> Shown:
    start, end = _maybe(window.start, schedule), _maybe(window.end, schedule)
    if window.end is not None and window.end <= moment:
        place = "past"
    else:
        place = "ahead" if window.start and window.start > moment else "now"
    if window.start is None or window.end is None or start is None or end is None:
        return Shown(start, end, "no end in ten years", "", place)
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


def _weeks(schedule: Schedule, today: date) -> Iterable[tuple[Cell, ...]]:
    monday = today - timedelta(days=today.weekday())
    cells = [
        _cell(day, schedule, today)
        for day in days(schedule, monday, monday + timedelta(days=7 * WEEKS - 1))
    ]
    for week in range(WEEKS):
        ends = monday + timedelta(days=7 * week + 7)
        starts = ends - timedelta(days=7)
        yield tuple(cell for cell in cells if starts <= cell.date < ends)


def _cell(day: Day, schedule: Schedule, today: date) -> Cell:
    bars = [_bar("open", span, day) for span in day.open]
    for one in day.exceptions:
        bars += [_bar(f"by-{one.kind}", span, day) for span in one.spans]
    verbs = {"holiday": "closed", "closed": "closed", "open": "also open"}
    return Cell(
        day.date,
        tuple(bars),
        tuple(_hours(span, day, schedule) for span in day.open),
        tuple(
            f"{verbs[one.kind]}: {one.reason or 'no reason given'}"
            for one in day.exceptions
        ),
        _longer(day.end - day.start - DAY, "than others") and f"{day.hours:g} h",
        day.date == today,
    )


def _bar(kind: str, span: Span, day: Day) -> Bar:
    opens, closes = ((at - day.start) * 1000 // (day.end - day.start) for at in span)
    return Bar(kind, opens, max(closes - opens, 4))


def _hours(span: Span, day: Day, schedule: Schedule) -> str:
    if span == (day.start, day.end):
        return "all day"
    opens, closes = (
        datetime.fromtimestamp(at, schedule.zone).strftime("%H:%M") for at in span
    )
    return f"{opens}-{'24:00' if span[1] == day.end else closes}"


def _longer(seconds: int, than: str) -> str:
    if not seconds:
        return ""
    return (
        f"{format_length(abs(seconds))} {'longer' if seconds > 0 else 'shorter'} {than}"
    )


def _maybe(moment: int | None, schedule: Schedule) -> Edge | None:
    return None if moment is None else _edge(moment, schedule)


def _edge(moment: int, schedule: Schedule) -> Edge:
    return Edge(
        datetime.fromtimestamp(moment, schedule.zone),
        datetime.fromtimestamp(moment, UTC),
    )
