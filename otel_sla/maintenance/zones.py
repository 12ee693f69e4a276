"""The time zones that a calendar file is in: by name, or as the file describes them."""

from __future__ import annotations

import re
from datetime import tzinfo
from itertools import islice, takewhile
from typing import Any

from dateutil.rrule import rrulestr
from icalendar import Timezone, vRecur
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from .. import zones
from .text import Block

_LONGEST_BLOCK = 2_000
_MOST_CHARACTERS = 100_000
_MOST_CHANGES = 1_000
"""By one rule. Outlook's begin in the year 1601, and change the clock once a year."""
_LAST_YEAR = 2100
_TOO_OFTEN = re.compile(
    r"RRULE.*(FREQ=(?!YEARLY|MONTHLY)|BY(HOUR|MINUTE|SECOND)=)", re.IGNORECASE
)


class UndefinedZone(ValueError):
    """No zone goes by this name, and the file describes none that can be used."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"is in the time zone {name!r}, {why}")


class FileZones:
    """Zones by their TZID. Our own data go before what the file says of a name.

    They are newer than what the calendar's program knew when it wrote the file.
    """

    def __init__(self, blocks: dict[str, Block]) -> None:
        self._blocks = blocks
        self._known: dict[str, tzinfo | UndefinedZone] = {}

    def of(self, name: str) -> tzinfo:
        """Return the zone. Raises UndefinedZone."""
        if name not in self._known:
            self._known[name] = self._find(name)
        found = self._known[name]
        if isinstance(found, UndefinedZone):
            raise found
        return found

    def _find(self, name: str) -> tzinfo | UndefinedZone:
        for known in (name, WINDOWS_TO_OLSON.get(name, "")):
            if known in zones.names():
                return zones.zone(known)
        block = self._blocks.get(name)
        if block is None:
            return UndefinedZone(
                name, "which is unknown, and the file has no VTIMEZONE for it"
            )
        try:
            return _described(block)
        except Exception as error:
            # Whatever the library makes of a broken description.
            return UndefinedZone(
                name, f"of which the file's VTIMEZONE is broken: {error}"
            )


def _described(block: Block) -> tzinfo:
    """The zone of a VTIMEZONE. Raises whatever the library does."""
    if len(block.lines) > _LONGEST_BLOCK:
        raise ValueError(f"it has more than {_LONGEST_BLOCK:,} lines")
    if sum(map(len, block.lines)) > _MOST_CHARACTERS:
        raise ValueError(f"it has more than {_MOST_CHARACTERS:,} characters")
    if any(_TOO_OFTEN.match(line) for line in block.lines):
        # The library writes down every single change.
        raise ValueError("its clock changes more often than daily")
    component: Any = Timezone.from_ical("\r\n".join(block.lines))
    observances = [*component.standard, *component.daylight]
    if not observances:
        raise ValueError("it has neither STANDARD nor DAYLIGHT")
    if any(map(_changes_often, observances)):
        # It is asked of every time, and goes through them from the first one on.
        raise ValueError(f"its clock changes more than {_MOST_CHANGES:,} times")
    found: tzinfo = component.to_tz(lookup_tzid=False)
    return found


def _changes_often(observance: Any) -> bool:
    """Whether its rules give more changes than any clock has, ends of theirs aside."""
    rules = observance.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        endless: Any = vRecur(
            {key: rule[key] for key in rule if key not in ("UNTIL", "COUNT")}
        )
        start = observance["DTSTART"].dt
        found = rrulestr(endless.to_ical().decode(), dtstart=start)
        until = takewhile(lambda at: at.year < _LAST_YEAR, found)
        if next(islice(until, _MOST_CHANGES, None), None):
            return True
    return False
