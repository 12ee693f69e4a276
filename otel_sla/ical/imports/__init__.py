"""Import maintenance calendars (iCalendar files) as overrides."""

from .apply import PrunedByMessage, apply, edited
from .folders import Sources, read_sources, texts_of
from .ics_text import CalendarText, UnusableCalendar, joined, parse_bytes
from .maintnote import Notice
from .options import Choice, Options
from .outcome import Change, Outcome
from .target_import import TooManyOverrides
from .wanted import Refusal, Wishes, wishes

__all__ = [
    "CalendarText",
    "Change",
    "Choice",
    "Notice",
    "Options",
    "Outcome",
    "PrunedByMessage",
    "Refusal",
    "Sources",
    "TooManyOverrides",
    "UnusableCalendar",
    "Wishes",
    "apply",
    "edited",
    "joined",
    "parse_bytes",
    "read_sources",
    "texts_of",
    "wishes",
]
