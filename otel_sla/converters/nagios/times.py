"""Times of a day, as ranges of minutes."""

from __future__ import annotations

import re

_RANGE = re.compile(r"\s*(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\s*")

Times = tuple[tuple[int, int], ...]
"""Ranges (start, end) in minutes since midnight, ascending, without overlaps."""

FULL: Times = ((0, 1440),)
NONE: Times = ()


def read_times(text: str) -> Times | None:
    """Return the times of "00:00-09:00,17:00-24:00", or None if they are broken.

    A range without length, 00:00-00:00, is none. It is broken if it ends before it
    begins.
    """
    ranges = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part)
        if not match:
            return None
        hour, minute, end_hour, end_minute = map(int, match.groups())
        start, end = hour * 60 + minute, end_hour * 60 + end_minute
        if max(minute, end_minute) > 59 or end > 1440 or start > end:
            return None
        ranges.append((start, end))
    return merged(ranges)


def merged(ranges: list[tuple[int, int]]) -> Times:
    """Return the ranges without overlaps, ascending."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        elif start < end:
            result.append((start, end))
    return tuple(result)


def rest_of_day(times: Times) -> Times:
    """Return the times of a day that are not among these."""
    edges = [0, *(edge for pair in times for edge in pair), 1440]
    return merged(list(zip(edges[::2], edges[1::2], strict=True)))


def within(inner: Times, outer: Times) -> bool:
    """Return whether all of the inner times are among the outer ones."""
    return merged([*inner, *outer]) == outer


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
