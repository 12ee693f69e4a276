"""Several calendars as one."""

from collections.abc import Iterable
from datetime import date

from ..spans import Span
from .calendar import Calendar, Entry, Special, Year, joined


class Union(Calendar):
    """The days of all its calendars.

    Where several name a date, the first of them counts. Hours of several special days
    on a date intersect.
    """

    def __init__(self, *calendars: Calendar) -> None:
        super().__init__()
        self.calendars = calendars

    def __bool__(self) -> bool:
        return bool(self.calendars)

    def entries(self, year: int) -> tuple[Entry, ...]:
        """Return the dates that its calendars have in a year, one after the other."""
        return tuple(
            entry for calendar in self.calendars for entry in calendar.entries(year)
        )

    def _make(self, year: int) -> Year:
        return resolved(self.entries(year))


NO_HOLIDAYS = Union()
"""The calendar without any days."""


def resolved(entries: Iterable[Entry]) -> Year:
    """Return what the entries of a year come to, each date once."""
    off: dict[date, str] = {}
    special: dict[date, Special] = {}
    for entry in entries:
        if entry.hours is None:
            if entry.day not in off:
                off[entry.day] = joined(entry.names)
        elif first := special.get(entry.day):
            hours = intersect(first.hours, entry.hours)
            special[entry.day] = Special(first.name, hours)
        else:
            special[entry.day] = Special(joined(entry.names), entry.hours)
    return Year(off, {day: one for day, one in special.items() if day not in off})


def intersect(some: tuple[Span, ...], others: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return the spans that are in both. Each is ascending and disjoint."""
    return tuple(
        (max(opens, since), min(closes, until))
        for opens, closes in some
        for since, until in others
        if max(opens, since) < min(closes, until)
    )
