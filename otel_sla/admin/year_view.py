"""A year of a calendar as twelve months, and its days as a list. Pure."""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from django.utils.dates import MONTHS
from django.utils.translation import gettext

from ..schedule.calendar_notation import format_hours_of_day
from ..schedule.calendars import Calendar


class Cell(NamedTuple):
    """A day of a month: `holiday`, `special` or an ordinary day, with its name."""

    day: int
    kind: str
    text: str


class Month(NamedTuple):
    """A month in weeks from Monday. Days of other months are None."""

    name: str
    weeks: list[list[Cell | None]]


class Listed(NamedTuple):
    """A day of the year, or several in a row that have the same name and hours."""

    first: date
    last: date
    name: str
    hours: str
    """Of a special day. Empty: a holiday."""


class ShownYear(NamedTuple):
    """A year of a calendar as a page shows it."""

    year: int
    months: list[Month]
    days: list[Listed]

    @property
    def has_special(self) -> bool:
        """Whether a day is limited to hours."""
        return any(one.hours for one in self.days)


def year_view(calendar: Calendar, year: int) -> ShownYear:
    """Return a year of the calendar."""
    singles = list(_singles(calendar, year))
    by_day = {one.first: one for one in singles}
    months = [
        Month(
            str(MONTHS[month]),
            [
                [_cell(day, month, by_day) for day in week]
                for week in gregorian.Calendar().monthdatescalendar(year, month)
            ],
        )
        for month in range(1, 13)
    ]
    return ShownYear(year, months, list(_in_a_row(singles)))


def _singles(calendar: Calendar, year: int) -> Iterator[Listed]:
    off, special = calendar.of_year(year)
    for day in sorted((*off, *special)):
        if day in off:
            yield Listed(day, day, off[day], "")
        else:
            hours = format_hours_of_day(special[day].hours) or gettext("no hours")
            yield Listed(day, day, special[day].name, hours)


def _cell(day: date, month: int, by_day: dict[date, Listed]) -> Cell | None:
    if day.month != month:
        return None
    one = by_day.get(day)
    if one is None:
        return Cell(day.day, "", "")
    if one.hours:
        return Cell(day.day, "special", _only(one))
    return Cell(day.day, "holiday", one.name)


def _only(day: Listed) -> str:
    words = gettext("%(name)s, only %(hours)s")
    return words % {"name": day.name, "hours": day.hours}


def _in_a_row(singles: list[Listed]) -> Iterator[Listed]:
    row: Listed | None = None
    for one in singles:
        follows = row and one == row._replace(
            first=row.last + timedelta(1), last=row.last + timedelta(1)
        )
        if row and follows:
            row = row._replace(last=one.first)
        else:
            if row:
                yield row
            row = one
    if row:
        yield row
