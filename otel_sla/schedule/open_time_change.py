"""What a change of schedules does to the time they are open. Pure."""

from __future__ import annotations

from typing import NamedTuple

from .evaluation import Schedule
from .spans import DAY

OUTLOOK = 90 * DAY
"""Seconds: the period over which people are told what a change does."""


class OpenTime(NamedTuple):
    """Open time within a period: seconds, and windows that overlap it.

    Of a change it is the difference, after minus before. `times` stands for when
    exactly it is open: of a change, 0 where that is as before.
    """

    seconds: int = 0
    windows: int = 0
    times: int = 0

    def plus(self, other: OpenTime, times: int = 1) -> OpenTime:
        """The sum with so many of the other."""
        return OpenTime(
            self.seconds + times * other.seconds,
            self.windows + times * other.windows,
            self.times | other.times,
        )

    def since(self, before: OpenTime) -> OpenTime:
        """The difference to what was before."""
        return OpenTime(
            self.seconds - before.seconds,
            self.windows - before.windows,
            self.times ^ before.times,
        )

    def __str__(self) -> str:
        """`-16 h, 2 windows fewer`: as a difference is told to a person."""
        if not any(self):
            return "no difference"
        if not self.seconds and not self.windows:
            return "as many hours and windows, at other times"
        sign = "+" if self.seconds > 0 else ""
        count, plural = abs(self.windows), "" if abs(self.windows) == 1 else "s"
        if not self.windows:
            return f"{sign}{hours(self.seconds)}, as many windows"
        more = "more" if self.windows > 0 else "fewer"
        return f"{sign}{hours(self.seconds)}, {count:,} window{plural} {more}"


def hours(seconds: int) -> str:
    """Write seconds as hours with up to two decimals: `-16 h`, `1.75 h`; less than
    half a minute in seconds."""
    if abs(seconds) < 30:
        return f"{seconds} s"
    return f"{seconds / 3600:,.2f}".rstrip("0").rstrip(".") + " h"


def open_time(schedule: Schedule, start: int, end: int) -> OpenTime:
    """Return the open time within [start, end), both in Unix seconds."""
    spans = schedule.spans(start, end)
    seconds = sum(closes - opens for opens, closes in spans)
    return OpenTime(seconds, len(spans), hash(tuple(spans)) if spans else 0)
