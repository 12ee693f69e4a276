"""On which days the rules of a catalogue start: what an entry's days are made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ...schedule.notation import MONTHS, WEEKDAYS

SHORT_MONTHS = tuple(name[:3] for name in MONTHS)

# The calendar repeats itself after 28 years, until 2100.
_COMPARED = range(dt.date(2016, 1, 1).toordinal(), dt.date(2060, 1, 1).toordinal())


@dataclass(frozen=True, slots=True)
class Condition:
    """Days that fulfil all that is given. Weekdays count from 0 (Monday)."""

    weekdays: tuple[int, ...] = tuple(range(7))
    nth: int | None = None
    months: tuple[int, ...] = ()
    days_of_month: tuple[int, ...] = ()
    first: dt.date | None = None
    last: dt.date | None = None
    every_days: int = 1

    def notation(self) -> dict[str, Any]:
        """Return it as the keys of a rule in a catalogue."""
        keys: dict[str, Any] = {"days": day_names(self.weekdays)}
        if self.nth is not None:
            keys["nth"] = "last" if self.nth == -1 else self.nth
        if self.months:
            keys["months"] = [SHORT_MONTHS[month - 1] for month in self.months]
        if self.days_of_month:
            keys["days_of_month"] = _numbers(self.days_of_month)
        if self.every_days > 1:
            keys |= {"every_days": self.every_days, "from": _copy(self.first)}
        if self.first:
            keys["valid_from"] = _copy(self.first)
        if self.last:
            keys["valid_to"] = _copy(self.last)
        return keys


def _copy(day: dt.date | None) -> dt.date | None:
    """Return an object of its own: YAML would write an anchor for one used twice."""
    return day.replace() if day else None


@lru_cache(maxsize=2_000)
def days_of(condition: Condition) -> frozenset[int]:
    """Return the ordinals of its days in the years that are compared."""
    first = max(condition.first.toordinal() if condition.first else 0, _COMPARED.start)
    if condition.every_days > 1 and condition.first:
        first += (condition.first.toordinal() - first) % condition.every_days
    last = condition.last.toordinal() + 1 if condition.last else _COMPARED.stop
    stop = min(last, _COMPARED.stop)
    days = range(first, stop, condition.every_days)
    if not (condition.months or condition.days_of_month or condition.nth is not None):
        return frozenset(day for day in days if (day - 1) % 7 in condition.weekdays)
    return frozenset(day for day in days if _fulfils(day, condition))


def _fulfils(ordinal: int, condition: Condition) -> bool:
    if (ordinal - 1) % 7 not in condition.weekdays:
        return False
    day = dt.date.fromordinal(ordinal)
    if condition.months and day.month not in condition.months:
        return False
    length = (day.replace(day=28) + dt.timedelta(4)).replace(day=1) - dt.timedelta(1)
    backwards = day.day - length.day - 1
    if condition.nth is not None:
        nth = condition.nth
        return backwards >= -7 if nth == -1 else (day.day - 1) // 7 + 1 == nth
    wanted = condition.days_of_month
    return not wanted or day.day in wanted or backwards in wanted


def day_names(weekdays: tuple[int, ...]) -> str | list[str]:
    """Return "daily", "mon-fri", "sat" or ["mon", "wed-fri"]."""
    if len(weekdays) == 7:
        return "daily"
    runs = _runs(weekdays)
    names = [
        WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}-{WEEKDAYS[last]}"
        for first, last in runs
    ]
    return names[0] if len(names) == 1 else names


def _numbers(days: tuple[int, ...]) -> list[int] | str:
    runs = _runs(days)
    if len(runs) == 1 and 0 < runs[0][0] < runs[0][1]:
        return f"{runs[0][0]}-{runs[0][1]}"
    return list(days)


def _runs(numbers: tuple[int, ...]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
