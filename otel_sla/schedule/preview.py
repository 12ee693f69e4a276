"""Previews of a schedule: the windows and weeks around a moment. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from ..language import gettext as _
from ..language import number, weekday
from .days import Day, Exceptional, days, first_few
from .evaluation import HORIZON, Schedule, State, Window
from .notation import format_length
from .spans import DAY, Span

BEFORE, AHEAD, WEEKS = 2, 10, 4
# A day may have as many exceptions as there are overrides: only the first are shown.
_SHOWN = 20
_SECOND = timedelta(seconds=1)
_REACHES = (21 * DAY, 120 * DAY, 800 * DAY, HORIZON)


@dataclass(frozen=True, slots=True)
class Edge:
    """A boundary in the local time of a zone, and in UTC."""

    local: datetime
    utc: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A window as a row of a table. None is a boundary further than ten years off."""

    start: Edge | None
    end: Edge | None
    length: str
    clocks: str
    """`1 h shorter than by the clock` where the clocks change in it, or empty."""
    place: str
    """`past`, `now` or `upcoming`."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a period, in thousandths of it, with a description of it."""

    kind: str
    x: int
    width: int
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the grid: its bars, and descriptions of what they show."""

    date: date
    bars: tuple[Bar, ...]
    open: tuple[str, ...]
    reasons: tuple[str, ...]
    clocks: str
    now: int | None
    """The moment in thousandths of the day, or None if it is on another day."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The state at a moment, the windows around it, and four weeks from its Monday."""

    timezone: str
    moment: Edge
    state: State
    windows: tuple[Shown, ...]
    weeks: tuple[tuple[Cell, ...], ...]


def preview(schedule: Schedule, moment: int) -> Preview:
    """Return the preview of a schedule at the moment, in Unix seconds."""
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
    """Return the windows around the moment, in the local time of the zone."""
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
        if len(ahead) < AHEAD:
            ahead = schedule.windows(moment, moment + reach)
    return past[-BEFORE:] + ahead[:AHEAD]


def _shown(window: Window, zone: ZoneInfo, moment: int) -> Shown:
    start, end = (None if at is None else edge(at, zone) for at in window)
    if window.end is not None and window.end <= moment:
        place = "past"
    elif window.start is None or window.start <= moment:
        place = "now"
    else:
        place = "upcoming"
    if start is None or end is None:
        return Shown(start, end, _("more than ten years"), "", place)
    length = end.utc - start.utc
    by_clock = end.local.replace(tzinfo=None) - start.local.replace(tzinfo=None)
    clocks = ""
    if length != by_clock:
        if length > by_clock:
            clocks = _("%(length)s longer than by the clock")
        else:
            clocks = _("%(length)s shorter than by the clock")
        clocks %= {"length": format_length(abs(length - by_clock) // _SECOND)}
    return Shown(start, end, format_length(length // _SECOND), clocks, place)


def weeks(
    schedule: Schedule,
    day: date,
    count: int,
    moment: int,
    zone: ZoneInfo | None = None,
) -> tuple[tuple[Cell, ...], ...]:
    """Return a number of weeks of cells, from the Monday of the day's week."""
    clock = zone or schedule.zone
    monday = day - timedelta(days=day.weekday())
    last = monday + timedelta(days=7 * count - 1)
    cells = (cell(one, clock, moment) for one in days(schedule, monday, last, clock))
    by_week = groupby(cells, key=lambda one: one.date.isocalendar().week)
    return tuple(tuple(week) for _, week in by_week)


def cell(day: Day, zone: ZoneInfo, moment: int) -> Cell:
    """Return the cell of a day, in the local time of the zone."""
    whole = (day.start, day.end)
    return Cell(
        day.date,
        bars(day.open, day.exceptions, whole, zone),
        tuple(_hours(span, day, zone) for span in day.open),
        tuple(first_few(map(_described, day.exceptions), _SHOWN)),
        "" if day.hours == 24 else f"{number(f'{day.hours:g}')} h",
        _thousandths(moment, whole) if day.start <= moment < day.end else None,
    )


def bars(
    opened: Iterable[Span],
    exceptions: Sequence[Exceptional],
    whole: Span,
    zone: ZoneInfo,
) -> tuple[Bar, ...]:
    """Return the bars of the period `whole`, in Unix seconds."""
    drawn = [("open", span, _("Open")) for span in opened]
    for one in exceptions[:_SHOWN]:
        drawn += [(f"by-{one.kind}", span, _described(one)) for span in one.spans]
    return tuple(_bar(kind, span, whole, text, zone) for kind, span, text in drawn)


def _bar(kind: str, span: Span, whole: Span, text: str, zone: ZoneInfo) -> Bar:
    opens, closes = (_thousandths(at, whole) for at in span)
    start, end = (datetime.fromtimestamp(at, zone) for at in span)
    until = f"{end:%H:%M}"
    if end.date() != start.date():
        until = f"{weekday(end)} {until}"
    words = _("%(what)s, %(start)s to %(end)s") % {
        "what": text,
        "start": f"{weekday(start)} {start:%H:%M}",
        "end": until,
    }
    return Bar(kind, opens, max(closes - opens, 4), words)


def _described(one: Exceptional) -> str:
    words = (
        _("also open: %(reason)s") if one.kind == "open" else _("closed: %(reason)s")
    )
    return words % {"reason": one.reason or _("no reason given")}


def _thousandths(at: int, whole: Span) -> int:
    start, end = whole
    return (at - start) * 1000 // (end - start)


def _hours(span: Span, day: Day, zone: ZoneInfo) -> str:
    if span == (day.start, day.end):
        return _("all day")
    opens, closes = (datetime.fromtimestamp(at, zone).strftime("%H:%M") for at in span)
    return f"{opens}-{'24:00' if span[1] == day.end else closes}"


def edge(moment: int, zone: ZoneInfo) -> Edge:
    """Return the moment, in Unix seconds, in the local time of the zone and in UTC."""
    return Edge(
        datetime.fromtimestamp(moment, zone), datetime.fromtimestamp(moment, UTC)
    )
