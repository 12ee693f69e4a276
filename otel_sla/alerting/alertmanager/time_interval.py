"""Entries of a time interval: minutes of certain days. Pure."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby

from ...schedule.spans import DAY, Span, to_unix
from ...schedule.timezones import editions

Range = tuple[int, int]
"""First and last, both inclusive."""

Minutes = tuple[Span, ...]
"""Minutes since midnight: half-open spans, ascending, disjoint, never touching."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Minutes of the days that match all attributes; an empty one does not restrict.

    weekdays: Monday is 0. days: of the month, -1 is the last. All are in the time zone
    `location`, as in Alertmanager.
    """

    times: Minutes
    location: str
    weekdays: frozenset[int] = frozenset()
    days: tuple[Range, ...] = ()
    months: frozenset[int] = frozenset()
    years: tuple[Range, ...] = ()

    def matches(self, day: date, month_length: int) -> bool:
        """Return whether the day of any year matches, for that month length."""
        # A range counts days from the beginning or, if negative, from the end.
        numbers = day.day, day.day - month_length - 1
        return (
            (not self.months or day.month in self.months)
            and (not self.weekdays or day.weekday() in self.weekdays)
            and (
                not self.days
                or (
                    day.day <= month_length
                    and any(
                        first <= number <= last
                        for first, last in self.days
                        for number in numbers
                    )
                )
            )
        )


def ranges(numbers: Iterable[int]) -> tuple[Range, ...]:
    """Return the numbers as ascending ranges, as few as possible."""
    found = []
    for _, run in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        found.append((members[0], members[-1]))
    return tuple(found)


@lru_cache(maxsize=4_096)
def month_lengths(location: str, year: int, month: int) -> frozenset[int]:
    """Return the numbers of days that Alertmanager may count in the month.

    Releases up to 2026 divide its hours by 24, so that a month in which the clocks go
    forward is a day short: no range of days then has its last date, and counting from
    the end begins a day early.
    """
    length = monthrange(year, month)[1]
    first = date(year, month, 1).toordinal()
    found = {length}
    for zone in editions(location):
        start, end = (to_unix(day * DAY, zone) for day in (first, first + length))
        found.add((end - start) // DAY)
    return frozenset(found)
