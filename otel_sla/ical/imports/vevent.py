"""Read the events of a calendar file: when they are, and how they recur."""

import warnings
from dataclasses import replace
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from icalendar import Event

from ...language import figure
from .content_lines import event_text, unescaped, with_plain_zone
from .event_times import dates_of, excluded_of, length_of, rules_of, time_of, values_of
from .file_timezones import FileZones
from .ics_text import Block, CalendarPart, content_of, split
from .local_time import Untakable
from .maintenance import MaintenanceEvent
from .maintnote import Notice, read_notice
from .options import Options
from .recurrence_ids import recurrence_id

MAX_KEPT = 50_000_000
_LONGEST_RULE = 1_000
_LONGEST_SUMMARY = 2_000
_LONGEST_EVENT = 200_000
MOST_LINES = 2_000
_MOST_REVISIONS = 2**31 - 1
_NEVER = datetime.fromordinal(1)
_CANCELLED = frozenset({"CANCELLED", "CANCELED"})
"""As the standard spells it, and as Americans do."""

_TIMES = ("DTSTART", "DTEND", "DTSTAMP", "EXDATE", "RDATE", "RECURRENCE-ID")


def identify(block: Block) -> tuple[str, str, bool]:
    """Return the UID, the SUMMARY, and whether it is one occurrence of a series.

    It works also where the event can't be read.
    """
    found = {"UID": "", "SUMMARY": "", "RECURRENCE-ID": ""}
    for line in block.lines:
        head, _, value = line.partition(":")
        name = head.partition(";")[0].upper()
        if name in found:
            found[name] = found[name] or unescaped(value)
    return found["UID"], found["SUMMARY"], bool(found["RECURRENCE-ID"])


class EventReader:
    """Reads the events of one import, each with the time zones of its own calendar."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._zones: dict[CalendarPart, FileZones] = {}
        self._descriptions: dict[tuple[str, ...], tzinfo] = {}
        self._kept = 0

    def read(self, block: Block) -> MaintenanceEvent:
        """Read an event. Raises Untakable and UndefinedZone."""
        calendar = block.calendar
        if calendar not in self._zones:
            clock = calendar.timezone if self._options.timezone == "calendar" else ""
            self._zones[calendar] = FileZones(calendar, clock, self._descriptions)
        zones = self._zones[calendar]
        zones.used.clear()
        event = _read(block, zones)
        return replace(event, content=self._content(block, zones))

    def _content(self, block: Block, zones: FileZones) -> str:
        content = content_of(block, zones.clock, zones.used.values())
        self._kept += len(content)
        if self._kept > MAX_KEPT:
            # Each event of a file may keep the same long description of a zone.
            raise Untakable("kept_too_long", most=MAX_KEPT // 1_000_000)
        return content


def read_content(content: str) -> MaintenanceEvent:
    """Read an event again, from what it kept of itself."""
    (block,) = split(content.encode(), "").events
    return EventReader(Options(timezone="calendar")).read(block)


def _read(block: Block, zones: FileZones) -> MaintenanceEvent:
    event = _parsed(block)
    uid, summary = _text(event, "UID"), _text(event, "SUMMARY")
    if not uid:
        raise Untakable("uid_missing")
    status, notice = _text(event, "STATUS").upper(), read_notice(event)
    known = MaintenanceEvent(
        uid,
        summary,
        _NEVER,
        _number(event),
        "",
        stamp=_stamp(event),
        tentative=((notice and notice.status) or status) == "TENTATIVE",
        busy=not _is_free(event),
        notice=notice,
    )
    if _is_cancelled(block, status, notice):
        return _cancelled(event, known, zones)
    if "EXRULE" in event:
        raise Untakable("exrule")
    written = time_of(event, "DTSTART", zones)
    if written is None:
        raise Untakable("start_missing")
    all_day = not isinstance(event["DTSTART"].dt, datetime)
    start = written if all_day else zones.on_calendar_clock(written)
    length = length_of(event, block, written, zones, all_day=all_day)
    occurrence, day = recurrence_id(event, start, zones)
    return replace(
        known,
        start=start,
        recurrence_id=occurrence,
        recurrence_day=day,
        all_day=all_day,
        length=length,
        rules=tuple(rules_of(event)),
        dates=tuple(dates_of(event, start, length, zones)),
        excluded=frozenset(excluded_of(event, start, zones, all_day=all_day)),
    )


def _cancelled(
    event: Any, known: MaintenanceEvent, zones: FileZones
) -> MaintenanceEvent:
    """Read a cancellation, which needs no times, and may have none."""
    if "RECURRENCE-ID" not in event:
        return replace(known, cancelled=True)
    start = time_of(event, "DTSTART", zones) or time_of(event, "RECURRENCE-ID", zones)
    start = zones.on_calendar_clock(start or _NEVER)
    occurrence, day = recurrence_id(event, start, zones)
    return replace(
        known,
        start=start,
        recurrence_id=occurrence,
        recurrence_day=day,
        cancelled=True,
    )


def _is_cancelled(block: Block, status: str, notice: Notice | None) -> bool:
    """Return whether its calendar, its STATUS or its provider says so."""
    said = {status, notice.status if notice else ""}
    return block.calendar.method == "CANCEL" or bool(said & _CANCELLED)


def _is_free(event: Any) -> bool:
    """Return whether it blocks nobody's time: for Outlook, and for all others."""
    shown = _text(event, "X-MICROSOFT-CDO-BUSYSTATUS") or _text(event, "BUSYSTATUS")
    transparency = _text(event, "TRANSP").upper()
    return shown.upper() == "FREE" or transparency.startswith("TRANSPARENT")


def _stamp(event: Any) -> datetime | None:
    """Return the DTSTAMP in UTC, which it should be in; None if it can't be read."""
    try:
        found = values_of(event, "DTSTAMP")[0].dt
        at = datetime.combine(found, time()) if type(found) is date else found
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (AttributeError, IndexError, OverflowError, TypeError, ValueError):
        return None


def _parsed(block: Block) -> Any:
    if len(block.lines) > MOST_LINES:
        raise Untakable("too_many_lines", most=figure(MOST_LINES))
    lines = []
    for line in map(_plain, block.lines):
        if line.upper().startswith("RRULE") and len(line) > _LONGEST_RULE:
            raise Untakable("rule_too_long", most=figure(_LONGEST_RULE))
        summary = line.upper().startswith("SUMMARY")
        lines.append(line[:_LONGEST_SUMMARY] if summary else line)
    if sum(map(len, lines)) > _LONGEST_EVENT:
        raise Untakable("event_too_large", most=figure(_LONGEST_EVENT))
    try:
        with warnings.catch_warnings():
            # It guesses zones, which file_timezones looks up instead.
            warnings.simplefilter("ignore")
            return Event.from_ical(event_text(lines))
    except Exception as error:
        # The library raises all kinds of errors for what it does not expect.
        raise Untakable("unreadable_event", reason=error) from error


def _plain(line: str) -> str:
    return with_plain_zone(line) if line.upper().startswith(_TIMES) else line


def _text(event: Any, name: str) -> str:
    return str(next(iter(values_of(event, name)), ""))


def _number(event: Any) -> int:
    try:
        return min(int(event.get("SEQUENCE", 0)), _MOST_REVISIONS)
    except (TypeError, ValueError):
        return 0
