"""What Alertmanager documents about time intervals, minute by minute.

It shares nothing with the converter but the data of time zones. Intervals are evaluated
at the local time of their location, so that both passes of a repeated hour match.
"""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Literal, NamedTuple, TypedDict

import yaml

from otel_sla.schedule.timezones import zone

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
BLOCK = 15
"""Minutes within which no zone changes its clocks or date, if they begin at :00."""


class Times(TypedDict):
    start_time: str
    end_time: str


class Entry(TypedDict, total=False):
    times: list[Times]
    weekdays: list[str]
    days_of_month: list[str]
    months: list[str]
    years: list[str]
    location: str


Ranges = Literal["weekdays", "days_of_month", "months", "years"]


class Block(NamedTuple):
    day: date
    minute: int
    is_second_pass: bool


@cache
def blocks(location: str, start: int, end: int) -> list[Block]:
    """Return the local times of the quarter hours between two Unix times."""
    found, info = [], zone(location)
    for moment in range(start, end, BLOCK * 60):
        local = datetime.fromtimestamp(moment, UTC).astimezone(info)
        minute = local.hour * 60 + local.minute
        found.append(Block(local.date(), minute, local.fold == 1))
    return found


def intervals(text: str) -> dict[str, list[Entry]]:
    """Return the entries of the intervals of a whole configuration, by name."""
    whole = yaml.load(text.replace("\t", " "), yaml.BaseLoader)  # noqa: S506
    sections = ("time_intervals", "mute_time_intervals", "muteTimes")
    return {
        one["name"]: one["time_intervals"]
        for section in sections
        for one in whole.get(section, ())
    }


def matching(entries: list[Entry], start: int, end: int) -> bytes:
    """Return 1 for each minute from start to end that an entry matches, else 0."""
    found = bytes((end - start) // 60)
    for entry in entries:
        times, on_date = _minutes(entry), cache(lambda day, one=entry: _day(one, day))
        location = entry.get("location") or "UTC"
        parts = (
            times[minute : minute + BLOCK] if on_date(day) else bytes(BLOCK)
            for day, minute, _ in blocks(location, start, end)
        )
        found = either(found, b"".join(parts))
    return found


def either(some: bytes, others: bytes) -> bytes:
    """Return 1 for each minute in which one of both has it."""
    both = int.from_bytes(some) | int.from_bytes(others)
    return both.to_bytes(len(some))


def second_passes(entries: list[Entry], start: int, end: int) -> bytes:
    """Return 1 for each minute that repeats an earlier one in some entry's location."""
    found = bytes((end - start) // 60)
    for location in {entry.get("location") or "UTC" for entry in entries}:
        here = blocks(location, start, end)
        parts = (bytes([one.is_second_pass]) * BLOCK for one in here)
        found = either(found, b"".join(parts))
    return found


def _minutes(entry: Entry) -> bytes:
    ranges = entry.get("times")
    if not ranges:
        return b"\1" * 1440
    return bytes(
        any(
            _clock(one["start_time"]) <= minute < _clock(one["end_time"])
            for one in ranges
        )
        for minute in range(1440)
    )


def _clock(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _day(entry: Entry, day: date) -> bool:
    length = calendar.monthrange(day.year, day.month)[1]
    weekday = DAYS[day.isoweekday() % 7]
    return (
        _field(entry, "weekdays", DAYS.index(weekday), _weekday)
        and _field(entry, "months", day.month, _month)
        and _field(entry, "years", day.year, int)
        and _field(
            entry,
            "days_of_month",
            day.day,
            lambda text: int(text) if int(text) > 0 else length + 1 + int(text),
        )
    )


def _field(entry: Entry, key: Ranges, value: int, number: Callable[[str], int]) -> bool:
    if not entry.get(key):
        return True
    for text in entry[key]:
        first, _, last = text.partition(":")
        if number(first) <= value <= number(last or first):
            return True
    return False


def _weekday(text: str) -> int:
    return DAYS.index(text.capitalize())


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return list(calendar.month_name).index(text.capitalize())
