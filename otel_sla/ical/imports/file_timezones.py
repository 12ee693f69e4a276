"""Time zones of a calendar file: known by name, or described in the file."""

import re
from datetime import datetime, tzinfo

from icalendar import Timezone

from ...language import Sentence, figure
from ...language import gettext_noop as _
from ...messages import CodedError
from .described_zone import DescribedZone
from .ics_text import Block, CalendarPart
from .messages import MESSAGES
from .zone_names import is_misused, zone_named

_LONGEST_BLOCK = 2_000
_MOST_CHARACTERS = 100_000
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
        """Take the name of the zone of times without one; empty for the schedule's.

        read: zones by the lines that describe them. Those of this calendar are added.
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
                self._read[key] = _described(name, block)
            except Exception as error:
                # The library raises all kinds of errors for a broken description.
                return UndefinedZone("broken_file_zone", name=name, reason=error)
        self._described.add(name)
        return self._read[key]


def _described(name: str, block: Block) -> tzinfo:
    if len(block.lines) > _LONGEST_BLOCK:
        words = _("it has more than %(most)s lines")
        raise ValueError(Sentence(words, {"most": figure(_LONGEST_BLOCK)}))
    if sum(map(len, block.lines)) > _MOST_CHARACTERS:
        words = _("it has more than %(most)s characters")
        raise ValueError(Sentence(words, {"most": figure(_MOST_CHARACTERS)}))
    if any(_TOO_OFTEN.match(line) for line in block.lines):
        # Every single change is listed.
        raise ValueError(Sentence(_("its clock changes more often than daily"), {}))
    return DescribedZone(name, Timezone.from_ical("\r\n".join(block.lines)))
