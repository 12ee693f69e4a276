"""Maintenance calendars of others, as overrides."""

from .overrides import Change, Outcome, PrunedByMessage, TooManyOverrides, apply, edited
from .plans import Refusal, Wishes, wishes
from .text import CalendarText, UnusableCalendar, parse_bytes, read_file

__all__ = [
    "CalendarText",
    "Change",
    "Outcome",
    "PrunedByMessage",
    "Refusal",
    "TooManyOverrides",
    "UnusableCalendar",
    "Wishes",
    "apply",
    "edited",
    "parse_bytes",
    "read_file",
    "wishes",
]
