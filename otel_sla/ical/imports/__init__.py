"""Import maintenance calendars (iCalendar files) as overrides."""

from .apply import Change, Outcome, PrunedByMessage, TooManyOverrides, apply, edited
from .ics_text import CalendarText, UnusableCalendar, parse_bytes, read_file
from .wanted import Refusal, Wishes, wishes

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
