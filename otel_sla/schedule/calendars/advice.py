"""Warnings about calendars: days that never occur, or have no effect. Pure.

They are not errors: the calendar can be evaluated, but may not do what was meant.
"""

from collections.abc import Iterator
from datetime import MAXYEAR

from ...language import gettext as _
from .calendar_day import CalendarDay
from .own_calendar import OwnCalendar

# A fifth weekday of February may be 40 years after the one before.
_LONGEST_PAUSE = 40
_OUTLOOK = 10


def advice(calendar: OwnCalendar, year: int) -> Iterator[str]:
    """Yield sentences about its days that never occur, only in leap years or without
    effect, and about what takes no day away.

    What is past by the start of the year is left out.
    """
    for text in calendar.unmatched():
        yield _(
            "without: %(text)r takes away no day of what the calendar includes."
        ) % {"text": text}
    eclipsed = _eclipsed(calendar, year)
    for number, day in enumerate(calendar.days, 1):
        named = {"number": number, "name": day.name, "year": year, "years": _OUTLOOK}
        if not _occurs(day, year):
            yield (
                _("Day %(number)s (%(name)s) does not occur from %(year)s on.") % named
            )
        elif day in eclipsed:
            yield (
                _(
                    "Day %(number)s (%(name)s) has no effect within %(years)s years: "
                    "each of its dates is a holiday."
                )
                % named
            )
        if day.date is not None and day.date == (None, 2, 29):
            yield (
                _(
                    "Day %(number)s (%(name)s) is 29 February: it occurs only in leap "
                    "years."
                )
                % named
            )


def _occurs(day: CalendarDay, year: int) -> bool:
    begins = day.date or day.start
    first = max(year, day.first_year or 0, (begins and begins.year) or 0)
    last = min(first + _LONGEST_PAUSE, MAXYEAR)
    return any(True for one in range(first, last + 1) for _ in day.dates(one))


def _eclipsed(calendar: OwnCalendar, year: int) -> set[CalendarDay]:
    """Return the special days whose dates are all holidays."""
    found: dict[CalendarDay, bool] = {}
    for one in range(year, year + _OUTLOOK):
        for date, day in calendar.own(one):
            if day.is_special:
                found[day] = found.get(day, True) and date in calendar
    return {day for day, always in found.items() if always}
