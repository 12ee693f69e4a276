"""Several calendars as one."""

from collections.abc import Mapping
from datetime import date

from ..spans import Span
from .calendar import Calendar, Special, Year


class Union(Calendar):
    """The days of all its calendars.

    Where several name a date, the first of them counts. Hours of several special days
    on a date intersect.
    """

    def __init__(self, *calendars: Calendar) -> None:
        super().__init__()
        self._calendars = calendars

    def __bool__(self) -> bool:
        return bool(self._calendars)

    def _make(self, year: int) -> Year:
        return united([calendar.of_year(year) for calendar in self._calendars])


NO_HOLIDAYS = Union()
"""The calendar without any days."""


def united(years: list[Year]) -> Year:
    """Return the union of what several calendars say of a year."""
    off: dict[date, str] = {}
    special: dict[date, Special] = {}
    for year in reversed(years):
        off |= year.off
        special = _limited(year.special, special)
    return Year(off, {day: one for day, one in special.items() if day not in off})


def _limited(
    first: Mapping[date, Special], second: Mapping[date, Special]
) -> dict[date, Special]:
    found = {**second, **first}
    for day in first.keys() & second.keys():
        hours = intersect(first[day].hours, second[day].hours)
        found[day] = Special(first[day].name, hours)
    return found


def intersect(some: tuple[Span, ...], others: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return the spans that are in both. Each is ascending and disjoint."""
    return tuple(
        (max(opens, since), min(closes, until))
        for opens, closes in some
        for since, until in others
        if max(opens, since) < min(closes, until)
    )
