"""The period over which availability is promised, and what it allows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from .evaluation import Schedule
from .open_time_change import open_time
from .spans import DAY, to_unix

ROLLING = {"7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY}
CALENDAR = ("month", "week")
PERIODS = (*CALENDAR, *ROLLING)


@dataclass(frozen=True, slots=True)
class Budget:
    """A period in Unix seconds, its scheduled open time, and the outage it allows.

    `scheduled` and `allowed` are seconds.
    """

    start: int
    end: int
    scheduled: int
    allowed: float


def bounds(period: str, moment: int, schedule: Schedule) -> tuple[int, int]:
    """Return the period that holds the moment, half-open, in Unix seconds.

    Calendar months and weeks, which begin on Monday, are those of the schedule's
    zone; a rolling period ends at the moment. Raises KeyError for what is none.
    """
    if period in ROLLING:
        return moment - ROLLING[period], moment
    today = datetime.fromtimestamp(moment, schedule.zone).date()
    first, last = {"month": _month, "week": _week}[period](today)
    return _midnight(first, schedule), _midnight(last, schedule)


def budget(period: str, target: Decimal, moment: int, schedule: Schedule) -> Budget:
    """Return what the target, in percent, allows in the period of the moment."""
    start, end = bounds(period, moment, schedule)
    scheduled = open_time(schedule, start, end).seconds
    return Budget(start, end, scheduled, float(scheduled * (100 - target) / 100))


def _month(today: date) -> tuple[date, date]:
    first = today.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _week(today: date) -> tuple[date, date]:
    first = today - timedelta(days=today.weekday())
    return first, first + timedelta(days=7)


def _midnight(day: date, schedule: Schedule) -> int:
    return to_unix(day.toordinal() * DAY, schedule.zone)
