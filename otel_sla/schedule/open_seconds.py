"""Count the seconds that a schedule is open within a period, exactly and fast. Pure.

Between two changes of the clock, local time and Unix time are the same but for an
addition, so open seconds are counted in local time, where most weeks are alike: see
local_count. Schedules that include or exclude others may be in several zones. They are
evaluated, exactly within days of a change of an offset, where the clocks skip or
repeat a time, and by an addition elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from .conversion import Period, SteadyPeriod
from .evaluation import Schedule
from .local_count import LocalCount, length
from .spans import DAY, EPOCH, Span, cut, merge, offset_at, subtract
from .utc_offsets import Change, changes_of_year

_MARGIN = 2 * DAY
Count = Callable[[int, int], int]
"""Count something within [start, end), both local."""


def open_seconds(schedule: Schedule, start: int, end: int) -> int:
    """Return the open seconds within [start, end), both in Unix seconds.

    They are the sum of the lengths of `schedule.spans(start, end)`.
    """
    if start >= end:
        return 0
    local = _local_count(schedule, start, end)
    if local:
        return _by_clock(local.seconds, schedule.zone, start, end)
    changing = _near_changes(schedule.zones, start, end)
    steady = subtract([(start, end)], changing)
    periods = [Period(*span) for span in changing]
    periods += [SteadyPeriod(*span) for span in steady]
    return sum(length(schedule.open_within(period)) for period in periods)


def added_seconds(schedule: Schedule, start: int, end: int) -> int:
    """Return the open seconds that the schedule's last layer of overrides adds.

    Within [start, end), in Unix seconds. Negative if it takes time away.
    """
    local = _local_count(schedule, start, end)
    if local:
        return _by_clock(local.added, schedule.zone, start, end)
    below = replace(schedule, overrides=schedule.overrides[:-1])
    closed, opened = schedule.overridden(start, end)
    added = sum(
        ends - begins - open_seconds(below, begins, ends) for begins, ends in opened
    )
    return added - sum(open_seconds(below, *span) for span in closed)


def _local_count(schedule: Schedule, start: int, end: int) -> LocalCount | None:
    return schedule.local_count(Period(start, end).days(schedule.zone))


def _by_clock(count: Count, zone: ZoneInfo, start: int, end: int) -> int:
    """Count within [start, end), in Unix seconds, what is known in local time.

    A repeated local time means its first pass. So nothing begins or ends in the second
    pass, all of which is like the last second before it.
    """
    total, at = 0, start
    for change in _changes(zone, start - DAY, end):
        ahead, ends = EPOCH + change.before, min(change.at, end)
        if at < ends:
            total += count(at + ahead, ends + ahead)
            at = ends
        repeated = min(change.at + change.before - change.after, end)
        if at < repeated:
            reading = change.at + ahead
            total += (repeated - at) * count(reading - 1, reading)
            at = repeated
    if at < end:
        ahead = EPOCH + offset_at(at, zone)
        total += count(at + ahead, end + ahead)
    return total


def _changes(zone: ZoneInfo, start: int, end: int) -> list[Change]:
    """Return the changes of the zone's clock after the start and before the end."""
    first, last = (datetime.fromtimestamp(at, UTC).year for at in (start, end))
    return [
        change
        for year in range(first, last + 1)
        for change in changes_of_year(zone, year)
        if start < change.at < end
    ]


def _near_changes(zones: Iterable[ZoneInfo], start: int, end: int) -> list[Span]:
    """Return the spans of [start, end) within two days of a change of an offset."""
    near = (
        (change.at - _MARGIN, change.at + _MARGIN)
        for zone in zones
        for change in _changes(zone, start - _MARGIN, end + _MARGIN)
    )
    return cut(merge(near), start, end)
