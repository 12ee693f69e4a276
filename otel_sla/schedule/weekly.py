"""Windows that are the same every week, without walking days. Pure."""

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

    __slots__ = ("_before", "_opens", "_spans", "_total")

    def __init__(self, spans: list[Span]) -> None:
        """Take the open spans in seconds from Monday's midnight, up to WEEK."""
        self._spans = spans
        self._opens = [opens for opens, _ in spans]
        lengths = (closes - opens for opens, closes in spans)
        *self._before, self._total = accumulate(lengths, initial=0)

    def spans(self, start: int, end: int) -> list[Span]:
        """Return the open spans within [start, end), both local, merged."""
        found: list[Span] = []
        for monday in range(start - (start - DAY) % WEEK, end, WEEK):
            of_week = [(monday + opens, monday + ends) for opens, ends in self._spans]
            if found and found[-1][1] == of_week[0][0]:
                of_week[0] = found.pop()[0], of_week[0][1]
            found += of_week
        return cut(found, start, end)

    def seconds(self, start: int, end: int) -> int:
        """Return the open seconds within [start, end), both local."""
        return self._until(end) - self._until(start)

    def _until(self, local: int) -> int:
        # Day 1 is a Monday.
        weeks, second = divmod(local - DAY, WEEK)
        seconds = weeks * self._total
        number = bisect_right(self._opens, second) - 1
        if number >= 0:
            reached = min(second, self._spans[number][1])
            seconds += self._before[number] + reached - self._opens[number]
        return seconds


@lru_cache(maxsize=512)
def week(opening: tuple[Daily, ...], closing: tuple[Daily, ...]) -> Week:
    """Return the week in which the windows of `opening` are open, less `closing`'s.

    Cached, because many schedules have the same hours, and each is evaluated for
    several periods. The cache takes about 1 MiB where schedules have few rules.
    """
    return Week(subtract(_spans(opening), _spans(closing)))


def _spans(windows: Iterable[Daily]) -> list[Span]:
    return cut(merge(_repeated(windows)), 0, WEEK)


def _repeated(windows: Iterable[Daily]) -> Iterator[Span]:
    """Yield the windows that start in the week, and those that reach into it."""
    for weekdays, spans in windows:
        for weekday in weekdays:
            for opens, closes in spans:
                begins, ends = weekday * DAY + opens, weekday * DAY + closes
                while ends > 0:
                    yield begins, ends
                    begins, ends = begins - WEEK, ends - WEEK
