"""Which dates of a year a calendar takes off, and which have hours of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

import holidays
from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

from . import notation

Span = tuple[int, int]
LONGEST_SEARCH = 31


class Day(NamedTuple):
    """A date of a calendar: off, or with `hours`, in minutes since midnight.

    A calendar has one of each name on a date. It is `only_observed` if the library has
    it only because a holiday is observed on another day than its own.
    """

    date: date
    name: str
    hours: tuple[Span, ...] | None = None
    only_observed: bool = False


class Calendars:
    """The calendars of a catalogue, and those of the library by their codes."""

    def __init__(self, catalogue: dict[str, Any]) -> None:
        self._entries = catalogue.get("calendars", {})
        self._known: dict[tuple[str, int], list[Day]] = {}

    def days(self, name: str, year: int) -> list[Day]:
        """Return the days of the year. One that is off may be there with hours, too."""
        if (name, year) not in self._known:
            if re.match(r"[A-Z]{2}([-/]|$)", name):
                found = list(library_days(name, year))
            else:
                found = list(self._own(self._entries[name], year))
            self._known[name, year] = found
        return self._known[name, year]

    def of_schedule(self, entry: dict[str, Any], year: int) -> list[Day]:
        """Return the days of all calendars of a schedule. No day off has hours."""
        names = entry.get("holidays") or []
        names = [names] if isinstance(names, str) else names
        days = [day for name in names for day in self.days(name, year)]
        off = {day.date for day in days if day.hours is None}
        return [day for day in days if day.hours is None or day.date not in off]

    def included(self, entry: dict[str, Any], year: int) -> list[Day]:
        """Return what a calendar includes, less what it is without."""
        without = [str(one) for one in entry.get("without", [])]
        return [
            day
            for name in entry.get("include", [])
            for day in self.days(name, year)
            if not any(takes_away(one, day) for one in without)
        ]

    def _own(self, entry: dict[str, Any], year: int) -> Iterator[Day]:
        """Yield the days of a calendar of one's own.

        A day of another year may be moved into this one, or have moved another away.
        """
        years = (year - 1, year, year + 1)
        found = [day for one in years for day in self.included(entry, one)]
        moving = []
        for nominal in years:
            for number, own in enumerate(entry.get("days", [])):
                for day in days_as_written(own, nominal):
                    if moves(own) and day.date.weekday() >= 5:
                        moving.append((day.date, number, own["observed"], day))
                    else:
                        found.append(day)
        taken = {day.date for day in found if day.hours is None}
        for _, _, how, day in sorted(moving, key=lambda one: one[:2]):
            moved = day._replace(date=observed_on(day.date, how, taken))
            found.append(moved)
            if moved.hours is None:
                taken.add(moved.date)
        return (day for day in found if day.date.year == year)


def takes_away(one: str, day: Day) -> bool:
    """Return whether an entry of `without` takes the day away."""
    if one == "observed":
        return day.only_observed
    if day.only_observed and day.name == f"{one} (observed)":
        return True
    return one in (day.name, day.date.isoformat(), f"{day.date:%m-%d}")


def moves(own: dict[str, Any]) -> bool:
    return bool(own.get("observed", "none") != "none")


def observed_on(day: date, how: str, taken: set[date]) -> date:
    """Return where a day on a weekend is moved to: to no weekend and no taken day."""
    is_saturday = day.weekday() == 5
    if how == "nearest_weekday" and is_saturday:
        there = day - timedelta(days=1)
    else:
        there = day + timedelta(days=2 if is_saturday else 1)
    for _ in range(LONGEST_SEARCH):
        if there.weekday() < 5 and there not in taken:
            return there
        there += timedelta(days=1)
    return day


def days_as_written(own: dict[str, Any], year: int) -> Iterator[Day]:
    """Yield the dates of an own day, or of its range that begins in the year."""
    if not own.get("first_year", year) <= year <= own.get("last_year", year):
        return
    hours = tuple(notation.hours(own["hours"])) if "hours" in own else None
    for day in dates_as_written(own, year):
        yield Day(day, own["name"], hours)


def dates_as_written(own: dict[str, Any], year: int) -> Iterator[date]:
    if "date" in own:
        day = notation.of_year(own["date"], year)
        if day:
            yield day
    elif "easter" in own:
        rite = EASTER_ORTHODOX if own.get("orthodox") else EASTER_WESTERN
        yield easter(year, rite) + timedelta(days=own["easter"])
    elif "from" in own:
        yield from range_as_written(str(own["from"]), str(own["to"]), year)
    else:
        yield from nth_of_month(own, year)


def range_as_written(first: str, last: str, year: int) -> Iterator[date]:
    if notation.year_of(first):
        if notation.year_of(first) == year:
            yield from notation.dates(notation.day(first), notation.day(last))
        return
    over_new_year = last < first
    # 29 February is 1 March, or the day before that, in years without it.
    begins = notation.of_year(first, year) or date(year, 3, 1)
    ends = notation.of_year(last, year + over_new_year) or date(
        year + over_new_year, 2, 28
    )
    yield from notation.dates(begins, ends)


def nth_of_month(own: dict[str, Any], year: int) -> Iterator[date]:
    number, weekdays = notation.nth_and_days(own["day"], own.get("nth"))
    (month,) = notation.months(own["month"])
    matching = [
        day
        for day in notation.dates(date(year, month, 1), date(year, month, 28))
        if day.weekday() in weekdays
    ]
    fifth = matching[0] + timedelta(weeks=4)
    if fifth.month == month:
        matching.append(fifth)
    if number == -1:
        yield matching[-1]
    elif number is not None and number <= len(matching):
        yield matching[number - 1]


@cache
def library_days(code: str, year: int) -> tuple[Day, ...]:
    """Return the days of a library calendar: `GB-ENG`, `DE-BY/catholic`."""
    place, _, category = code.partition("/")
    country, _, subdivision = place.partition("-")
    categories = ["public"]
    if category and category != "nationwide":
        categories.append(category)
    named, not_observed = (
        holidays.country_holidays(
            country,
            subdiv=subdivision or None,
            years=year,
            categories=tuple(categories),
            language=getattr(holidays, country).default_language,
            observed=observed,
        )
        for observed in (True, False)
    )
    return tuple(
        Day(day, name, only_observed=name not in not_observed.get_list(day))
        for day in sorted(named)
        for name in named.get_list(day)
    )
