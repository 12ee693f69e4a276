"""Windows and days of a period."""

from __future__ import annotations

from collections.abc import Iterable

from ...schedule import DAY, Schedule, Window
from ...schedule import days as by_day
from . import query_schemas
from .errors import refuse
from .query_schemas import LONGEST

MOST_WINDOWS = 10_000
_FIRST_LOOKS = (7, 366)


def windows(schedule: Schedule, period: query_schemas.Period) -> list[Window]:
    """Return the whole windows that overlap the period. Raises Refused."""
    found: list[Window] = []
    # One with a window a minute must not be worked out for ten years to be refused.
    for days_on in (*_FIRST_LOOKS, LONGEST // DAY):
        until = min(period.since + days_on * DAY, period.until)
        found = schedule.windows(period.since, until)
        if len(found) > MOST_WINDOWS:
            refuse(
                "until",
                f"more than {MOST_WINDOWS:,} windows overlap the period: ask for a "
                "shorter one",
            )
        if until == period.until:
            break
    return found


def days(schedule: Schedule, dates: query_schemas.Dates) -> Iterable[by_day.Day]:
    """Yield the local days."""
    return by_day.days(schedule, dates.since, dates.last)
