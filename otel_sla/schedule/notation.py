"""How weekdays, clock times, dates and numbers are written, in files and forms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from itertools import islice

from .errors import InvalidNotation
from .rules import LAST

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FULL_NAMES = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_NUMBERS = {
    **{name: number for number, name in enumerate(WEEKDAYS)},
    **{name: number for number, name in enumerate(FULL_NAMES)},
}
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_FLAGS = {"1": True, "true": True, "0": False, "false": False}
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_READING = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)", re.ASCII)


def parse_weekdays(text: str) -> frozenset[int]:
    """Parse `mon-fri`, `sat,sun`, `fri-mon` or `daily`; Monday is 0.

    Raises InvalidNotation.
    """
    days: set[int] = set()
    for part in re.split(r"[,\s]+", text.strip().lower()):
        if part == "daily":
            days.update(range(7))
            continue
        first, dash, last = part.partition("-")
        if first not in _NUMBERS or (dash and last not in _NUMBERS):
            raise InvalidNotation("unknown_weekdays", text=text)
        start, stop = _NUMBERS[first], _NUMBERS[last or first]
        days.update((start + step) % 7 for step in range((stop - start) % 7 + 1))
    return frozenset(days)


def format_weekdays(days: Iterable[int]) -> str:
    """Write weekdays the shortest way that parse_weekdays reads back."""
    left = set(days)
    if len(left) == 7:
        return "daily"
    parts = []
    for first in sorted(day for day in left if (day - 1) % 7 not in left):
        last = first
        while (last + 1) % 7 in left:
            last += 1
        run = [WEEKDAYS[day % 7] for day in range(first, last + 1)]
        parts += run if len(run) < 3 else [f"{run[0]}-{run[-1]}"]
    return ",".join(parts)


def parse_clock(text: str) -> time:
    """Parse `09:00` or `09:00:30`. Raises InvalidNotation."""
    match = _CLOCK.fullmatch(text)
    try:
        if match:
            hour, minute, second = (int(part or 0) for part in match.groups())
            return time(hour, minute, second)
    except ValueError:
        pass
    raise InvalidNotation("unknown_time", text=text)


def format_clock(clock: time) -> str:
    """Write a time of day, with its seconds only where it has any."""
    return clock.isoformat("seconds" if clock.second else "minutes")


def parse_end(text: str) -> tuple[time, int]:
    """Parse where a window ends, and how many days later than it says: 24:00 is 00:00
    of the day after.

    Raises InvalidNotation.
    """
    return (time(0), 1) if text == "24:00" else (parse_clock(text), 0)


def format_length(seconds: int) -> str:
    """Write a length of time in its two largest units: `2 h 14 min`, `3 d`."""
    return " ".join(islice(_in_units(seconds, _UNITS), 2)) or "0 s"


def format_hours(seconds: int) -> str:
    """Write a length of time in hours and all that is left: `62 h 30 min 15 s`."""
    return " ".join(_in_units(seconds, _UNITS[1:])) or "0 s"


def _in_units(seconds: int, units: Iterable[tuple[str, int]]) -> Iterator[str]:
    for unit, length in units:
        count, seconds = divmod(seconds, length)
        if count:
            yield f"{count:,} {unit}"


def parse_date(text: str) -> date:
    """Parse `2026-12-24`. Raises InvalidNotation."""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidNotation("unknown_date", text=text)


def parse_reading(text: str) -> datetime:
    """Parse a wall-clock reading such as `2026-12-24T12:00`, which has no offset.

    Raises InvalidNotation.
    """
    match = _READING.fullmatch(text)
    try:
        if match:
            return datetime.combine(parse_date(match[1]), parse_clock(match[2]))
    except ValueError:
        pass
    raise InvalidNotation("unknown_local_time", text=text)


def format_reading(reading: datetime) -> str:
    """Write a wall-clock reading, with its seconds only where it has any."""
    return reading.isoformat("T", "seconds" if reading.second else "minutes")


def parse_moment(text: str) -> datetime:
    """Parse an ISO 8601 moment; without an offset it is UTC, a date is its midnight.

    Fractions of a second are cut off. Raises InvalidNotation.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise InvalidNotation("unknown_moment", text=text) from None


def parse_numbers(text: str) -> frozenset[int]:
    """Parse a list such as `1, 15, -1`; empty text is the empty set.

    Raises InvalidNotation.
    """
    parts = [part for part in re.split(r"[,\s]+", text.strip()) if part]
    if not all(re.fullmatch(r"-?\d{1,4}", part, re.ASCII) for part in parts):
        raise InvalidNotation("unknown_numbers", text=text)
    return frozenset(int(part) for part in parts)


def format_numbers(numbers: Iterable[int]) -> str:
    """Write numbers the way parse_numbers reads them: ascending, negative last."""
    return ",".join(map(str, in_order(numbers)))


def in_order(numbers: Iterable[int]) -> list[int]:
    """Sort numbers as they are written: those counted from the end come last."""
    return sorted(numbers, key=lambda number: (number < 0, abs(number)))


def parse_nth(text: str) -> int:
    """Parse `1` to `5` or `last`. Raises InvalidNotation."""
    if text.strip().lower() == "last":
        return LAST
    if text.strip() in {"1", "2", "3", "4", "5"}:
        return int(text)
    raise InvalidNotation("unknown_nth", text=text)


def parse_number(text: str) -> int:
    """Parse a whole number. Raises InvalidNotation."""
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise InvalidNotation("unknown_number", text=text)
    return int(text)


def parse_flag(text: str) -> bool:
    """Parse the truth value that a database writes as text. Raises InvalidNotation."""
    if text not in _FLAGS:
        raise InvalidNotation("unknown_flag", text=text)
    return _FLAGS[text]
