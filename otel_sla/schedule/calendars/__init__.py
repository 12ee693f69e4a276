"""Calendars: which days are holidays, and which have hours of their own. Pure."""

from .calendar import Calendar, Special, Year
from .union import NO_HOLIDAYS, Union

__all__ = ["NO_HOLIDAYS", "Calendar", "Special", "Union", "Year"]
