"""Time periods of Nagios, day by day, as its documentation has them.

Shares no code with the converter: it knows periods as lists of (days, times), evaluates
each form on a date, and returns minutes.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange

WEEKDAYS = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
]
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
D = r"(-?\d+)"
W = f"({'|'.join(WEEKDAYS)})"
M = f"({'|'.join(MONTHS)})"
DATE = r"(\d{4}-\d\d-\d\d)"
STEP = r"(?: / (\d+))?"
FORMS = [
    ("date", re.compile(f"{DATE}(?: - {DATE})?{STEP}")),
    ("month", re.compile(f"{M} {D}(?: - (?:{M} )?{D})?{STEP}")),
    ("day", re.compile(f"day {D}(?: - {D})?{STEP}")),
    ("of month", re.compile(f"{W} {D} {M}(?: - {W} {D} {M})?{STEP}")),
    ("nth", re.compile(f"{W} {D}(?: - {W} {D})?{STEP}")),
]


def day_of_month(year: int, month: int, number: int) -> dt.date | None:
    length = monthrange(year, month)[1]
    number = number if number > 0 else length + 1 + number
    return dt.date(year, month, number) if 1 <= number <= length else None


def nth_weekday(year: int, month: int, weekday: str, nth: int) -> dt.date | None:
    days = [
        dt.date(year, month, number)
        for number in range(1, monthrange(year, month)[1] + 1)
        if WEEKDAYS[dt.date(year, month, number).weekday()] == weekday
    ]
    index = nth - 1 if nth > 0 else nth
    return days[index] if -len(days) <= index < len(days) else None


def last_day(day: dt.date) -> dt.date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def ends(  # noqa: C901
    kind: str, groups: tuple[str, ...], year: int, month: int
) -> tuple[dt.date | None, dt.date | None]:
    """Return first and last day of the form, as it is in a year and month."""
    first: dt.date | None
    last: dt.date | None
    if kind == "date":
        first = dt.date.fromisoformat(groups[0])
        last = dt.date.fromisoformat(groups[1]) if groups[1] else first
        if not groups[1] and groups[2]:
            last = dt.date.max
        return first, last
    if kind == "month":
        first_month = MONTHS.index(groups[0]) + 1
        first = day_of_month(year, first_month, int(groups[1]))
        if groups[3] is None:
            return first, first
        month_ = MONTHS.index(groups[2]) + 1 if groups[2] else first_month
        last = day_of_month(year, month_, int(groups[3]))
        last = last or day_of_month(year, month_, -1)
        if first and last and last < first:
            last = day_of_month(year + 1, month_, int(groups[3]))
        return first, last
    if kind == "day":
        first = day_of_month(year, month, int(groups[0]))
        if groups[1] is None:
            return first, first
        last = day_of_month(year, month, int(groups[1])) or (
            day_of_month(year, month, -1) if int(groups[1]) > 0 else None
        )
        return first, last
    if kind == "of month":
        first = nth_weekday(
            year, MONTHS.index(groups[2]) + 1, groups[0], int(groups[1])
        )
        if groups[3] is None:
            return first, first
        end_month = MONTHS.index(groups[5]) + 1
        last = nth_weekday(year, end_month, groups[3], int(groups[4]))
        last = last or day_of_month(year, end_month, -1)
        if first and last and last < first:
            last = nth_weekday(year + 1, end_month, groups[3], int(groups[4]))
        return first, last
    first = nth_weekday(year, month, groups[0], int(groups[1]))
    if groups[2] is None:
        return first, first
    last = nth_weekday(year, month, groups[2], int(groups[3]))
    if last is None and int(groups[3]) > 0:
        last = day_of_month(year, month, -1)
    return first, last


def selects(kind: str, groups: tuple[str, ...], day: dt.date) -> bool:
    step = int(groups[-1] or 1)
    for year in (day.year, day.year - 1):
        first, last = ends(kind, groups, year, day.month)
        if first is None or last is None:
            continue
        if kind in ("day", "nth"):
            if year != day.year:
                continue
            if last < first:
                if day >= first or day <= last:
                    return True
                continue
        if first <= day <= last and (day - first).days % step == 0:
            return True
    return False


class Period:
    """`entries` are pairs of days and times, its own first, then its templates'."""

    def __init__(
        self, entries: list[tuple[str, str]], excludes: tuple[Period, ...] = ()
    ):
        self.week: dict[str, set[int]] = {}
        self.exceptions: list[list[tuple[str, tuple[str, ...], set[int]]]] = [
            [],
            [],
            [],
            [],
            [],
        ]
        self.excludes = excludes
        for days, times in entries:
            minutes = minutes_of(times)
            if days in WEEKDAYS:
                self.week.setdefault(days, minutes)
                continue
            for rank, (kind, form) in enumerate(FORMS):
                if match := form.fullmatch(days):
                    self.exceptions[rank].append((kind, match.groups(), minutes))
                    break
            else:
                raise AssertionError(days)

    def minutes(self, day: dt.date) -> set[int]:
        open_ = self._own(day)
        for other in self.excludes:
            open_ = open_ - other.minutes(day)
        return open_

    def _own(self, day: dt.date) -> set[int]:
        for rank in self.exceptions:
            for kind, groups, minutes in rank:
                if selects(kind, groups, day):
                    return minutes
        return self.week.get(WEEKDAYS[day.weekday()], set())


def minutes_of(times: str) -> set[int]:
    minutes: set[int] = set()
    for part in times.split(","):
        start, end = (
            60 * int(clock.split(":")[0]) + int(clock.split(":")[1])
            for clock in part.strip().split("-")
        )
        minutes |= set(range(start, end))
    return minutes
