"""Running totals of a schedule's open time, updated from moment to moment. Pure.

A count is updated from its last moment: by arithmetic while the state stays the same,
and by evaluating only the time in between where it does not. So a scrape costs little,
and every process has the same count, whenever it was started.
"""

from __future__ import annotations

from typing import NamedTuple

from .agreement_period import PERIODS, ROLLING, bounds
from .evaluation import Schedule, State
from .open_seconds import added_seconds, open_seconds
from .spans import DAY

START_OF_COUNT = 1_767_225_600
"""2026-01-01T00:00:00Z in Unix seconds: open time is counted from here."""

_FAR = 31 * DAY
"""Seconds above which adding the overrides to another count is faster."""


class Figures(NamedTuple):
    """The figures of a schedule at a moment, besides its state.

    `open_time` is the seconds it has been open since START_OF_COUNT, negative before
    it, `period_start` the start of the agreement's period in Unix seconds, and
    `scheduled` the open seconds of that whole period. The last two are None for an
    unknown period.
    """

    open_time: int
    period_start: int | None
    scheduled: int | None


class Count:
    """The open seconds of a schedule since START_OF_COUNT, at a moment that moves.

    `below` counts the same schedule without its last layer of overrides. Adding what
    these change is faster than evaluating a year, and a schedule may have many
    components with overrides of their own.
    """

    def __init__(self, schedule: Schedule, below: Count | None = None) -> None:
        self._schedule = schedule
        self._below = below
        self._moment = START_OF_COUNT
        self._seconds = 0
        self._state: State | None = None

    def at(self, moment: int, state: State | None = None) -> int:
        """Return the count at the moment, in Unix seconds.

        `state` is the state at the moment, if it is known.
        """
        if state is None:
            state = self._state
            if state is None or not state.holds_at(moment):
                state = self._schedule.state(moment)
        if state.since <= self._moment <= moment:
            self._seconds += (moment - self._moment) * state.in_window
        elif self._below and moment - self._moment > _FAR:
            added = added_seconds(self._schedule, START_OF_COUNT, moment)
            self._seconds = self._below.at(moment) + added
        elif self._moment <= moment:
            self._seconds += open_seconds(self._schedule, self._moment, moment)
        else:
            self._seconds -= open_seconds(self._schedule, moment, self._moment)
        self._moment, self._state = moment, state
        return self._seconds


class RunningTotals:
    """The figures of one schedule, for agreements of every period.

    `below` has the totals of the schedule without its last layer of overrides.
    """

    def __init__(self, schedule: Schedule, below: RunningTotals | None = None) -> None:
        self._schedule = schedule
        self._below = below
        self._count: Count = Count(schedule, below._count if below else None)
        self._rolling: dict[str, Count] = {}
        self._calendar: dict[str, tuple[int, int, int]] = {}

    def figures(self, moment: int, period: str, state: State) -> Figures:
        """Return the figures at the moment, in Unix seconds, with the state at it."""
        open_time = self._count.at(moment, state)
        if period not in PERIODS:
            return Figures(open_time, None, None)
        if period in ROLLING:
            start, _ = bounds(period, moment, self._schedule)
            return Figures(open_time, start, open_time - self._since(period).at(start))
        start, scheduled = self._scheduled(period, moment)
        return Figures(open_time, start, scheduled)

    def _since(self, period: str) -> Count:
        """Return the count at the rolling period's start, which moves as well."""
        if period not in self._rolling:
            below = self._below._since(period) if self._below else None
            self._rolling[period] = Count(self._schedule, below)
        return self._rolling[period]

    def _scheduled(self, period: str, moment: int) -> tuple[int, int]:
        """Return the calendar period's start, and the open seconds of all of it."""
        start, end, scheduled = self._calendar.get(period, (0, 0, 0))
        if not start <= moment < end:
            start, end = bounds(period, moment, self._schedule)
            if self._below:
                _, scheduled = self._below._scheduled(period, moment)
                scheduled += added_seconds(self._schedule, start, end)
            else:
                scheduled = open_seconds(self._schedule, start, end)
            self._calendar[period] = start, end, scheduled
        return start, scheduled
