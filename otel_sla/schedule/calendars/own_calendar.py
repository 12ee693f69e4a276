"""A calendar with days of its own, besides those of the calendars that it includes."""

from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, date
from functools import cache

from .calendar import Calendar, Entry, Year
from .calendar_day import CalendarDay
from .union import resolved
from .without import Without

_DAYS_SEARCHED = 31
_SATURDAY = 5


class OwnCalendar(Calendar):
    """The days of the calendars that it includes, without some of them, and its own.

    Days of its own are moved off weekends where they say so. It has no days beyond the
    years 1 to 9999.
    """

    def __init__(
        self,
        name: str,
        includes: tuple[Calendar, ...] = (),
        without: tuple[str, ...] = (),
        days: tuple[CalendarDay, ...] = (),
    ) -> None:
        super().__init__()
        self.name, self.includes, self.days = name, includes, days
        self.without = tuple(map(Without, without))
        self._entries = cache(self._make_entries)
        self._unmatched = cache(self._find_unmatched)
        self._included = cache(self._make_included)
        self._written = cache(self._make_written)
        self._fixed = cache(self._make_fixed)

    def __repr__(self) -> str:
        return f"OwnCalendar({self.name!r})"

    def own(self, year: int) -> list[tuple[date, CalendarDay]]:
        """Return the dates of its own days in a year, where they are observed.

        They are in the order of `days`.
        """
        found = [one for one in self._written(year) if not self._is_moved(*one)]
        moved = [one for one in self._moved(year) if one[0].year == year]
        if moved:
            found = sorted((*found, *moved), key=lambda one: (one[1], one[0]))
        return [(day, self.days[number]) for day, number in found]

    def entries(self, year: int) -> tuple[Entry, ...]:
        """Return its own dates of a year, and after them those that it includes."""
        return self._entries(year)

    def unmatched(self) -> tuple[str, ...]:
        """Return the texts of `without` that take nothing away from 2000 to 2050.

        Of one with a year, that year counts.
        """
        return self._unmatched()

    def _make(self, year: int) -> Year:
        return resolved(self.entries(year))

    def _make_entries(self, year: int) -> tuple[Entry, ...]:
        own = (
            Entry(day, (one.name,), one.hours or None, self)
            for day, one in self.own(year)
        )
        return (*own, *self._included(year))

    def _make_included(self, year: int) -> tuple[Entry, ...]:
        """Return what it includes, without what it leaves out.

        A date that comes by several ways counts once: with many levels of calendars
        the ways multiply.
        """
        found: dict[Entry, None] = {}
        for entry in self._offered(year):
            for without in self.without:
                entry = entry._replace(names=without.left_of(entry))
            if entry.names:
                found[entry] = None
        return tuple(found)

    def _offered(self, year: int) -> Iterator[Entry]:
        if MINYEAR <= year <= MAXYEAR:
            for calendar in self.includes:
                yield from calendar.entries(year)

    def _find_unmatched(self) -> tuple[str, ...]:
        return tuple(
            one.text
            for one in self.without
            if not any(
                one.left_of(entry) != entry.names
                for year in one.years()
                for entry in self._offered(year)
            )
        )

    def _make_written(self, year: int) -> tuple[tuple[date, int], ...]:
        """Return its own dates in a year, not moved, with their numbers in `days`."""
        return tuple(
            (day, number)
            for number, one in enumerate(self.days)
            for day in one.dates(year)
        )

    def _is_moved(self, day: date, number: int) -> bool:
        return self.days[number].moves and day.weekday() >= _SATURDAY

    def _make_fixed(self, year: int) -> frozenset[date]:
        """Return the holidays of a year, without those of its own that are moved."""
        own = (
            day
            for day, number in self._written(year)
            if not self.days[number].is_special and not self._is_moved(day, number)
        )
        included = (one.day for one in self._included(year) if one.hours is None)
        return frozenset((*own, *included))

    def _moved(self, year: int) -> list[tuple[date, int]]:
        """Return where its own days of a year, and of those beside it, are moved to.

        Each makes way for those before it in the year.
        """
        if not any(one.moves for one in self.days):
            return []
        found = []
        taken: set[date] = set()
        weekend = sorted(
            one
            for near in range(year - 1, year + 2)
            for one in self._written(near)
            if self._is_moved(*one)
        )
        for day, number in weekend:
            one = self.days[number]
            to = self._free(day, one.observed, taken)
            if not one.is_special:
                taken.add(to)
            found.append((to, number))
        return found

    def _free(self, day: date, observed: str, taken: set[date]) -> date:
        """Return the working day that one on a weekend is moved to, or itself."""
        to_monday = 7 - day.weekday()
        back = observed == "nearest_weekday" and day.weekday() == _SATURDAY
        first = day.toordinal() + (-1 if back else to_monday)
        for ordinal in range(first, first + _DAYS_SEARCHED):
            if ordinal > date.max.toordinal():
                break
            to = date.fromordinal(ordinal)
            if (
                to.weekday() < _SATURDAY
                and to not in taken
                and to not in self._fixed(to.year)
            ):
                return to
        return day
