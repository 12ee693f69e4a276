"""Time zones of a calendar file: known by name, or described in the file."""

import re
from datetime import date, datetime, time, tzinfo
from itertools import islice
from typing import Any

from icalendar import Timezone

from ...messages import CodedError
from .ics_text import Block, CalendarPart
from .messages import MESSAGES
from .rrule import followed, text_without
from .zone_names import is_misused, zone_named

_LONGEST_BLOCK = 2_000
_MOST_CHARACTERS = 100_000
_MOST_CHANGES = 1_000
"""Of one rule. Outlook's rules begin in 1601 and change the clock once a year."""
_LAST = datetime.combine(date(2100, 1, 1), time())
_TOO_OFTEN = re.compile(
    r"RRULE.*(FREQ=(?!YEARLY|MONTHLY)|BY(HOUR|MINUTE|SECOND)=[^;]*,)", re.IGNORECASE
)


class UndefinedZone(CodedError):
    """A zone has an unknown name, and no usable description in the file."""

    table = MESSAGES


class FileZones:
    """Zones of a calendar by TZID, from our own data where those have the name.

    They are newer than what the calendar program knew when it wrote the file.
    """

    def __init__(
        self, calendar: CalendarPart, clock: str, read: dict[tuple[str, ...], tzinfo]
    ) -> None:
        """Take the descriptions that were read of other calendars before.

        clock: the name of the zone of times without one; empty for the schedule's.
        """
        self._calendar, self.clock, self._read = calendar, clock, read
        self._known: dict[str, tzinfo | UndefinedZone] = {}
        self._described: set[str] = set()
        self.used: dict[str, Block] = {}
        """Descriptions that zones were found by since this was cleared, by TZID."""

    def of(self, name: str) -> tzinfo:
        """Return the zone. Raises UndefinedZone."""
        if name not in self._known:
            self._known[name] = self._find(name)
        found = self._known[name]
        if isinstance(found, UndefinedZone):
            raise found
        if name in self._described:
            self.used[name] = self._calendar.zones[name]
        return found

    def on_calendar_clock(self, moment: datetime) -> datetime:
        """Return a time that has no zone on the calendar's clock, if that counts.

        Raises UndefinedZone.
        """
        if moment.tzinfo is not None or not self.clock:
            return moment
        return moment.replace(tzinfo=self.of(self.clock))

    def _find(self, name: str) -> tzinfo | UndefinedZone:
        block = self._calendar.zones.get(name)
        known = None if block and is_misused(name) else zone_named(name)
        if known is not None:
            return known
        if block is None:
            return UndefinedZone("unknown_file_zone", name=name)
        key = tuple(block.lines)
        if key not in self._read:
            try:
                self._read[key] = _described(block)
            except Exception as error:
                # The library raises all kinds of errors for a broken description.
                return UndefinedZone("broken_file_zone", name=name, reason=error)
        self._described.add(name)
        return self._read[key]


def _described(block: Block) -> tzinfo:
    if len(block.lines) > _LONGEST_BLOCK:
        raise ValueError(f"it has more than {_LONGEST_BLOCK:,} lines")
    if sum(map(len, block.lines)) > _MOST_CHARACTERS:
        raise ValueError(f"it has more than {_MOST_CHARACTERS:,} characters")
    if any(_TOO_OFTEN.match(line) for line in block.lines):
        # The library lists every single change.
        raise ValueError("its clock changes more often than daily")
    component: Any = Timezone.from_ical("\r\n".join(block.lines))
    observances = [*component.standard, *component.daylight]
    if not observances:
        raise ValueError("it has neither STANDARD nor DAYLIGHT")
    for one in observances:
        _check_rules(one)
    found: tzinfo = component.to_tz(lookup_tzid=False)
    return found


def _check_rules(observance: Any) -> None:
    """Refuse rules that the library would take long to follow, were they endless.

    It goes through all changes from the first one on, for every time it converts.
    """
    start = datetime.combine(observance["DTSTART"].dt, time())
    rules = observance.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        endless = text_without(rule, "UNTIL", "COUNT")
        found = followed(endless, start, _LAST)
        changes = sum(1 for _ in islice(found, _MOST_CHANGES + 1))
        if not changes:
            raise ValueError(f"its clock never changes by {rule.to_ical().decode()}")
        if changes > _MOST_CHANGES:
            raise ValueError(f"its clock changes more than {_MOST_CHANGES:,} times")
