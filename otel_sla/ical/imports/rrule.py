"""Expand recurrence rules, without a long search where a rule never matches."""

from collections.abc import Iterator
from datetime import MAXYEAR, datetime
from typing import Any

from dateutil.rrule import rrulestr
from icalendar import vRecur

CYCLE = 400
"""Years after which the calendar is the same again: leap years, weekdays and weeks."""


def text_without(rule: Any, *parts: str) -> str:
    """Return the text of a parsed rule, such as FREQ=DAILY, without some parts."""
    kept: Any = vRecur({name: rule[name] for name in rule if name not in parts})
    return str(kept.to_ical().decode())


def followed(rule: str, start: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the times at which a rule without UNTIL recurs, from `start` to `until`.

    Both are naive and inclusive. dateutil searches up to the year 9999 before it gives
    up, which takes seconds. So it searches the last years before 9999 that have the
    same calendar as those asked for. Raises whatever dateutil raises for a bad rule.
    """
    if start > until:
        return
    years = (MAXYEAR - until.year) // CYCLE * CYCLE
    for later in rrulestr(rule, dtstart=start.replace(year=start.year + years)):
        found = later.replace(year=later.year - years)
        if found > until:
            return
        yield found
