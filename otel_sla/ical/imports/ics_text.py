"""Split a calendar file into its events and time zones, as unparsed lines.

Only the properties that an import needs are parsed later: attachments, alarms and tasks
cost nothing, and a time zone is parsed when an event uses it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...language import Sentence, figure
from ...language import gettext_noop as _
from ...messages import CodedError
from ...text import one_line
from .content_lines import decoded, name_of, unfolded, value_of, zone_name
from .maintnote import PREFIX
from .messages import MESSAGES

MAX_BYTES = 10_000_000
MAX_EVENTS = 10_000

_PROPERTIES = frozenset(
    {
        "BUSYSTATUS",
        "DTEND",
        "DTSTAMP",
        "DTSTART",
        "DURATION",
        "EXDATE",
        "EXRULE",
        "RDATE",
        "RECURRENCE-ID",
        "RRULE",
        "SEQUENCE",
        "STATUS",
        "SUMMARY",
        "TRANSP",
        "UID",
        "X-MICROSOFT-CDO-BUSYSTATUS",
    }
)
_OF_ZONES = ("VTIMEZONE", "STANDARD", "DAYLIGHT")


class UnusableCalendar(CodedError):
    """The whole file can't be imported. The text names the file and the line."""

    table = MESSAGES

    def __init__(
        self, code: str, source: str, line: int | None = None, **params: Any
    ) -> None:
        super().__init__(code, **params)
        self._place = one_line(source)
        if line:
            params = {"source": self._place, "line": figure(line)}
            self._place = Sentence(_("%(source)s, line %(line)s"), params)

    def __str__(self) -> str:
        params = {"place": self._place, "message": self.message}
        return Sentence("%(place)s: %(message)s", params)


@dataclass(eq=False)
class CalendarPart:
    """What one VCALENDAR of a file says of all of its events.

    method: METHOD in upper case; empty if the calendar is not a message.
    zones: its time zones by TZID. timezone: X-WR-TIMEZONE, if it has one.
    """

    source: str
    method: str = ""
    zones: dict[str, "Block"] = field(default_factory=dict)
    timezone: str = ""


class Block(NamedTuple):
    """An event or time zone: its line number, its unfolded lines, and its calendar."""

    line: int
    lines: list[str]
    calendar: CalendarPart


@dataclass
class CalendarText:
    """The events of a file, or of several, and counts of what else is in there.

    others: other components by name, such as VTODO.
    notes: sentences about what was read although it is not as it should be.
    """

    source: str
    events: list[Block] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def joined(texts: Iterable[CalendarText]) -> CalendarText:
    """Return the content of several files as one. Raises UnusableCalendar."""
    found, sources = CalendarText(""), list[str]()
    for text in texts:
        sources.append(text.source)
        found.events += text.events
        found.others += text.others
        found.notes += text.notes
        _check_number(found.events, text.source)
    found.source = sources[0] if len(sources) == 1 else f"{len(sources):,} files"
    return found


def parse_bytes(content: bytes, source: str) -> CalendarText:
    """Parse the content of a calendar file. Raises UnusableCalendar."""
    if len(content) > MAX_BYTES:
        most = MAX_BYTES // 1_000_000
        raise UnusableCalendar("file_too_large", source, most=most)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UnusableCalendar("calendar_in_utf_16", source)
    if b"\0" in content:
        raise UnusableCalendar("calendar_not_text", source)
    return split(content, source)


def split(content: bytes, source: str) -> CalendarText:
    """Split a calendar of any length into its parts. Raises UnusableCalendar."""
    splitter = _Splitter(source)
    for number, line in unfolded(content):
        splitter.take(number, line)
    return splitter.finish(content.count(b"\n"))


def content_of(event: Block, clock: str, zones: Iterable[Block]) -> str:
    """Return a calendar of this event and these zones alone, which `split` takes.

    clock: X-WR-TIMEZONE, where it is the clock of times without a zone.
    """
    calendar = event.calendar
    return "\n".join(
        (
            "BEGIN:VCALENDAR",
            f"METHOD:{calendar.method}",
            f"X-WR-TIMEZONE:{clock}",
            *(line for zone in zones for line in zone.lines),
            "BEGIN:VEVENT",
            *event.lines,
            "END:VEVENT",
            "END:VCALENDAR",
        )
    )


class _Splitter:
    def __init__(self, source: str) -> None:
        self._found = CalendarText(source)
        self._opened: list[str] = []
        self._calendar: CalendarPart | None = None
        self._block = Block(0, [], CalendarPart(source))
        self._other_bytes: list[int] = []

    def take(self, number: int, line: bytes) -> None:
        source, name = self._found.source, name_of(line)
        if name == "BEGIN":
            self._begin(number, value_of(line).upper())
        if self._calendar is None:
            raise UnusableCalendar("not_a_calendar", source, 1)
        self._keep(self._calendar, number, name, line)
        if name == "END":
            kind = value_of(line).upper()
            if not self._opened or self._opened.pop() != kind:
                text = line[:60].decode(errors="replace")
                raise UnusableCalendar("unmatched_end", source, number, text=text)
            if len(self._opened) == 1:
                self._end(kind)

    def finish(self, number: int) -> CalendarText:
        source = self._found.source
        if self._opened:
            name = self._opened[-1]
            raise UnusableCalendar("cut_off", source, number, name=name)
        if self._calendar is None:
            raise UnusableCalendar("calendar_empty", source)
        if self._other_bytes:
            line, count = self._other_bytes[0], len(self._other_bytes)
            note = UnusableCalendar("windows_1252", source, count=figure(count))
            params = {
                "place": Sentence(_("line %(line)s"), {"line": figure(line)}),
                "message": note.message,
            }
            self._found.notes.append(Sentence("%(place)s: %(message)s", params))
        return self._found

    def _begin(self, number: int, kind: str) -> None:
        self._opened.append(kind)
        if self._opened == ["VCALENDAR"]:
            self._calendar = CalendarPart(self._found.source)
        elif len(self._opened) == 2 and self._calendar is not None:
            self._block = Block(number, [], self._calendar)

    def _keep(
        self, calendar: CalendarPart, number: int, name: str, line: bytes
    ) -> None:
        if self._opened == ["VCALENDAR"]:
            if name == "METHOD":
                calendar.method = value_of(line).upper()
            elif name == "X-WR-TIMEZONE":
                calendar.timezone = zone_name(value_of(line))
            return
        of_event = self._opened == ["VCALENDAR", "VEVENT"] and (
            name in _PROPERTIES or name.startswith(PREFIX)
        )
        of_zone = self._opened[1:2] == ["VTIMEZONE"] and self._opened[-1] in _OF_ZONES
        if of_event or of_zone:
            text, as_utf_8 = decoded(line)
            self._block.lines.append(text)
            if not as_utf_8:
                self._other_bytes.append(number)

    def _end(self, kind: str) -> None:
        block = self._block
        if kind == "VEVENT":
            self._found.events.append(block)
            _check_number(self._found.events, self._found.source)
        elif kind == "VTIMEZONE":
            for line in map(str.encode, block.lines):
                if name_of(line) == "TZID":
                    name = zone_name(value_of(line))
                    block.calendar.zones.setdefault(name, block)
        elif kind != "VALARM":
            self._found.others[kind] += 1


def _check_number(events: list[Block], source: str) -> None:
    if len(events) > MAX_EVENTS:
        line = events[MAX_EVENTS].line
        most = figure(MAX_EVENTS)
        raise UnusableCalendar("too_many_events", source, line, most=most)
