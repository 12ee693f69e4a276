"""The days of a range: "monday", "day -1", "january 1 - january 15 / 2"."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from dataclasses import dataclass
from typing import Any

from ...schedule.notation import FULL_NAMES, MONTHS, WEEKDAYS

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Days = dict[str, Any]


class Unreadable(Exception):
    """Days that can't be said. The text is the end of a sentence about them."""


@dataclass(frozen=True, slots=True)
class _Spec:
    """A day of a month, or the nth weekday of one; of every month if it has none."""

    month: int | None
    day: int = 0
    weekday: int = -1
    nth: int = 0

    def first(self, weekday: int) -> int:
        """Return the first day of the month that is a `weekday`, from here on."""
        if self.weekday < 0:
            return self.day
        return 7 * self.nth - 6 + (weekday - self.weekday) % 7

    def last(self, weekday: int) -> int:
        """Return the last day of the month that is a `weekday`, up to here."""
        if self.weekday < 0:
            return self.day
        return min(31, 7 * self.nth - (self.weekday - weekday) % 7)


def read_days(text: str) -> list[Days]:
    """Return the days as those of rules, which together are them."""
    definition, slash, stride_text = text.strip().lower().partition("/")
    stride = _number(stride_text) if slash else 1
    if stride < 1:
        raise Unreadable("has no number from 1 after the /")
    if (parts := re.split(r"\s*-\s+", definition.strip(), maxsplit=1))[1:]:
        first, second = parts
        if re.fullmatch(r"[-+]?[0-9]+", second.strip()):
            second = f"{first.split(' ')[0]} {second}"
        return _range(_date(first), _date(second), first, second, stride)
    if date := _date(definition):
        return [{"days": "daily", "valid_from": date, "valid_to": date}]
    return [_single(_spec(definition))]


def _range(
    begin: dt.date | None, end: dt.date | None, first: str, second: str, stride: int
) -> list[Days]:
    if begin and end:
        if end < begin:
            raise Unreadable("ends before it begins, so that Icinga 2 never opens it")
        days: Days = {"days": "daily", "valid_from": begin, "valid_to": end}
        if stride > 1:
            days |= {"every_days": stride, "from": begin}
        return [days]
    if begin or end:
        raise Unreadable("is from a date to a day of every year or month, or back")
    low, high = _spec(first), _spec(second)
    if (low.weekday >= 0 and not low.nth) or (high.weekday >= 0 and not high.nth):
        raise Unreadable("is a range of weekdays, which Icinga 2 does not open daily")
    if (low.month is None) != (high.month is None):
        raise Unreadable("is from a day of every month to a day of a year, or back")
    if low.month is None and low.day < 0 and high.day < 0 and high.weekday < 0:
        return [_from_the_end(low, high, stride)]
    low, high = _counted(low, begins=True), _counted(high, begins=False)
    if low.month is None or high.month is None:
        return _month(low, high, stride, None, 0)
    if low.month > high.month:
        raise Unreadable(
            "goes over New Year. Icinga 2 never opens it. Split it at New Year"
        )
    return _year(low, high, stride)


def _from_the_end(low: _Spec, high: _Spec, stride: int) -> Days:
    if high.day < low.day:
        raise Unreadable("ends before it begins, so that Icinga 2 never opens it")
    if stride > 1 and low.day != high.day:
        raise Unreadable("counts every few days from the end of a month")
    return {"days": "daily", "days_of_month": [*range(low.day, high.day + 1)]}


def _counted(spec: _Spec, *, begins: bool) -> _Spec:
    """Return the end of a range counted from the month's beginning."""
    if spec.day >= 0 and spec.nth >= 0:
        return spec
    if spec.weekday < 0 and not begins and spec.day == -1:
        return _Spec(spec.month, 31)
    if spec.weekday < 0 and spec.month not in {None, 2}:
        return _Spec(spec.month, _LENGTHS[(spec.month or 0) - 1] + 1 + spec.day)
    raise Unreadable("counts one of its ends from the end of a month, which varies")


def _month(
    low: _Spec, high: _Spec, stride: int, month: int | None, skipped: int
) -> list[Days]:
    """Return the days of one month or of every one. `skipped` days went before."""
    if stride > 1 and low.weekday >= 0:
        raise Unreadable(
            "counts every few days from a weekday, whose date differs from year to "
            "year. Write a rule a year, with every_days, from, valid_from and valid_to"
        )
    by_days: dict[tuple[int, ...], list[str]] = {}
    for weekday, name in enumerate(WEEKDAYS):
        first = low.first(weekday) + (-skipped) % stride
        chosen = tuple(range(first, high.last(weekday) + 1, stride))
        if chosen:
            by_days.setdefault(chosen, []).append(name)
    if not by_days:
        raise Unreadable("ends before it begins, so that Icinga 2 never opens it")
    result = []
    for chosen, names in by_days.items():
        days: Days = {"days": "daily" if len(names) == 7 else names}
        if month:
            days["months"] = [month]
        if chosen != tuple(range(1, 32)):
            days["days_of_month"] = [*chosen]
        result.append(days)
    return result


def _year(low: _Spec, high: _Spec, stride: int) -> list[Days]:
    first, last = low.month or 0, high.month or 0
    if high.nth == 5 or (low.nth == 5 and first != last):
        raise Unreadable("is to or from a fifth weekday, which not every year has")
    if stride > 1 and first <= 2 < last:
        raise Unreadable(
            "counts every few days over the end of February, and leap years differ. "
            "Write a rule a year, with every_days, from, valid_from and valid_to"
        )
    if first == last:
        return _month(low, high, stride, first, 0)
    begin, end = _Spec(None, 1), _Spec(None, 31)
    result = _month(low, end, stride, first, 0)
    skipped = _LENGTHS[first - 1] + 1 - low.day if stride > 1 else 0
    whole = []
    for month in range(first + 1, last):
        if stride == 1:
            whole.append(month)
        else:
            length = _Spec(None, _LENGTHS[month - 1])
            if (-skipped) % stride < length.day:
                result += _month(begin, length, stride, month, skipped)
            skipped += _LENGTHS[month - 1]
    if whole:
        result.append({"days": "daily", "months": whole})
    if stride == 1 or (-skipped) % stride < max(map(high.last, range(7))):
        result += _month(begin, high, stride, last, skipped)
    return result


def _single(spec: _Spec) -> Days:
    days: Days = {"days": "daily" if spec.weekday < 0 else [WEEKDAYS[spec.weekday]]}
    if spec.month:
        days["months"] = [spec.month]
    if spec.weekday < 0:
        days["days_of_month"] = [spec.day]
    elif spec.nth == -1:
        days["nth"] = "last"
    elif spec.nth > 0:
        days["nth"] = spec.nth
    elif spec.nth < 0:
        days["days_of_month"] = [*range(7 * spec.nth, 7 * spec.nth + 7)]
        if spec.nth == -5:
            days["days_of_month"] = [-31, -30, -29]
    return days


def _spec(text: str) -> _Spec:
    name, *rest = text.split() or [""]
    if name in FULL_NAMES and len(rest) < 3:
        weekday = FULL_NAMES.index(name)
        if not rest:
            return _Spec(None, weekday=weekday)
        month = None
        if rest[1:]:
            if rest[1] not in MONTHS:
                raise Unreadable(f"has {rest[1]!r} where a month would be")
            month = 1 + MONTHS.index(rest[1])
        nth = _number(rest[0])
        if not 1 <= abs(nth) <= 5:
            raise Unreadable("counts a weekday that no month has")
        return _Spec(month, weekday=weekday, nth=nth)
    if len(rest) == 1 and (name == "day" or name in MONTHS):
        month = None if name == "day" else 1 + MONTHS.index(name)
        day = _number(rest[0])
        if not 1 <= abs(day) <= (_LENGTHS[month - 1] if month else 31):
            raise Unreadable("has a day that its month does not have")
        return _Spec(month, day)
    raise Unreadable("is not a date, weekday, or day of a month, in English")


def _number(text: str) -> int:
    if not re.fullmatch(r"\s*[-+]?[0-9]{1,4}\s*", text):
        raise Unreadable(f"has {text.strip()[:20]!r} where a number would be")
    return int(text)


def _date(text: str) -> dt.date | None:
    if not (found := _DATE.fullmatch(text.strip())):
        return None
    year, month, day = map(int, found.groups())
    if year and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]:
        return dt.date(year, month, day)
    raise Unreadable("is a date that the calendar does not have")
