"""The days of an entry: "december 24 - january 2", "thursday 4 november", "day -1".

The forms and their order of precedence are those of the object definitions of Nagios
Core: calendar dates, dates of a month, days of every month, weekdays of a month,
weekdays of every month.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from ...schedule.notation import FULL_NAMES, MONTHS, WEEKDAYS
from .conditions import SHORT_MONTHS, Condition
from .month_parts import (
    LENGTHS,
    Unsayable,
    months_between,
    part_of_month,
    weekday_part,
    year_parts,
)

_WORDS = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|[a-z]+|-?\d+|-|/")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Selector:
    """Days that an entry is about. The lower its rank, the more it counts.

    `day` has the keys of a day of a calendar, without its name, if there is one that
    says the same.
    """

    rank: int
    conditions: tuple[Condition, ...]
    day: tuple[tuple[str, Any], ...] | None = None
    over_new_year: bool = False


def weekday_of(text: str) -> int | None:
    """Return the number of a weekday by its name, from 0 for Monday."""
    return FULL_NAMES.index(text) if text in FULL_NAMES else None


def read_selector(text: str) -> Selector | None:
    """Return what an entry without its times selects, None if it is none.

    Raise Unsayable if no rule of a catalogue can say it.
    """
    lowered = text.lower().strip()
    words = _WORDS.findall(lowered)
    if "".join(words) != lowered.replace(" ", "") or not words:
        return None
    words = _ranges_split(words)
    step = 1
    if "/" in words:
        slash = words.index("/")
        if len(words) != slash + 2 or not words[-1].isdecimal():
            return None
        step, words = max(int(words[-1]), 1), words[:slash]
    if step > 3_650:
        raise Unsayable("its interval is longer than 3,650 days")
    start, end = words, None
    if "-" in words:
        dash = words.index("-")
        start, end = words[:dash], words[dash + 1 :]
    return _read(start, end, step)


def _ranges_split(words: list[str]) -> list[str]:
    """Return the words with "1", "-15" as the range it is."""
    split: list[str] = []
    for word in words:
        if word[0] == "-" and len(word) > 1 and split and split[-1].isdecimal():
            split += ["-", word[1:]]
        else:
            split.append(word)
    return split


def _read(start: list[str], end: list[str] | None, step: int) -> Selector | None:
    forms = _form(start)
    if forms is None or (end is not None and not end):
        return None
    if end is not None and len(end) == 1 and forms[0] in ("month", "day"):
        end = [start[0], *end]
    last = _form(end) if end is not None else forms
    if last is None or last[0] != forms[0]:
        return None
    reader = {
        "date": _dates,
        "month": _month_dates,
        "day": _days,
        "nth month": _weekdays_of_month,
        "nth": _weekdays,
    }[forms[0]]
    if step > 1 and end is None and forms[0] != "date":
        return None
    return reader(forms[1], last[1], step)


def _form(words: list[str]) -> tuple[str, tuple[int, ...]] | None:
    numbers = [word.lstrip("-").isdecimal() for word in words]
    if len(words) == 1 and (match := _DATE.fullmatch(words[0])):
        return "date", tuple(map(int, match.groups()))
    if len(words) not in (2, 3) or not numbers[1] or int(words[1]) == 0:
        return None
    name, number = words[0], int(words[1])
    if abs(number) > 31:
        return None
    if len(words) == 3:
        if name in FULL_NAMES and words[2] in MONTHS:
            month = MONTHS.index(words[2]) + 1
            return "nth month", (FULL_NAMES.index(name), number, month)
        return None
    if name == "day":
        return "day", (number,)
    if name in MONTHS:
        return "month", (MONTHS.index(name) + 1, number)
    if name in FULL_NAMES:
        return "nth", (FULL_NAMES.index(name), number)
    return None


def _dates(start: tuple[int, ...], end: tuple[int, ...], step: int) -> Selector:
    try:
        first, last = dt.date(*start), dt.date(*end)
    except ValueError:
        raise Unsayable("there is no such date") from None
    if last < first:
        raise Unsayable("it ends before it begins")
    if step > 1:
        until = None if first == last else last
        return Selector(0, (Condition(first=first, last=until, every_days=step),))
    day = {"date": first} if first == last else {"from": first, "to": last}
    return Selector(0, (Condition(first=first, last=last),), tuple(day.items()))


def _month_dates(start: tuple[int, ...], end: tuple[int, ...], step: int) -> Selector:
    (month, low), (last_month, high) = start, end
    if low > LENGTHS[month - 1] and start != end:
        raise Unsayable("not every year has the day on which it begins")
    if low > LENGTHS[month - 1] and start != (2, 29):
        raise Unsayable("there is no such date")
    conditions = year_parts(month, low, last_month, high, step)
    day = None
    if step == 1 and start == end and low > 0:
        day = {"date": f"{month:02}-{low:02}"}
    elif step == 1 and low > 0 and 0 < high <= LENGTHS[last_month - 1]:
        day = {"from": f"{month:02}-{low:02}", "to": f"{last_month:02}-{high:02}"}
    same_signs = (low > 0) == (high > 0)
    crosses = last_month < month or (last_month == month and high < low and same_signs)
    return Selector(1, conditions, tuple(day.items()) if day else None, crosses)


def _days(start: tuple[int, ...], end: tuple[int, ...], step: int) -> Selector:
    low, high = start[0], end[0]
    if high < low and (low > 0) == (high > 0):
        if step > 1:
            raise Unsayable("it has an interval and goes on after the end of a month")
        if not 0 < low <= 28:
            raise Unsayable("not every month has the day on which it begins")
        days = {*range(low, 32), *range(1, high + 1)}
    else:
        days = set(part_of_month(low, high, step))
    return Selector(2, (Condition(days_of_month=tuple(sorted(days))),))


def _weekdays_of_month(
    start: tuple[int, ...], end: tuple[int, ...], step: int
) -> Selector:
    if start == end:
        weekday, nth, month = start
        condition = _nth(weekday, nth, (month,))
        day = None
        if condition.nth is not None:
            shown = "last" if nth == -1 else nth
            names = WEEKDAYS[weekday], SHORT_MONTHS[month - 1]
            day = (("nth", shown), ("day", names[0]), ("month", names[1]))
        return Selector(3, (condition,), day)
    if step > 1:
        raise Unsayable("it counts days from a weekday that moves")
    first, last = (start[0], start[1]), (end[0], end[1])
    if start[2] == end[2]:
        return Selector(3, weekday_part(first, last, (start[2],)))
    if abs(start[1]) == 5:
        raise Unsayable("not every month has the day on which it begins")
    between = months_between(start[2], end[2])
    conditions = [*weekday_part(first, None, (start[2],))]
    if between:
        conditions.append(Condition(months=between))
    conditions += weekday_part(None, last, (end[2],))
    return Selector(3, tuple(conditions), over_new_year=end[2] < start[2])


def _weekdays(start: tuple[int, ...], end: tuple[int, ...], step: int) -> Selector:
    if start == end:
        return Selector(4, (_nth(start[0], start[1], ()),))
    return Selector(4, weekday_part((start[0], start[1]), (end[0], end[1]), (), step))


def _nth(weekday: int, nth: int, months: tuple[int, ...]) -> Condition:
    if not -5 <= nth <= 5:
        raise Unsayable("no month has so many weeks")
    if nth >= -1:
        return Condition((weekday,), nth=nth, months=months)
    days = tuple(range(max(7 * nth, -31), 7 * nth + 7))
    return Condition((weekday,), months=months, days_of_month=days)
