"""Read what a catalogue says of weekdays, months, numbers, clock times and dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = (
    *("", "jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}


def listed(value: Any) -> list[str]:
    """Return the parts of a list, of `a,b` or of a single value, as texts."""
    values = value if isinstance(value, list) else [value]
    return [part.strip() for one in values for part in str(one).split(",")]


def weekdays(value: Any) -> set[int]:
    """Return weekdays, Monday being 0: `daily`, `sat,sun`, `fri-mon`."""
    found: set[int] = set()
    for part in listed(value):
        first, _, last = part.partition("-")
        if part == "daily":
            first, last = "mon", "sun"
        day = WEEKDAYS.index(first)
        found.add(day)
        while day != WEEKDAYS.index(last or first):
            day = (day + 1) % 7
            found.add(day)
    return found


def months(value: Any) -> set[int]:
    """Return months: `12`, `dec`, `december`, `nov-feb`."""
    found: set[int] = set()
    for part in listed(value):
        first, _, last = part.partition("-")
        month = _month(first)
        found.add(month)
        while month != _month(last or first):
            month = month % 12 + 1
            found.add(month)
    return found


def _month(text: str) -> int:
    return int(text) if text.isdigit() else MONTHS.index(text[:3])


def days_of_month(value: Any) -> set[int]:
    """Return numbers: `15`, `1-23`, `-1`."""
    found: set[int] = set()
    for part in listed(value):
        first, dash, last = part.rpartition("-")
        if first and dash:
            found |= set(range(int(first), int(last) + 1))
        else:
            found.add(int(part))
    return found


def nth(value: Any) -> int:
    """Return a number from 1 to 5, or -1 for the last: `2`, `second`, `last`."""
    text = str(value)
    return ORDINALS[text] if text in ORDINALS else int(text)


def nth_and_days(days: Any, number: Any) -> tuple[int | None, set[int]]:
    """Return what `days: first sat` or `days: sat, nth: 1` says."""
    if isinstance(days, str) and " " in days:
        number, days = days.split(" ")
    return None if number is None else nth(number), weekdays(days)


def clock(value: Any) -> int:
    """Return the minutes since midnight: `9:00`, `24:00`."""
    hours, minutes = str(value).split(":")
    return int(hours) * 60 + int(minutes)


def hours(value: Any) -> list[tuple[int, int]]:
    """Return spans in minutes since midnight: `["9:00-13:00"]`, `"9:00-13:00"`."""
    spans = (part.split("-") for part in listed(value))
    return [(clock(opens), clock(closes)) for opens, closes in spans]


def day(value: Any) -> date:
    """Return a full date: `2026-12-24`."""
    return date.fromisoformat(str(value))


def year_of(value: Any) -> int | None:
    """Return the year of a date, or None for one of every year: `12-24`."""
    return day(value).year if len(str(value)) > len("12-24") else None


def of_year(value: Any, year: int) -> date | None:
    """Return the date in that year, or None if it is not in it: `12-24`, `02-29`."""
    month, number = (int(part) for part in str(value).split("-")[-2:])
    if year_of(value) not in (None, year):
        return None
    try:
        return date(year, month, number)
    except ValueError:
        return None


def override(one: dict[str, Any]) -> tuple[int, int]:
    """Return from when to when an override lasts, in local minutes."""
    since, until = (datetime.fromisoformat(str(one[key])) for key in ("from", "to"))
    whole_day = since == until
    return local_minute(since), local_minute(until) + 1_440 * whole_day


def local_minute(reading: datetime) -> int:
    """Return a local time as a number of minutes."""
    return reading.toordinal() * 1_440 + reading.hour * 60 + reading.minute


def dates(first: date, last: date) -> Iterator[date]:
    """Yield the dates first to last, both inclusive."""
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(number)
