"""Write a time zone's changes as a VTIMEZONE.

Not by icalendar's Timezone.from_tzinfo: the onset of an observance is in local time
*before* the change (RFC 5545, 3.6.5), but where the clocks go forward it writes the
local time after it, an hour late.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from ...schedule.utc_offsets import Clock


@lru_cache(maxsize=1_024)
def vtimezone(clock: Clock) -> bytes:
    """Return a VTIMEZONE that is right for the clock's period, which it names."""
    onsets: dict[tuple[int, int], list[int]] = defaultdict(list)
    # As if it had just changed back: some programs take summer time from this.
    before_it = clock.changes[0].after if clock.changes else clock.first
    onsets[before_it, clock.first].append(clock.start)
    for at, before, after in clock.changes:
        onsets[before, after].append(at)
    component = Timezone()
    component.add("TZID", clock.zone.key)
    first, last = (_utc(at).date() for at in (clock.start, clock.end))
    component.add("COMMENT", f"From {first} to {last} only.")
    for (before, after), instants in onsets.items():
        # Zones differ in which of them is summer time; the offsets are right anyway.
        observance = TimezoneDaylight() if after > before else TimezoneStandard()
        offset = timedelta(seconds=before)
        readings = [(_utc(at) + offset).replace(tzinfo=None) for at in instants]
        observance.add("DTSTART", readings[0])
        observance.add("TZOFFSETFROM", offset)
        observance.add("TZOFFSETTO", timedelta(seconds=after))
        name = datetime.fromtimestamp(instants[0], clock.zone).tzname()
        observance.add("TZNAME", name or clock.zone.key)
        for reading in readings[1:]:
            observance.add("RDATE", reading)
        component.add_component(observance)
    return bytes(component.to_ical())


def _utc(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
