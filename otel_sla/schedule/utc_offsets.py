"""The offsets of a time zone from UTC within a period, and their changes."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .spans import DAY, offset_at
from .timezones import editions

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_AT = attrgetter("at")
_PROBED = 6 * 3600


class Change(NamedTuple):
    """A change of the clock, in Unix seconds, and the seconds from UTC around it."""

    at: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone from `start` to `end`, in Unix seconds: the first offset, the changes."""

    zone: ZoneInfo
    start: int
    end: int
    first: int
    changes: tuple[Change, ...]

    def quiet_reading(self, start: int, end: int) -> datetime | None:
        """Return the local time at the start, in Unix seconds.

        None where the clock changes within a day of the start, the end or between.
        """
        number = bisect_left(self.changes, start - DAY, key=_AT)
        if number < len(self.changes) and self.changes[number].at <= end + DAY:
            return None
        return _EPOCH + timedelta(seconds=start + self._offset(number))

    def certain_reading(self, at: int) -> datetime | None:
        """Return the local time at the instant, in Unix seconds.

        None where the clock reads the same at another instant, too.
        """
        offset = self._offset(bisect_right(self.changes, at, key=_AT))
        reading = _EPOCH + timedelta(seconds=at + offset)
        passes = (self.zone.utcoffset(reading.replace(fold=fold)) for fold in (0, 1))
        return reading if set(passes) == {timedelta(seconds=offset)} else None

    def _offset(self, changes: int) -> int:
        return self.changes[changes - 1].after if changes else self.first


@lru_cache(maxsize=1_024)
def settled(name: str, start: int, end: int) -> Clock | None:
    """Return the zone's clock from start to end, or None where its sources disagree.

    Readers of a feed use their own time zone data, whatever its VTIMEZONE says. Where
    the site's own sources differ, some readers have the older data.
    """
    ours, *others = (clock_of(zone, start, end) for zone in editions(name))
    is_settled = all(
        (clock.first, clock.changes) == (ours.first, ours.changes) for clock in others
    )
    return ours if is_settled else None


def clock_of(zone: ZoneInfo, start: int, end: int, step: int = DAY) -> Clock:
    """Return the zone's clock from start to end, both in Unix seconds.

    It is read once every `step` seconds: a change that is undone before that is missed.
    """
    changes = []
    before = offset_at(start, zone)
    for at in range(start, end, step):
        after = offset_at(at + step, zone)
        if before != after:
            changes.append(Change(_onset(zone, at, at + step), before, after))
        before = after
    return Clock(zone, start, end, offset_at(start, zone), tuple(changes))


@lru_cache(maxsize=4_096)
def changes_of_year(zone: ZoneInfo, year: int) -> tuple[Change, ...]:
    """Return the changes of the zone's clock in a UTC year, without its first second.

    zoneinfo does not list them, so it is probed four times a day. In no zone are two
    changes less than three days apart.
    """
    begins, ends = (
        int(datetime(one, 1, 1, tzinfo=UTC).timestamp()) for one in (year, year + 1)
    )
    return clock_of(zone, begins, ends, _PROBED).changes


def _onset(zone: ZoneInfo, start: int, end: int) -> int:
    """Return the first instant from the start on with the offset of the end."""
    after = offset_at(end, zone)
    return start + bisect_left(
        range(start, end), True, key=lambda at: offset_at(at, zone) == after
    )
