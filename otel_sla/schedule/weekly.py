"""Windows that are the same every week, as a sum: no day of them is walked. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate

from .spans import DAY, Span, cut, merge, subtract

WEEK = 7 * DAY
Daily = tuple[frozenset[int], tuple[Span, ...]]
"""Weekdays, and the windows that start on each, in seconds from its midnight."""


class Week:
    """The open time of a week that repeats, in local time."""

    __slots__ = ("_before", "_closes", "_opens", "_total")

    def __init__(self, spans: list[Span]) -> None:
        """Take the open spans in seconds from Monday's midnight, up to WEEK."""
        self._opens = [opens for opens, _ in spans]
        self._closes = [closes for _, closes in spans]
        lengths = (closes - opens for opens, closes in spans)
        *self._before, self._total = accumulate(lengths, initial=0)

    def seconds(self, start: int, end: int) -> int:
        """Return the open seconds within [start, end), both local."""
        return self._until(end) - self._until(start)

    def _until(self, local: int) -> int:
        # Day 1 is a Monday.
        weeks, second = divmod(local - DAY, WEEK)
        seconds = weeks * self._total
        number = bisect_right(self._opens, second) - 1
        if number >= 0:
            reached = min(second, self._closes[number])
            seconds += self._before[number] + reached - self._opens[number]
        return seconds


@lru_cache(maxsize=256)
def week(opening: tuple[Daily, ...], closing: tuple[Daily, ...]) -> Week:
    """Return the week in which the windows of `opening` are open, less `closing`'s.

    Cached, because many schedules have the same hours, and each is counted for several
    periods.
    """
    return Week(subtract(_spans(opening), _spans(closing)))


def _spans(windows: Iterable[Daily]) -> list[Span]:
    return cut(merge(_repeated(windows)), 0, WEEK)


def _repeated(windows: Iterable[Daily]) -> Iterator[Span]:
    """Yield the windows that start in the week, or in one of the two before it."""
    for weekdays, spans in windows:
        for begins in (-2 * WEEK, -WEEK, 0):
            for weekday in weekdays:
                midnight = begins + weekday * DAY
                for opens, closes in spans:
                    yield midnight + opens, midnight + closes
