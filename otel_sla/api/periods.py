"""Windows and days of a period."""

from __future__ import annotations

from collections.abc import Iterable

from .. import days as by_day
from ..schedule import Schedule, Window
from . import asked
from .problems import refuse

MOST_WINDOWS = 10_000


def windows(schedule: Schedule, period: asked.Period) -> list[Window]:
    """Return the whole windows that overlap the period. Raises Refused."""
    found = schedule.windows(period.since, period.until)
    if len(found) > MOST_WINDOWS:
        refuse(
            "until",
            f"{len(found):,} windows overlap the period, and {MOST_WINDOWS:,} is the "
            "most that is answered: ask for a shorter one",
        )
    return found


def days(schedule: Schedule, dates: asked.Dates) -> Iterable[by_day.Day]:
    """Yield the local days."""
    return by_day.days(schedule, dates.since, dates.last)
