"""Service windows as iCalendar feeds."""

from .calendar import Feed, TooLarge, build, period_of
from .selection import NotSelected, Selection

__all__ = ["Feed", "NotSelected", "Selection", "TooLarge", "build", "period_of"]
