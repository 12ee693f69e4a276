"""What a calendar says of a year: its holidays and its special days."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from ..spans import Span

_SEPARATOR = "; "


class Special(NamedTuple):
    """A special day: `hours` limit the windows that start on it.

    They are in seconds since the day's midnight, ascending and disjoint.
    """

    name: str
    hours: tuple[Span, ...]


class Year(NamedTuple):
    """The holidays of a year with their names, and its special days.

    A date is one of the two, or neither: a holiday beats a special day.
    """

    off: Mapping[date, str]
    special: Mapping[date, Special]


class Entry(NamedTuple):
    """A date of a calendar, before holidays and special days of one date are merged.

    A holiday may have several names, and has no hours. `source` is the calendar that
    has the date itself, where the calendar asked includes that.
    """

    day: date
    names: tuple[str, ...]
    hours: tuple[Span, ...] | None
    source: "Calendar"


class Calendar:
    """Days of every year. `day in calendar` is whether the day is a holiday.

    A year is made once and stored by one assignment, so threads can share a calendar.
    """

    def __init__(self) -> None:
        self._years: dict[int, Year] = {}
        self._limited: dict[int, tuple[int, ...]] = {}

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in self.of_year(day.year).off

    def name_of(self, day: date) -> str | None:
        """Return the name of the day's holiday or special day, or None."""
        year = self.of_year(day.year)
        if day in year.off:
            return year.off[day]
        special = year.special.get(day)
        return special.name if special else None

    def hours(self, day: date) -> tuple[Span, ...] | None:
        """Return what limits the windows that start on the day.

        A holiday has no hours; None is a day of neither kind, without a limit.
        """
        year = self.of_year(day.year)
        if day in year.off:
            return ()
        special = year.special.get(day)
        return special.hours if special else None

    def limited(self, first: int, last: int) -> Iterator[int]:
        """Yield the days within first to last that have hours, ascending.

        Days are ordinals, and both are inclusive.
        """
        for year in range(
            date.fromordinal(first).year, date.fromordinal(last).year + 1
        ):
            days = self._limited.get(year)
            if days is None:
                days = self._limited[year] = self._make_limited(year)
            yield from days[bisect_left(days, first) : bisect_right(days, last)]

    def _make_limited(self, year: int) -> tuple[int, ...]:
        off, special = self.of_year(year)
        days = (day for day in (*off, *special) if day.year == year)
        return tuple(sorted(day.toordinal() for day in days))

    def of_year(self, year: int) -> Year:
        """Return the holidays and special days of a year."""
        known = self._years.get(year)
        if known is None:
            known = self._years[year] = self._make(year)
        return known

    def entries(self, year: int) -> tuple[Entry, ...]:
        """Return what is known of the dates of a year. One may have several entries."""
        off, special = self.of_year(year)
        return (
            *(Entry(day, (*split(names),), None, self) for day, names in off.items()),
            *(Entry(day, (one.name,), one.hours, self) for day, one in special.items()),
        )

    def observed(self, year: int) -> Mapping[date, Mapping[str, str]]:
        """Return the names that dates have only because another holiday is observed,
        each with the name of that one."""
        return {}

    def _make(self, year: int) -> Year:
        raise NotImplementedError


def split(names: str) -> list[str]:
    """Return each of the names that a holiday has."""
    return names.split(_SEPARATOR)


def joined(names: Iterable[str]) -> str:
    """Return the names of a holiday as one text."""
    return _SEPARATOR.join(names)
