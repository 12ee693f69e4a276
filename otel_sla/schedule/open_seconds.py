"""Count the seconds that a schedule is open within a period, exactly and fast. Pure.

Converting every window of a year to UTC would take most of the time. While the offsets
of all zones involved stay the same, an addition is enough, and only the days near a
change of an offset, where the clocks skip or repeat a time, are converted exactly.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from .conversion import Period, SteadyPeriod
from .evaluation import Schedule
from .spans import DAY, Span, cut, merge, offset_at, subtract

_PROBED = 6 * 3600
_MARGIN = 2 * DAY
_SPAN_OF_A_YEAR = 366 * DAY


def open_seconds(schedule: Schedule, start: int, end: int) -> int:
    """Return the open seconds within [start, end), both in Unix seconds.

    They are the sum of the lengths of `schedule.spans(start, end)`.
    """
    changing = _near_changes(schedule.zones, start, end)
    steady = subtract([(start, end)], changing)
    periods = [Period(*span) for span in changing]
    periods += [SteadyPeriod(*span) for span in steady]
    return sum(_length(schedule.open_within(period)) for period in periods)


def added_seconds(schedule: Schedule, start: int, end: int) -> int:
    """Return the open seconds that the schedule's last layer of overrides adds.

    Within [start, end), in Unix seconds. Negative if it takes time away.
    """
    below = replace(schedule, overrides=schedule.overrides[:-1])
    closed, opened = schedule.overridden(start, end)
    added = sum(
        ends - begins - open_seconds(below, begins, ends) for begins, ends in opened
    )
    return added - sum(open_seconds(below, *span) for span in closed)


def _length(spans: list[Span]) -> int:
    return sum(closes - opens for opens, closes in spans)


def _near_changes(zones: Iterable[ZoneInfo], start: int, end: int) -> list[Span]:
    """Return the spans of [start, end) within two days of a change of an offset."""
    if start >= end:
        return []
    first, last = (
        datetime.fromtimestamp(at, UTC).year for at in (start - _MARGIN, end + _MARGIN)
    )
    near = (
        span
        for zone in zones
        for year in range(first, last + 1)
        for span in _changes(zone, year)
    )
    return cut(merge(near), start, end)


@lru_cache(maxsize=4_096)
def _changes(zone: ZoneInfo, year: int) -> tuple[Span, ...]:
    """Return the spans around the changes of the offset in about that UTC year.

    zoneinfo does not list them, so it is probed four times a day.
    """
    first = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    return tuple(_probed(zone, first, first + _SPAN_OF_A_YEAR))


def _probed(zone: ZoneInfo, first: int, last: int) -> Iterator[Span]:
    before = offset_at(first, zone)
    for at in range(first + _PROBED, last + _PROBED, _PROBED):
        offset = offset_at(at, zone)
        if offset != before:
            yield at - _PROBED - _MARGIN, at + _MARGIN
        before = offset
