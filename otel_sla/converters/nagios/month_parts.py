"""Ranges within months and years, as days of the month of a catalogue's rules."""

from __future__ import annotations

from .conditions import Condition

LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Unsayable(Exception):
    """No rule of a catalogue can say this. The text is the reason."""


def part_of_month(low: int, high: int, step: int = 1) -> tuple[int, ...]:
    """Return the days of the month from low to high, of months of any length.

    Negative numbers count from the end of the month, -1 is its last day.
    """
    if low > 0 and high < 0:
        if step > 1 and high == -1:
            return tuple(range(low, 32, step))
        if step > 1 or 27 + high < low:
            raise Unsayable("its days depend on the length of the month")
        if high == -1:
            return tuple(range(low, 32))
        # In the shortest month day 29 + high is the last one, in others the last
        # three, counted from the end, follow.
        return (*range(high - 2, high + 1), *range(low, 30 + high))
    if (low > 0) != (high > 0):
        raise Unsayable("it begins at the end of a month and ends at its start")
    if high < low:
        raise Unsayable("it ends before it begins")
    if low < -28 or (low < 0 and step > 1):
        raise Unsayable("its days depend on the length of the month")
    return tuple(range(low, high + 1, step))


def months_between(month: int, last_month: int) -> tuple[int, ...]:
    """Return the months after the first and before the last one, also over New Year."""
    count = (last_month - month - 1) % 12
    return tuple(sorted((month + k) % 12 + 1 for k in range(count)))


def year_parts(
    month: int, low: int, last_month: int, high: int, step: int
) -> tuple[Condition, ...]:
    """Return the days from a date of every year to another one, also over New Year."""
    if month == last_month and not (high < low and (low > 0) == (high > 0)):
        days = part_of_month(low, high, step)
        return (Condition(months=(month,), days_of_month=days),)
    if step > 1:
        return _stepped(month, low, last_month, high, step)
    between = months_between(month, last_month)
    rest = part_of_month(low, 31 if low > 0 else -1)
    parts = [Condition(months=(month,), days_of_month=rest)]
    if between:
        parts.append(Condition(months=between))
    parts.append(Condition(months=(last_month,), days_of_month=part_of_month(1, high)))
    return tuple(parts)


def _stepped(
    month: int, low: int, last_month: int, high: int, step: int
) -> tuple[Condition, ...]:
    if low < 0 or high < 0:
        raise Unsayable("its days depend on the length of the month")
    parts: list[Condition] = []
    day, current = low, month
    while True:
        length = LENGTHS[current - 1]
        ends = current == last_month and (current != month or bool(parts))
        if current == 2 and not ends:
            raise Unsayable("its days differ after 29 February of leap years")
        top = high if ends else length
        if day <= top:
            days = tuple(range(day, top + 1, step))
            parts.append(Condition(months=(current,), days_of_month=days))
        if ends:
            return tuple(parts)
        while day <= length:
            day += step
        day -= length
        current = current % 12 + 1


def weekday_part(
    start: tuple[int, int] | None,
    end: tuple[int, int] | None,
    months: tuple[int, ...],
    step: int = 1,
) -> tuple[Condition, ...]:
    """Return the days from the nth weekday of a month to another nth weekday.

    The day of the month and the weekday of a day decide together whether it is one:
    there is a condition for each weekday. None is the start or end of the month.
    """
    nths = [pair[1] for pair in (start, end) if pair]
    if any(abs(nth) > 5 for nth in nths):
        raise Unsayable("no month has so many weeks")
    if start and end and not _in_order(start, end):
        raise Unsayable("it ends before it begins in some months")
    if start and start[1] == -5 and start != end:
        raise Unsayable("not every month has the day on which it begins")
    if step > 1 and not (start and start[1] > 0):
        raise Unsayable("it counts days from a weekday that moves")
    conditions: dict[tuple[int, ...], list[int]] = {}
    for weekday in range(7):
        after = (weekday - start[0]) % 7 if start else 0
        before = (end[0] - weekday) % 7 if end else 0
        low = _first(start, after)
        high = _last(end, before)
        days = _days(low, high)
        if step > 1:
            if any(day < 0 for day in days):
                raise Unsayable("its days depend on the length of the month")
            days = tuple(
                day for day in days if (after + 7 * ((day - low) // 7)) % step == 0
            )
        if days:
            conditions.setdefault(days, []).append(weekday)
    return tuple(
        Condition(tuple(weekdays), months=months, days_of_month=days)
        for days, weekdays in conditions.items()
    )


def _in_order(start: tuple[int, int], end: tuple[int, int]) -> bool:
    if (start[1] > 0) == (end[1] > 0):
        return start[1] < end[1] or (start == end)
    return start[1] > 0 and 7 * start[1] <= 29 + 7 * end[1]


def _first(start: tuple[int, int] | None, after: int) -> int:
    if start is None:
        return 1
    return (7 * start[1] - 6 if start[1] > 0 else 7 * start[1]) + after


def _last(end: tuple[int, int] | None, before: int) -> int:
    if end is None:
        return 31
    return (7 * end[1] if end[1] > 0 else 7 * end[1] + 6) - before


def _days(low: int, high: int) -> tuple[int, ...]:
    if low > 0 and high > 0:
        return tuple(range(low, min(high, 31) + 1))
    if low < 0 and high > 0:
        return tuple(range(max(low, -31), 0))
    if low < 0:
        return tuple(range(max(low, -31), high + 1))
    return part_of_month(low, high)
