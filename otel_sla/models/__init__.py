"""Components, agreements, schedules and calendars, which operators edit."""

from .calendars import CalendarDay, CalendarInclusion, HolidayCalendar
from .components import Agreement, Component
from .feeds import FeedToken, Revision
from .leases import Lease
from .notices import OccurrenceNotice
from .schedule_links import ScheduleCalendar, ScheduleExclusion, ScheduleInclusion
from .schedules import Override, Rule, Schedule

__all__ = [
    "Agreement",
    "CalendarDay",
    "CalendarInclusion",
    "Component",
    "FeedToken",
    "HolidayCalendar",
    "Lease",
    "OccurrenceNotice",
    "Override",
    "Revision",
    "Rule",
    "Schedule",
    "ScheduleCalendar",
    "ScheduleExclusion",
    "ScheduleInclusion",
]
