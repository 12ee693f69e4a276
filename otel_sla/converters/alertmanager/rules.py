"""Make rules of a catalogue of the entries of one location."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from ...schedule.notation import MONTHS
from .entries import WHOLE_DAY, Entry, Range

MAX_RULES = 1_000
"""Rules of one schedule; more are not for people to read."""

_WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_EVERY_DAY = frozenset(range(7))
_YEAR = frozenset(range(1, 13))
_FEBRUARY = 2
_LAST_YEAR = 9999
_IN_WORDS = 3


class _When(NamedTuple):
    """All of a rule but its weekdays."""

    months: tuple[int, ...]
    days_of_month: tuple[int, ...]
    years: Range | None
    times: Range


class TooMany(ValueError):
    """The entries are of more than MAX_RULES rules."""


def body_of(entries: Iterable[Entry]) -> dict[str, Any]:
    """Return the body of a schedule that is open in any of the entries.

    Entries that differ in weekdays only make one rule. Raises TooMany.
    """
    weekdays: dict[_When, set[int]] = {}
    for entry in entries:
        days = _weekdays(entry)
        for when in _whens(entry):
            weekdays.setdefault(when, set()).update(days)
            if len(weekdays) > MAX_RULES:
                raise TooMany
    if weekdays.get(_When((), (), None, WHOLE_DAY), set()) >= _EVERY_DAY:
        return {"always_open": True}
    rules = [_rule(when, days) for when, days in weekdays.items()]
    return {"rules": rules} if rules else {}


def _weekdays(entry: Entry) -> set[int]:
    """Return the weekdays from Monday, 0; those of entries count from Sunday."""
    ranges = entry.weekdays or ((0, 6),)
    return {(day - 1) % 7 for first, last in ranges for day in range(first, last + 1)}


def _whens(entry: Entry) -> Iterator[_When]:
    allowed = frozenset(
        month for first, last in entry.months for month in range(first, last + 1)
    )
    for months, days in _by_month(entry.days_of_month, allowed or _YEAR):
        restricts = tuple(sorted(months)) if months != _YEAR else ()
        for years in entry.years or (None,):
            for times in entry.times or (WHOLE_DAY,):
                yield _When(restricts, days, years, times)


def _by_month(
    ranges: Iterable[Range], months: frozenset[int]
) -> Iterator[tuple[frozenset[int], tuple[int, ...]]]:
    """Yield days of the month with the months that they are for."""
    ranges = tuple(ranges)
    february, others = months & {_FEBRUARY}, months - {_FEBRUARY}
    if any(_needs_february(one) for one in ranges) and february and others:
        parts = [(february, True), (others, False)]
    else:
        parts = [(months, bool(february) and not others)]
    for part, is_february in parts:
        days = {day for one in ranges for day in _days(one, is_february)}
        if days >= set(range(1, 32)) or days >= set(range(-31, 0)):
            days = set()
        yield part, tuple(sorted(days, key=lambda day: (day < 0, day)))


def _needs_february(days: Range) -> bool:
    """Return whether days that are right for other months are not for February."""
    first, last = days
    return last < -1 and first > 0 and first == 28 + last


def _days(days: Range, is_february: bool) -> Iterator[int]:
    """Yield the days of a range, which may be from the month's start to near its end.

    5:-3 is to the 26th, 27th, 28th or 29th: to the 26th in any month, and the last days
    but two of those that are longer.
    """
    first, last = days
    if first < 0 or last > 0:
        yield from range(first, last + 1)
    elif last == -1:
        yield from range(first, 32)
    elif is_february:
        yield from range(first, 30 + last)
        yield last
    elif _needs_february(days):
        yield from range(first, 31 + last)
        yield from range(last - 1, last + 1)
    else:
        yield from range(first, 30 + last)
        yield from range(last - 2, last + 1)


def _rule(when: _When, weekdays: set[int]) -> dict[str, Any]:
    start, end = when.times
    rule: dict[str, Any] = {
        "days": "daily"
        if weekdays == _EVERY_DAY
        else ", ".join(_names(weekdays, _WEEK)),
        "start": clock(start),
        "end": clock(end),
    }
    if when.months:
        short = [month[:3] for month in MONTHS]
        rule["months"] = _single(_names([one - 1 for one in when.months], short))
    if when.days_of_month:
        rule["days_of_month"] = _single(_numbers(when.days_of_month))
    if when.years is not None:
        first, last = when.years
        if first > 1:
            rule["valid_from"] = date(first, 1, 1)
        if last < _LAST_YEAR:
            rule["valid_to"] = date(last, 12, 31)
    return rule


def clock(minutes: int) -> str:
    """Write minutes of the day as 09:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _single(items: list[Any]) -> Any:
    """Return the only item, or all of them."""
    return items[0] if len(items) == 1 else items


def _names(indexes: Iterable[int], names: list[str]) -> list[str]:
    return [
        names[first] if first == last else f"{names[first]}-{names[last]}"
        for first, last in _runs(indexes)
    ]


def _numbers(numbers: Iterable[int]) -> list[int | str]:
    parts: list[int | str] = []
    for first, last in _runs(numbers):
        if last - first < _IN_WORDS and (first < 0 or first == last):
            parts.extend(range(first, last + 1))
        else:
            parts.append(f"{first}-{last}")
    return parts


def _runs(numbers: Iterable[int]) -> list[Range]:
    """Return runs of successive numbers, positive ones first."""
    found: list[Range] = []
    for one in sorted(set(numbers), key=lambda number: (number < 0, number)):
        if found and one == found[-1][1] + 1:
            found[-1] = (found[-1][0], one)
        else:
            found.append((one, one))
    return found
