"""When a recurrence rule comes true, without a long search where it never does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import MAXYEAR, datetime

from dateutil.rrule import rrulestr

_CYCLE = 400
"""Years after which the calendar is the same again: leap years, weekdays and weeks."""


def followed(rule: str, start: datetime, until: datetime) -> Iterator[datetime]:
    """Yield when a rule without UNTIL comes true, from the start to the other moment.

    Both are naive and inclusive. dateutil gives a search up in the year 9999 and no
    sooner, which takes seconds: so it looks in the last years before that which are
    as those that are asked for. Raises whatever it makes of what it does not expect.
    """
    if start > until:
        return
    years = (MAXYEAR - until.year) // _CYCLE * _CYCLE
    for later in rrulestr(rule, dtstart=_moved(start, years)):
        found = _moved(later, -years)
        if found > until:
            return
        yield found


def _moved(reading: datetime, years: int) -> datetime:
    return reading.replace(year=reading.year + years)
