"""The times of a parsed event: how long it lasts, and when it does or doesn't recur."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ...language import figure
from .file_timezones import FileZones
from .ics_text import Block
from .local_time import Untakable, between, day_meant, key_of, like, read, value_of
from .maintenance import Length

LONGEST = timedelta(days=366)
_MOST_RULES = 10
_SHOWN = 80
_DAYS = re.compile(r"DURATION.*:[+-]?P(?:(\d+)W)?(?:(\d+)D)?", re.IGNORECASE)
_OFTEN_ENOUGH = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


def values_of(event: Any, name: str) -> list[Any]:
    """Return all values of a property; the library has a list only of several."""
    values = event.get(name, [])
    return values if isinstance(values, list) else [values]


def time_of(event: Any, name: str, zones: FileZones) -> datetime | None:
    """Return the time in a property, or midnight of a date; None if it has none.

    Raises Untakable and UndefinedZone.
    """
    found = single(event, name)
    return read(found, value_of(found, name), zones) if found is not None else None


def single(event: Any, name: str) -> Any:
    """Return the value of a property; None if it has none. Raises Untakable."""
    values = values_of(event, name)
    if len(values) > 1:
        raise Untakable("property_repeated", name=name, count=len(values))
    return values[0] if values else None


def length_of(
    event: Any, block: Block, start: datetime, zones: FileZones, *, all_day: bool
) -> Length:
    """Return how long it lasts from its start, as that is written.

    Raises Untakable and UndefinedZone.
    """
    end, nominal, exact = time_of(event, "DTEND", zones), timedelta(), timedelta()
    if end is not None and end.tzinfo is start.tzinfo:
        # Some programs end a whole day on that day itself.
        nominal = end - start or timedelta(days=all_day)
    elif end is not None:
        exact = between(start, end)
    elif "DURATION" in event:
        duration = value_of(event["DURATION"], "DURATION")
        if not isinstance(duration, timedelta):
            raise Untakable("invalid_duration")
        nominal = _days(block)
        exact = duration - nominal
    elif all_day:
        nominal = timedelta(days=1)
    else:
        raise Untakable("end_missing")
    _check_length(nominal + exact)
    return nominal, exact


def _days(block: Block) -> timedelta:
    """Return the weeks and days of the DURATION, which follow the local clock."""
    found = next(filter(None, map(_DAYS.match, block.lines)), None)
    weeks, days = found.groups(default="0") if found else ("0", "0")
    return timedelta(weeks=int(weeks), days=int(days))


def _check_length(length: timedelta) -> None:
    if length <= timedelta():
        raise Untakable("event_ends_before_start")
    if length > LONGEST:
        raise Untakable("too_long", most=LONGEST.days)


def rules_of(event: Any) -> list[Any]:
    """Return its recurrence rules, none of which takes for ever. Raises Untakable."""
    rules = values_of(event, "RRULE")
    if len(rules) > _MOST_RULES:
        # Each may take a while, and the standard allows only one.
        raise Untakable("too_many_rules", count=figure(len(rules)), most=_MOST_RULES)
    for rule in rules:
        try:
            frequency = str(rule["FREQ"][0]).upper()
            numbers = [rule.get(name, [1])[0] for name in ("INTERVAL", "COUNT")]
        except (TypeError, ValueError, KeyError, IndexError) as error:
            # TypeError: the library keeps what it can't read as text.
            raise Untakable("unreadable_rule", rule=rule) from error
        if frequency not in _OFTEN_ENOUGH:
            raise Untakable("unsupported_frequency", frequency=frequency)
        if frequency == "DAILY" and "BYSETPOS" in rule:
            # A single day has nothing to choose from: the search would never end.
            raise Untakable("daily_with_position")
        if "BYEASTER" in rule:
            # rrule.py follows rules in other years, where Easter is on other days.
            raise Untakable("by_easter")
        if min(numbers) < 1:
            raise Untakable("number_below_one")
    return rules


def dates_of(
    event: Any, start: datetime, length: Length, zones: FileZones
) -> Iterator[tuple[datetime, Length]]:
    """Yield the added occurrences and their lengths. Raises what times raise."""
    for value, one in _listed(event, "RDATE"):
        if isinstance(one, tuple):
            first, last = read(value, one[0], zones), one[1]
            if not isinstance(last, timedelta):
                last = between(first, read(value, last, zones))
            _check_length(last)
            yield like(first, start), (timedelta(), last)
        else:
            yield like(read(value, one, zones), start), length


def excluded_of(
    event: Any, start: datetime, zones: FileZones, *, all_day: bool
) -> list[str]:
    """Return the keys of excluded occurrences. Raises Untakable and UndefinedZone.

    A date excludes all on that day, and a time one of a series of whole days.
    """
    return [
        key_of(like(read(value, one, zones), start))
        if isinstance(one, datetime) and not all_day
        else day_meant(one)
        for value, one in _listed(event, "EXDATE")
    ]


def _listed(event: Any, name: str) -> Iterator[tuple[Any, Any]]:
    """Yield each date of a property, with the value that lists it."""
    for value in values_of(event, name):
        try:
            dates = [one.dt for one in value.dts]
        except ValueError as error:
            written = str(value)[:_SHOWN]
            raise Untakable("unreadable_dates", name=name, written=written) from error
        for one in dates:
            yield value, one
