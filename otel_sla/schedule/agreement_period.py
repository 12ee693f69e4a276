"""Periods of agreements, and the downtime that a target allows in them. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from .evaluation import Schedule
from .open_time_change import open_time
from .spans import DAY, to_unix

ROLLING = {"7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY}
PERIODS = ("month", "week", *ROLLING)


@dataclass(frozen=True, slots=True)
class Budget:
    """A period in Unix seconds, its scheduled open time, and the downtime it allows.

    `scheduled` and `allowed` are seconds.
    """

    start: int
    end: int
    scheduled: int
    allowed: float


def bounds(period: str, moment: int, schedule: Schedule) -> tuple[int, int]:
    """Return the period that holds the moment, half-open, in Unix seconds.

    Calendar months and weeks, which begin on Monday, are those of the schedule's
    zone. A rolling period ends at the moment. Raises ValueError for unknown periods.
    """
    if period in ROLLING:
        return moment - ROLLING[period], moment
    first = datetime.fromtimestamp(moment, schedule.zone).date()
    if period == "month":
        first = first.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    elif period == "week":
        first -= timedelta(days=first.weekday())
        after = first + timedelta(days=7)
    else:
        raise ValueError(f"{period!r} is not a period")
    start, end = (
        to_unix(day.toordinal() * DAY, schedule.zone) for day in (first, after)
    )
    return start, end


def budget(period: str, target: Decimal, moment: int, schedule: Schedule) -> Budget:
    """Return the downtime that the target, in percent, allows in the period."""
    start, end = bounds(period, moment, schedule)
    scheduled = open_time(schedule, start, end).seconds
    return Budget(start, end, scheduled, float(scheduled * (100 - target) / 100))
