"""Split a calendar file into its events and time zones, as unparsed lines.

Only the properties that an import needs are parsed later: attachments, alarms and tasks
cost nothing, and a time zone is parsed when an event uses it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ...messages import CodedError
from .messages import MESSAGES

MAX_BYTES = 10_000_000
MAX_EVENTS = 10_000

_PROPERTIES = frozenset(
    {
        "DTEND",
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
        "UID",
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
        self._place = f"{source}, line {line:,}" if line else source

    def __str__(self) -> str:
        return f"{self._place}: {self.message}"


class Block(NamedTuple):
    """An event or time zone of the file: its line number, and its unfolded lines."""

    line: int
    lines: list[str]


@dataclass
class CalendarText:
    """The events and the time zones of a file, and counts of its other components."""

    source: str
    method: str = ""
    events: list[Block] = field(default_factory=list)
    zones: dict[str, Block] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)


def read_file(path: Path) -> CalendarText:
    """Read a calendar file. Raises UnusableCalendar, also if it can't be opened."""
    source = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnusableCalendar("unreadable_calendar", source, reason=reason) from error
    return parse_bytes(content, source)


def parse_bytes(content: bytes, source: str) -> CalendarText:
    """Parse the content of a calendar file. Raises UnusableCalendar."""
    if len(content) > MAX_BYTES:
        most = MAX_BYTES // 1_000_000
        raise UnusableCalendar("file_too_large", source, most=most)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UnusableCalendar("calendar_in_utf_16", source)
    if b"\0" in content:
        raise UnusableCalendar("calendar_not_text", source)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnusableCalendar("calendar_not_utf_8", source, line) from None
    return _parse(text, source)


def _parse(text: str, source: str) -> CalendarText:
    found, opened, block = CalendarText(source), list[str](), Block(0, [])
    calendars = number = 0
    # An old Mac ends lines with a carriage return only.
    end = "\n" if "\n" in text else "\r"
    for number, line in _unfolded(text.split(end)):
        name, value = _parts(line)
        if name == "BEGIN":
            opened.append(value.upper())
            calendars += opened == ["VCALENDAR"]
            if len(opened) == 2:
                block = Block(number, [])
        if not calendars:
            raise UnusableCalendar("not_a_calendar", source, 1)
        _keep(found, opened, block, name, line)
        if name == "END":
            if not opened or opened.pop() != value.upper():
                raise UnusableCalendar("unmatched_end", source, number, text=line[:60])
            if len(opened) == 1:
                _finish(found, value.upper(), block)
    if opened:
        raise UnusableCalendar("cut_off", source, number, name=opened[-1])
    if not calendars:
        raise UnusableCalendar("calendar_empty", source)
    return found


def _keep(
    found: CalendarText, opened: list[str], block: Block, name: str, line: str
) -> None:
    if opened == ["VCALENDAR"] and name == "METHOD":
        found.method = line.partition(":")[2].strip().upper()
    of_event = opened == ["VCALENDAR", "VEVENT"] and name in _PROPERTIES
    of_zone = opened[1:2] == ["VTIMEZONE"] and opened[-1] in _OF_ZONES
    if of_event or of_zone:
        block.lines.append(line)


def _finish(found: CalendarText, kind: str, block: Block) -> None:
    if kind == "VEVENT":
        found.events.append(block)
        if len(found.events) > MAX_EVENTS:
            raise UnusableCalendar(
                "too_many_events", found.source, block.line, most=f"{MAX_EVENTS:,}"
            )
    elif kind == "VTIMEZONE":
        for line in block.lines:
            name, value = _parts(line)
            if name == "TZID":
                found.zones.setdefault(value, block)
    elif kind != "VALARM":
        found.others[kind] += 1


def _unfolded(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield numbered lines, joined where a leading space or tab continues one."""
    begins, parts = 0, list[str]()
    for number, line in enumerate(lines, start=1):
        line = line.removesuffix("\r")
        if parts and line[:1] in (" ", "\t"):
            parts.append(line[1:])
            continue
        if parts:
            yield begins, "".join(parts)
        begins, parts = number, [line] if line.strip() else []
    if parts:
        yield begins, "".join(parts)


def _parts(line: str) -> tuple[str, str]:
    """Return a property's name in upper case and its value, without parameters."""
    head, _, value = line.partition(":")
    return head.partition(";")[0].strip().upper(), value.strip()
