"""The wall clock of a zone within a period: its offsets from UTC, and their changes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .spans import DAY, offset_at
from .timezones import editions

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


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
    instants: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep what is searched for every window."""
        object.__setattr__(self, "instants", tuple(one.at for one in self.changes))

    def quiet_reading(self, start: int, end: int) -> datetime | None:
        """What the clock reads at the start, if it is not changed near the two."""
        number = bisect_left(self.instants, start - DAY)
        if self.instants[number : number + 1] and self.instants[number] <= end + DAY:
            return None
        return _EPOCH + timedelta(seconds=start + self._offset(number))

    def certain_reading(self, at: int) -> datetime | None:
        """What the clock reads at the instant, if it reads so at no other."""
        offset = self._offset(bisect_right(self.instants, at))
        reading = _EPOCH + timedelta(seconds=at + offset)
        passes = (self.zone.utcoffset(reading.replace(fold=fold)) for fold in (0, 1))
        return reading if set(passes) == {timedelta(seconds=offset)} else None

    def _offset(self, changes: int) -> int:
        """The seconds from UTC after so many changes."""
        return self.changes[changes - 1].after if changes else self.first


@lru_cache(maxsize=1_024)
def settled(name: str, start: int, end: int) -> Clock | None:
    """Return the zone's clock if all time zone data at hand agree about it.

    Readers of a feed go by their own data, whatever its VTIMEZONE says. Where the
    site's own sources differ within the period, some readers' are the older ones.
    """
    clocks = [clock_of(zone, start, end) for zone in editions(name)]
    ours = clocks[0]
    alike = {(clock.first, clock.changes) for clock in clocks}
    return ours if len(alike) == 1 else None


def clock_of(zone: ZoneInfo, start: int, end: int) -> Clock:
    """Return the zone's clock from start to end, both in Unix seconds."""
    changes = []
    for day, next_day in pairwise(range(start, end + DAY, DAY)):
        before, after = offset_at(day, zone), offset_at(next_day, zone)
        if before != after:
            changes.append(Change(_onset(zone, day, next_day), before, after))
    return Clock(zone, start, end, offset_at(start, zone), tuple(changes))


def _onset(zone: ZoneInfo, day: int, next_day: int) -> int:
    """The first instant at which the clock is what it is at the end of the day."""
    after = offset_at(next_day, zone)
    instants = range(day, next_day)
    changed = bisect_left(
        instants, True, key=lambda instant: offset_at(instant, zone) == after
    )
    return day + changed
