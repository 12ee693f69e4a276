"""Read the events of a calendar file: when they are, and how they recur."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from icalendar import Event

from .file_timezones import FileZones
from .ics_text import Block, CalendarPart, content_of, split
from .local_time import Untakable, between, key_of, like, read, value_of
from .maintenance import Length, MaintenanceEvent
from .maintnote import Notice, read_notice
from .options import DEFAULTS, Options

LONGEST = timedelta(days=366)
_LONGEST_RULE = 1_000
_LONGEST_SUMMARY = 2_000
_MOST_RULES = 10
_MOST_REVISIONS = 2**31 - 1
_DAYS = re.compile(r"DURATION.*:[+-]?P(?:(\d+)W)?(?:(\d+)D)?", re.IGNORECASE)
_NEVER = datetime.fromordinal(1)
_OFTEN_ENOUGH = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


def identify(block: Block) -> tuple[str, str, bool]:
    """Return the UID, the SUMMARY, and whether it is one occurrence of a series.

    All as written, so that an event is identified also where it can't be read.
    """
    found = {"UID": "", "SUMMARY": "", "RECURRENCE-ID": ""}
    for line in block.lines:
        head, _, value = line.partition(":")
        name = head.partition(";")[0].upper()
        if name in found:
            found[name] = found[name] or value
    return found["UID"], found["SUMMARY"], bool(found["RECURRENCE-ID"])


class EventReader:
    """Reads the events of one import, each with the time zones of its own calendar."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._zones: dict[CalendarPart, FileZones] = {}
        self._descriptions: dict[tuple[str, ...], tzinfo] = {}

    def read(self, block: Block) -> MaintenanceEvent:
        """Read an event. Raises Untakable and UndefinedZone."""
        calendar = block.calendar
        if calendar not in self._zones:
            self._zones[calendar] = FileZones(calendar, self._descriptions)
        zones = self._zones[calendar]
        zones.used.clear()
        event = _read(block, zones)
        return replace(event, content=content_of(block, zones.used.values()))


def read_content(content: str) -> MaintenanceEvent:
    """Read an event again, from what it kept of itself."""
    (block,) = split(content.encode(), "").events
    return EventReader(DEFAULTS).read(block)


def _read(block: Block, zones: FileZones) -> MaintenanceEvent:
    event = _parsed(block)
    uid, summary = _text(event, "UID"), _text(event, "SUMMARY")
    if not uid:
        raise Untakable("uid_missing")
    start, notice = _reading(event, "DTSTART", zones), read_notice(event)
    status = _text(event, "STATUS").upper()
    known = MaintenanceEvent(
        uid,
        summary,
        start or _NEVER,
        _number(event),
        "",
        stamp=_stamp(event),
        tentative=((notice and notice.status) or status) == "TENTATIVE",
        busy=not _is_free(event),
        notice=notice,
    )
    if _is_cancelled(block, status, notice):
        # A cancellation needs no times, and may have none.
        start = start or _reading(event, "RECURRENCE-ID", zones) or _NEVER
        occurrence = _recurrence_id(event, start, zones)
        return replace(known, start=start, recurrence_id=occurrence, cancelled=True)
    if "EXRULE" in event:
        raise Untakable("exrule")
    if start is None:
        raise Untakable("start_missing")
    all_day = not isinstance(event["DTSTART"].dt, datetime)
    length = _length(event, block, start, all_day, zones)
    return replace(
        known,
        recurrence_id=_recurrence_id(event, start, zones),
        all_day=all_day,
        length=length,
        rules=tuple(_rules(event)),
        dates=tuple(_dates(event, start, length, zones)),
        excluded=frozenset(_excluded(event, start, zones)),
    )


def _is_cancelled(block: Block, status: str, notice: Notice | None) -> bool:
    """Return whether its calendar, its STATUS or its provider says so."""
    said = block.calendar.method == "CANCEL" or status == "CANCELLED"
    return said or (notice is not None and notice.status == "CANCELLED")


def _is_free(event: Any) -> bool:
    """Return whether it blocks nobody's time: for Outlook, and for all others."""
    shown = _text(event, "X-MICROSOFT-CDO-BUSYSTATUS") or _text(event, "BUSYSTATUS")
    transparency = _text(event, "TRANSP").upper()
    return shown.upper() == "FREE" or transparency.startswith("TRANSPARENT")


def _stamp(event: Any) -> datetime | None:
    """Return the DTSTAMP in UTC, which it should be in; None if it can't be read."""
    try:
        found = _values(event, "DTSTAMP")[0].dt
        at = datetime.combine(found, time()) if type(found) is date else found
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (AttributeError, IndexError, OverflowError, TypeError, ValueError):
        return None


def _parsed(block: Block) -> Any:
    lines = []
    for line in block.lines:
        if line.upper().startswith("RRULE") and len(line) > _LONGEST_RULE:
            raise Untakable("rule_too_long", most=f"{_LONGEST_RULE:,}")
        summary = line.upper().startswith("SUMMARY")
        lines.append(line[:_LONGEST_SUMMARY] if summary else line)
    text = "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))
    try:
        with warnings.catch_warnings():
            # It guesses zones, which file_timezones looks up instead.
            warnings.simplefilter("ignore")
            return Event.from_ical(text)
    except Exception as error:
        # The library raises all kinds of errors for what it does not expect.
        raise Untakable("unreadable_event", reason=error) from error


def _values(event: Any, name: str) -> list[Any]:
    """Return all values of a property; the library has a list only of several."""
    values = event.get(name, [])
    return values if isinstance(values, list) else [values]


def _text(event: Any, name: str) -> str:
    return str(next(iter(_values(event, name)), ""))


def _number(event: Any) -> int:
    try:
        return min(int(event.get("SEQUENCE", 0)), _MOST_REVISIONS)
    except (TypeError, ValueError):
        return 0


def _reading(event: Any, name: str, zones: FileZones) -> datetime | None:
    values = _values(event, name)
    if len(values) > 1:
        raise Untakable("property_repeated", name=name, count=len(values))
    return read(values[0], value_of(values[0], name), zones) if values else None


def _length(
    event: Any, block: Block, start: datetime, all_day: bool, zones: FileZones
) -> Length:
    end, nominal, exact = _reading(event, "DTEND", zones), timedelta(), timedelta()
    if end is not None and end.tzinfo is start.tzinfo:
        nominal = end - start
    elif end is not None:
        exact = between(start, end)
    elif "DURATION" in event:
        duration = value_of(event["DURATION"], "DURATION")
        if not isinstance(duration, timedelta):
            raise Untakable("invalid_duration")
        nominal = _days(block)
        exact = duration - nominal
    elif all_day:
        nominal = timedelta(days=1)
    else:
        raise Untakable("end_missing")
    _check_length(nominal + exact)
    return nominal, exact


def _days(block: Block) -> timedelta:
    """Return the weeks and days of the DURATION, which follow the local clock."""
    found = next(filter(None, map(_DAYS.match, block.lines)), None)
    weeks, days = found.groups(default="0") if found else ("0", "0")
    return timedelta(weeks=int(weeks), days=int(days))


def _check_length(length: timedelta) -> None:
    if length <= timedelta():
        raise Untakable("event_ends_before_start")
    if length > LONGEST:
        raise Untakable("too_long", most=LONGEST.days)


def _recurrence_id(event: Any, start: datetime, zones: FileZones) -> str:
    found = _reading(event, "RECURRENCE-ID", zones)
    if found is None:
        return ""
    if "RANGE" in event["RECURRENCE-ID"].params:
        raise Untakable("all_later_changed")
    value = event["RECURRENCE-ID"].dt
    return key_of(like(found, start), all_day=not isinstance(value, datetime))


def _rules(event: Any) -> list[Any]:
    rules = _values(event, "RRULE")
    if len(rules) > _MOST_RULES:
        # Each may take a while, and the standard allows only one.
        raise Untakable("too_many_rules", count=f"{len(rules):,}", most=_MOST_RULES)
    for rule in rules:
        try:
            frequency = str(rule["FREQ"][0]).upper()
            numbers = [rule.get(name, [1])[0] for name in ("INTERVAL", "COUNT")]
        except (TypeError, ValueError, KeyError, IndexError) as error:
            # TypeError: the library keeps what it can't read as text.
            raise Untakable("unreadable_rule", rule=rule) from error
        if frequency not in _OFTEN_ENOUGH:
            raise Untakable("unsupported_frequency", frequency=frequency)
        if frequency == "DAILY" and "BYSETPOS" in rule:
            # A single day has nothing to choose from: the search would never end.
            raise Untakable("daily_with_position")
        if "BYEASTER" in rule:
            # rrule.py follows rules in other years, where Easter is on other days.
            raise Untakable("by_easter")
        if min(numbers) < 1:
            raise Untakable("number_below_one")
    return rules


def _dates(
    event: Any, start: datetime, length: Length, zones: FileZones
) -> Iterator[tuple[datetime, Length]]:
    for value, one in _listed(event, "RDATE"):
        if isinstance(one, tuple):
            first, last = read(value, one[0], zones), one[1]
            if not isinstance(last, timedelta):
                last = between(first, read(value, last, zones))
            _check_length(last)
            yield like(first, start), (timedelta(), last)
        else:
            yield like(read(value, one, zones), start), length


def _excluded(event: Any, start: datetime, zones: FileZones) -> list[str]:
    """Return the keys of excluded occurrences; a date excludes all on that day."""
    return [
        key_of(
            like(read(value, one, zones), start), all_day=not isinstance(one, datetime)
        )
        for value, one in _listed(event, "EXDATE")
    ]


def _listed(event: Any, name: str) -> Iterator[tuple[Any, Any]]:
    """Yield each date of a property, with the value that lists it."""
    for value in _values(event, name):
        try:
            dates = [one.dt for one in value.dts]
        except ValueError as error:
            raise Untakable("unreadable_dates", name=name, reason=error) from error
        for one in dates:
            yield value, one
