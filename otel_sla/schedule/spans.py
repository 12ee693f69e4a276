"""Spans of time as pairs of whole seconds, and conversion of local time to UTC.

A span is half-open, [opens, closes). Local time is a number as well, the day's ordinal
times DAY plus the second of the day, so that rules can be merged as plain integers.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from operator import itemgetter
from zoneinfo import ZoneInfo

DAY = 86_400
EPOCH = date(1970, 1, 1).toordinal() * DAY

Span = tuple[int, int]

_OPENS, _CLOSES = itemgetter(0), itemgetter(1)


def local_seconds(reading: datetime) -> int:
    """Return the local time as a number of seconds."""
    return reading.toordinal() * DAY + second_of_day(reading)


def second_of_day(clock: time | datetime) -> int:
    """Return the seconds since midnight, by the clock."""
    return clock.hour * 3600 + clock.minute * 60 + clock.second


@lru_cache(maxsize=8_192)
def to_unix(local: int, zone: ZoneInfo) -> int:
    """Convert local seconds (ordinal * DAY + second of the day) to Unix seconds.

    A time in a repeated hour is its first pass (PEP 495, fold is 0). The offset that
    zoneinfo gives for the local time is checked against that of the instant: they
    differ in a skipped hour, and can differ after a zone's last explicit transition
    (America/Nuuk, 2023).

    Cached, because schedules of one zone ask for the same midnights and office hours.
    The cache takes at most 2 MiB.
    """
    reading = datetime.combine(date.fromordinal(local // DAY), _clock(local % DAY))
    offset = _seconds(zone.utcoffset(reading))
    unix = local - EPOCH - offset
    if offset_at(unix, zone) == offset:
        return unix
    return _near_a_change(local - EPOCH, unix, zone)


def _near_a_change(local: int, about: int, zone: ZoneInfo) -> int:
    """Return the first instant at which the local time is this or later."""
    offsets = [offset_at(about + days, zone) for days in (-DAY, DAY)]
    instants = range(local - max(offsets), local - min(offsets))
    return instants.start + bisect_left(
        instants, local, key=lambda instant: instant + offset_at(instant, zone)
    )


def offset_at(unix: int, zone: ZoneInfo) -> int:
    """Return how many seconds the zone is ahead of UTC at the instant."""
    return _seconds(datetime.fromtimestamp(unix, zone).utcoffset())


@lru_cache(maxsize=4_096)
def _clock(second: int) -> time:
    minutes, seconds = divmod(second, 60)
    return time(minutes // 60, minutes % 60, seconds)


def _seconds(offset: timedelta | None) -> int:
    """Return the offset in seconds. A zone has one for every local time."""
    return offset.days * DAY + offset.seconds if offset else 0


def merge(spans: Iterable[Span]) -> list[Span]:
    """Return the union without empty spans: ascending, disjoint and never touching."""
    merged: list[Span] = []
    for opens, closes in sorted(spans):
        if closes <= opens:
            continue
        if merged and opens <= merged[-1][1]:
            if closes > merged[-1][1]:
                merged[-1] = (merged[-1][0], closes)
        else:
            merged.append((opens, closes))
    return merged


def subtract(spans: list[Span], cuts: list[Span]) -> list[Span]:
    """Return the spans without the cuts. Both must be ascending and disjoint."""
    left: list[Span] = []
    position = 0
    for opens, closes in spans:
        while position < len(cuts) and cuts[position][1] <= opens:
            position += 1
        ahead = position
        while ahead < len(cuts) and cuts[ahead][0] < closes:
            if opens < cuts[ahead][0]:
                left.append((opens, cuts[ahead][0]))
            opens = cuts[ahead][1]
            ahead += 1
        if opens < closes:
            left.append((opens, closes))
    return left


def cut(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Return the spans, ascending and disjoint, cut to [start, end)."""
    if not spans:
        return []
    first = bisect_right(spans, start, key=_CLOSES)
    last = bisect_left(spans, end, key=_OPENS)
    found = list(spans[first:last])
    if found:
        opens, closes = found[0]
        found[0] = max(opens, start), closes
        opens, closes = found[-1]
        found[-1] = opens, min(closes, end)
    return found
