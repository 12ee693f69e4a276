"""What is counted of a schedule's open time, kept from moment to moment. Pure.

A count is moved on from where it was: over a state that holds, by arithmetic, and
over a boundary by evaluating the gap alone. So it costs next to nothing at a scrape,
and is the same in every process, whenever that was started.
"""

from __future__ import annotations

from typing import NamedTuple

from .counting import open_seconds
from .periods import ROLLING, bounds
from .schedule import Schedule, State

START_OF_COUNT = 1_767_225_600
"""2026-01-01T00:00:00Z in Unix seconds: since when open time is counted."""


class Figures(NamedTuple):
    """What is told of a schedule at a moment, besides its state.

    `open_time` is the seconds it has been open since START_OF_COUNT, negative before
    it; `period_start` the start of the agreement's period, in Unix seconds;
    `scheduled` the open seconds of that whole period.
    """

    open_time: int
    period_start: int
    scheduled: int


class Count:
    """The open seconds of a schedule since START_OF_COUNT, at a moment that moves."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._moment = START_OF_COUNT
        self._seconds = 0
        self._state: State | None = None

    def at(self, moment: int, state: State | None = None) -> int:
        """Return the count at the moment, in Unix seconds.

        `state` is that of the moment, where it is known anyway.
        """
        if state is None:
            state = self._state
            if state is None or not state.holds_at(moment):
                state = self._schedule.state(moment)
        if state.since <= self._moment <= moment:
            self._seconds += (moment - self._moment) * state.in_window
        elif self._moment <= moment:
            self._seconds += open_seconds(self._schedule, self._moment, moment)
        else:
            self._seconds -= open_seconds(self._schedule, moment, self._moment)
        self._moment, self._state = moment, state
        return self._seconds


class Tally:
    """The figures of one schedule, for agreements of every period."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._count = Count(schedule)
        self._rolling: dict[str, Count] = {}
        self._calendar: dict[str, tuple[int, int, int]] = {}

    def figures(self, moment: int, period: str, state: State) -> Figures:
        """Return the figures at the moment, in Unix seconds, in the state of then.

        Raises KeyError for a period that is none.
        """
        open_time = self._count.at(moment, state)
        if period in ROLLING:
            start, _ = bounds(period, moment, self._schedule)
            since = self._rolling.get(period)
            if since is None:
                since = self._rolling[period] = Count(self._schedule)
            return Figures(open_time, start, open_time - since.at(start))
        start, end, scheduled = self._calendar.get(period, (0, 0, 0))
        if not start <= moment < end:
            start, end = bounds(period, moment, self._schedule)
            scheduled = open_seconds(self._schedule, start, end)
            self._calendar[period] = start, end, scheduled
        return Figures(open_time, start, scheduled)
