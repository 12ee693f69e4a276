"""Service windows as iCalendar feeds."""

from .feed import Feed, NotYet, TooLarge, build, period_of
from .selection import NotSelected, Selection

__all__ = [
    "Feed",
    "NotSelected",
    "NotYet",
    "Selection",
    "TooLarge",
    "build",
    "period_of",
]
