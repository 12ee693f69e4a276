"""Components, agreements, schedules and calendars, which operators edit.

Django imports the models in every process. What evaluates schedules is therefore
imported in the methods that use it, here and in validators.py.
"""

from .calendars import CalendarDay, CalendarInclusion, HolidayCalendar
from .components import Agreement, Component
from .feeds import FeedToken, Revision
from .leases import Lease
from .overrides import Override
from .reports import Exclusion, IssuedReport, Measurement
from .schedule_links import ScheduleCalendar, ScheduleExclusion, ScheduleInclusion
from .schedules import Rule, Schedule
from .statements import CalendarStatement

__all__ = [
    "Agreement",
    "CalendarDay",
    "CalendarInclusion",
    "CalendarStatement",
    "Component",
    "Exclusion",
    "FeedToken",
    "HolidayCalendar",
    "IssuedReport",
    "Lease",
    "Measurement",
    "Override",
    "Revision",
    "Rule",
    "Schedule",
    "ScheduleCalendar",
    "ScheduleExclusion",
    "ScheduleInclusion",
]
