"""Calendars: which days are holidays, and which have hours of their own. Pure."""

from ..day_of_year import DayOfYear
from .calendar import Calendar, Special, Year
from .calendar_day import CalendarDay
from .own_calendar import OwnCalendar
from .union import NO_HOLIDAYS, Union

__all__ = [
    "NO_HOLIDAYS",
    "Calendar",
    "CalendarDay",
    "DayOfYear",
    "OwnCalendar",
    "Special",
    "Union",
    "Year",
]
