"""When a schedule is open, painted second by second. Nothing of otel_sla is in it.

The wall clock is read off zoneinfo minute by minute. Where it has gone back, and reads
what it read before, a boundary is at the first instant that reads at or past it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

from .contents import WEEK, Entry, Sections

AROUND = 22
"""Days before and after: a weekly rule whose last two turns were holidays is in it."""

DAYS = 2 * AROUND
DAY = 86_400


class State(NamedTuple):
    """What is so at a moment, as Prometheus writes it."""

    last_start: str | None
    last_end: str | None
    next_start: str | None
    next_end: str | None
    in_window: str


class Clock:
    """A zone's wall clock in the days around one."""

    def __init__(self, zone: str, middle: date) -> None:
        place = ZoneInfo(zone)
        self.first = middle - timedelta(days=AROUND)
        self.midnight = datetime.combine(self.first, time())
        self.since = int(self.midnight.replace(tzinfo=UTC).timestamp())
        reads: list[int] = []
        for hour in range(0, DAYS * DAY // 60, 60):
            here, then = (self._reads(at, place) for at in (hour, hour + 60))
            if then == here + 60:
                reads.extend(range(here, then))
            else:
                minutes = range(hour, hour + 60)
                reads.extend(self._reads(minute, place) for minute in minutes)
        self._furthest = list(accumulate(reads, max))

    def _reads(self, minute: int, place: ZoneInfo) -> int:
        instant = datetime.fromtimestamp(self.since + minute * 60, place)
        return (instant.replace(tzinfo=None) - self.midnight) // timedelta(minutes=1)

    def second(self, reading: datetime) -> int:
        """When the clock reads so much or more: seconds since `since`."""
        minute, second = divmod(int((reading - self.midnight).total_seconds()), 60)
        at = bisect_left(self._furthest, minute)
        skipped = at == len(self._furthest) or self._furthest[at] > minute
        return 60 * at + (0 if skipped else second)


class Edges:
    """When a schedule, with a component's overrides on top, opens and closes."""

    def __init__(self, schedule: Entry, own: list[Entry], clock: Clock) -> None:
        painted = bytearray([schedule.get("always_open", False)]) * DAYS * DAY
        for start, end, is_open in _strokes(schedule, own, clock):
            first, last = clock.second(start), clock.second(end)
            painted[first:last] = bytes([is_open]) * (last - first)
        self._begins_open = colour = painted[0]
        self._starts, self._ends = array("q"), array("q")
        at = 0
        while (at := painted.find(1 - colour, at)) != -1:
            colour = 1 - colour
            (self._starts if colour else self._ends).append(clock.since + at)

    def at(self, moment: int) -> State:
        starts, ends = self._starts, self._ends
        started, ended = bisect_right(starts, moment), bisect_right(ends, moment)
        return State(
            str(starts[started - 1]) if started else None,
            str(ends[ended - 1]) if ended else None,
            str(starts[started]) if started < len(starts) else None,
            str(ends[ended]) if ended < len(ends) else None,
            str(self._begins_open + started - ended),
        )

    def between(self, begin: float, end: float) -> list[int]:
        """Return when it opens or closes within a period."""
        edges = (*self._starts, *self._ends)
        return [at for at in edges if begin < at <= end]


Stroke = tuple[datetime, datetime, bool]
"""From a reading of the clock to another: open or closed, whatever it was before."""


def _strokes(schedule: Entry, own: list[Entry], clock: Clock) -> Iterator[Stroke]:
    """Rules, schedule's overrides, component's; in each layer open after closed."""
    if not schedule.get("always_open"):
        yield from _windows(schedule, clock)
    for layer in schedule["overrides"], own:
        for kind in "closed", "open":
            for one in layer:
                if one["kind"] == kind:
                    start, end = map(datetime.fromisoformat, (one["from"], one["to"]))
                    yield start, end, kind == "open"


def _windows(schedule: Entry, clock: Clock) -> Iterator[Stroke]:
    """What the rules say on paper, on days that are no holidays."""
    country, _, subdivision = schedule.get("holidays", "").partition("-")
    off = holidays.country_holidays(country, subdivision or None) if country else {}
    # What begins before, and where the clock is ahead of UTC, must leave no gap.
    for number in range(-2, DAYS + 2):
        day = clock.first + timedelta(days=number)
        for rule in () if day in off else schedule["rules"]:
            if WEEK[day.weekday()] in rule["days"]:
                start, end = map(time.fromisoformat, (rule["start"], rule["end"]))
                last = day + timedelta(days=end <= start)
                yield datetime.combine(day, start), datetime.combine(last, end), True


class Truth:
    """States of schedules, with what has been painted kept."""

    def __init__(self, middle: date) -> None:
        self._middle = middle
        self._clocks: dict[str, Clock] = {}
        self._edges: dict[tuple[int, int], tuple[Entry, list[Entry], Edges]] = {}

    def edges(self, schedule: Entry, own: list[Entry]) -> Edges:
        """Entries are told apart by identity: they are kept, so that none is reused."""
        key = id(schedule), id(own) if own else 0
        if key not in self._edges:
            zone = schedule["timezone"]
            if zone not in self._clocks:
                self._clocks[zone] = Clock(zone, self._middle)
            edges = Edges(schedule, own, self._clocks[zone])
            self._edges[key] = schedule, own, edges
        return self._edges[key][2]

    def boundaries(self, catalogue: Sections, begin: float, end: float) -> list[int]:
        """When a schedule of the catalogue, or one with a component's overrides on top,
        opens or closes within a period."""
        schedules, agreements = catalogue["schedules"], catalogue["agreements"]
        edges = [self.edges(schedule, []) for schedule in schedules.values()]
        for entry in catalogue["components"].values():
            if entry["overrides"]:
                schedule = agreements[entry["agreement"]]["schedule"]
                edges.append(self.edges(schedules[schedule], entry["overrides"]))
        return [at for one in edges for at in one.between(begin, end)]
