"""Import maintenance calendars (iCalendar files) as overrides."""

from .apply import Change, Outcome, PrunedByMessage, TooManyOverrides, apply, edited
from .ics_text import CalendarText, UnusableCalendar, joined, parse_bytes, read_file
from .maintnote import Notice
from .options import Options
from .wanted import Refusal, Wishes, wishes

__all__ = [
    "CalendarText",
    "Change",
    "Notice",
    "Options",
    "Outcome",
    "PrunedByMessage",
    "Refusal",
    "TooManyOverrides",
    "UnusableCalendar",
    "Wishes",
    "apply",
    "edited",
    "joined",
    "parse_bytes",
    "read_file",
    "wishes",
]
