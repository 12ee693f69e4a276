"""The events of a calendar file: when they are, and how they repeat."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from icalendar import Event

from .file_timezones import FileZones
from .ics_text import Block
from .local_time import Reading, Untakable, between, like, read, value_of

LONGEST = timedelta(days=366)
_LONGEST_RULE = 1_000
_LONGEST_SUMMARY = 2_000
_MOST_RULES = 10
_MOST_REVISIONS = 2**31 - 1
_DAYS = re.compile(r"DURATION.*:[+-]?P(?:(\d+)W)?(?:(\d+)D)?", re.IGNORECASE)
_OFTEN_ENOUGH = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


@dataclass(frozen=True, slots=True)
class MaintenanceEvent:
    """An event of the file, as far as overrides are concerned.

    It lasts `nominal` on its clock and `exact` beyond that; an occurrence ends where
    calendar programs show it to, also over a change of the clocks.
    """

    uid: str
    summary: str
    start: Reading
    all_day: bool
    nominal: timedelta
    exact: timedelta
    sequence: int
    cancelled: bool
    recurrence_id: str
    rules: tuple[Any, ...]
    dates: tuple[tuple[Reading, timedelta | None], ...]
    excluded: frozenset[str]


class Identity(NamedTuple):
    """What an event says of itself, as it is written, whether it can be read or not."""

    uid: str
    summary: str
    is_occurrence: bool


def identify(block: Block) -> Identity:
    """Return the UID, the SUMMARY, and whether it is one occurrence of a series."""
    found = {"UID": "", "SUMMARY": "", "RECURRENCE-ID": ""}
    for line in block.lines:
        name = line.partition(":")[0].partition(";")[0].upper()
        if name in found:
            found[name] = found[name] or line.partition(":")[2]
    return Identity(found["UID"], found["SUMMARY"], bool(found["RECURRENCE-ID"]))


def read_event(
    block: Block, zones: FileZones, *, cancelled: bool = False
) -> MaintenanceEvent:
    """Read an event, cancelled by its file or by its STATUS. Raises Untakable."""
    event = _parsed(block)
    uid = _text(event, "UID")
    if not uid:
        raise Untakable("has no UID: it could not be known again")
    if cancelled or _text(event, "STATUS").upper() == "CANCELLED":
        return _cancelled(event, uid, zones)
    if "EXRULE" in event:
        raise Untakable("has an EXRULE, which the standard has abolished: use EXDATE")
    start = _reading(event, "DTSTART", zones)
    if start is None:
        raise Untakable("has no DTSTART")
    all_day = not isinstance(event["DTSTART"].dt, datetime)
    nominal, exact = _length(event, block, start, all_day, zones)
    return MaintenanceEvent(
        uid=uid,
        summary=_text(event, "SUMMARY"),
        start=start,
        all_day=all_day,
        nominal=nominal,
        exact=exact,
        sequence=_number(event),
        cancelled=False,
        recurrence_id=_recurrence_id(event, start, zones),
        rules=tuple(_rules(event)),
        dates=tuple(_dates(event, start, zones)),
        excluded=frozenset(_excluded(event, start, zones)),
    )


def _cancelled(event: Any, uid: str, zones: FileZones) -> MaintenanceEvent:
    """Read what is cancelled: a cancellation needs no times, and may have none."""
    nothing = timedelta()
    start = _reading(event, "DTSTART", zones) or _reading(event, "RECURRENCE-ID", zones)
    start = start or Reading(datetime.combine(date.min, time()))
    return MaintenanceEvent(
        uid=uid,
        summary=_text(event, "SUMMARY"),
        start=start,
        all_day=False,
        nominal=nothing,
        exact=nothing,
        sequence=_number(event),
        cancelled=True,
        recurrence_id=_recurrence_id(event, start, zones),
        rules=(),
        dates=(),
        excluded=frozenset(),
    )


def _parsed(block: Block) -> Any:
    lines = []
    for line in block.lines:
        if line.upper().startswith("RRULE") and len(line) > _LONGEST_RULE:
            raise Untakable(f"has an RRULE of more than {_LONGEST_RULE:,} characters")
        summary = line.upper().startswith("SUMMARY")
        lines.append(line[:_LONGEST_SUMMARY] if summary else line)
    text = "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))
    try:
        with warnings.catch_warnings():
            # It guesses zones, which are looked up here all the same.
            warnings.simplefilter("ignore")
            return Event.from_ical(text)
    except Exception as error:
        # The library raises whatever comes of what it does not expect.
        raise Untakable(f"can't be read: {error}") from error


def _text(event: Any, name: str) -> str:
    value = event.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _number(event: Any) -> int:
    try:
        return min(int(event.get("SEQUENCE", 0)), _MOST_REVISIONS)
    except (TypeError, ValueError):
        return 0


def _reading(event: Any, name: str, zones: FileZones) -> Reading | None:
    value = event.get(name)
    if value is None:
        return None
    if isinstance(value, list):
        raise Untakable(f"has {name} {len(value)} times")
    return read(value, value_of(value, name), zones)


def _length(
    event: Any, block: Block, start: Reading, all_day: bool, zones: FileZones
) -> tuple[timedelta, timedelta]:
    nothing = timedelta()
    end = _reading(event, "DTEND", zones)
    if end is not None and end.zone is start.zone:
        nominal, exact = end.local - start.local, nothing
    elif end is not None:
        nominal, exact = nothing, between(start, end)
    elif "DURATION" in event:
        duration = value_of(event["DURATION"], "DURATION")
        if not isinstance(duration, timedelta):
            raise Untakable("has a DURATION that is none")
        nominal = _days(block)
        exact = duration - nominal
    elif all_day:
        nominal, exact = timedelta(days=1), nothing
    else:
        raise Untakable("has neither DTEND nor DURATION: it takes no time")
    _check_length(nominal + exact)
    return nominal, exact


def _days(block: Block) -> timedelta:
    """The weeks and days of the DURATION: by the clock, unlike the hours of PT24H."""
    found = next(filter(None, map(_DAYS.match, block.lines)), None)
    weeks, days = found.groups(default="0") if found else ("0", "0")
    return timedelta(weeks=int(weeks), days=int(days))


def _check_length(length: timedelta) -> None:
    if length <= timedelta():
        raise Untakable("does not end after its start")
    if length > LONGEST:
        raise Untakable(f"lasts more than {LONGEST.days} days")


def _recurrence_id(event: Any, start: Reading, zones: FileZones) -> str:
    found = _reading(event, "RECURRENCE-ID", zones)
    if found is None:
        return ""
    if "RANGE" in event["RECURRENCE-ID"].params:
        raise Untakable("changes all later occurrences (RANGE): end the series instead")
    value = event["RECURRENCE-ID"].dt
    return like(found, start).key(all_day=not isinstance(value, datetime))


def _rules(event: Any) -> list[Any]:
    rules = event.get("RRULE", [])
    rules = rules if isinstance(rules, list) else [rules]
    if len(rules) > _MOST_RULES:
        # Each may take a while, and the standard knows but one.
        raise Untakable(f"has {len(rules):,} RRULEs: write {_MOST_RULES} at most")
    for rule in rules:
        try:
            frequency = str(rule["FREQ"][0]).upper()
            numbers = [rule.get(name, [1])[0] for name in ("INTERVAL", "COUNT")]
        except (TypeError, ValueError, KeyError, IndexError) as error:
            # TypeError: what the library can't read, it keeps as a text.
            raise Untakable(f"has an RRULE that can't be read: {rule}") from error
        if frequency not in _OFTEN_ENOUGH:
            raise Untakable(
                f"repeats {frequency}: DAILY, WEEKLY, MONTHLY and YEARLY are taken"
            )
        if frequency == "DAILY" and "BYSETPOS" in rule:
            # Of a single day there is nothing to choose from, year after year.
            raise Untakable("repeats DAILY with BYSETPOS")
        if "BYEASTER" in rule:
            # It would be followed in other years than its own: see rrule.py.
            raise Untakable("repeats by BYEASTER, which is no part of the standard")
        if min(numbers) < 1:
            raise Untakable("has an RRULE with an INTERVAL or a COUNT below 1")
    return list(rules)


def _dates(
    event: Any, start: Reading, zones: FileZones
) -> list[tuple[Reading, timedelta | None]]:
    """The dates that are added, with how long they last where they say so."""
    found: list[tuple[Reading, timedelta | None]] = []
    for value, one in _listed(event, "RDATE"):
        if not isinstance(one, tuple):
            found.append((like(read(value, one, zones), start), None))
            continue
        first, last = read(value, one[0], zones), one[1]
        if not isinstance(last, timedelta):
            last = between(first, read(value, last, zones))
        _check_length(last)
        found.append((like(first, start), last))
    return found


def _excluded(event: Any, start: Reading, zones: FileZones) -> list[str]:
    """The keys of occurrences that are taken out; a date takes out all on that day."""
    return [
        like(read(value, one, zones), start).key(not isinstance(one, datetime))
        for value, one in _listed(event, "EXDATE")
    ]


def _listed(event: Any, name: str) -> list[tuple[Any, Any]]:
    values = event.get(name, [])
    found = []
    for value in values if isinstance(values, list) else [values]:
        try:
            found += [(value, one.dt) for one in value.dts]
        except ValueError as error:
            raise Untakable(f"has an {name} that can't be read: {error}") from error
    return found
