"""Parse and format weekdays, times, dates and numbers, as in files and forms."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TypeVar

from ..language import number
from .errors import InvalidNotation
from .rules import LAST

T = TypeVar("T")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FULL_NAMES = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
WEEKDAY_NUMBERS = {
    **{name: number for number, name in enumerate(WEEKDAYS)},
    **{name: number for number, name in enumerate(FULL_NAMES)},
}
MONTHS = (
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
)
MONTH_NUMBERS = {
    text: number
    for number, name in enumerate(MONTHS, 1)
    for text in (str(number), f"{number:02}", name, name[:3])
}
ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "last": LAST,
}
_NTH = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, **ORDINALS}
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_FLAGS = {"1": True, "true": True, "0": False, "false": False}
_TIME = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_CLOCK = re.compile(_TIME, re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_READING = re.compile(rf"{_DATE.pattern}[T ]{_TIME}", re.ASCII)
_ONE_DIGIT_HOUR = re.compile(r"(?<!\d)\d:")
_NUMBER_OR_RANGE = re.compile(r"(-?\d{1,4})(?:-(-?\d{1,4}))?", re.ASCII)


def parse_weekdays(text: str) -> frozenset[int]:
    """Parse `mon-fri`, `sat,sun`, `fri-mon` or `daily`. Monday is 0.

    Raises InvalidNotation.
    """
    days: set[int] = set()
    for part in re.split(r"[,\s]+", text.strip().lower()):
        if part == "daily":
            days.update(range(7))
            continue
        first, dash, last = part.partition("-")
        if first not in WEEKDAY_NUMBERS or (dash and last not in WEEKDAY_NUMBERS):
            raise InvalidNotation("unknown_weekdays", text=text)
        start, stop = WEEKDAY_NUMBERS[first], WEEKDAY_NUMBERS[last or first]
        days.update((start + step) % 7 for step in range((stop - start) % 7 + 1))
    return frozenset(days)


def format_weekdays(
    days: Iterable[int], names: Sequence[str] = WEEKDAYS, daily: str = "daily"
) -> str:
    """Write weekdays the shortest way, as parse_weekdays reads them, or for people with
    other names."""
    left = set(days)
    if len(left) == 7:
        return daily
    parts = []
    for first in sorted(day for day in left if (day - 1) % 7 not in left):
        last = first
        while (last + 1) % 7 in left:
            last += 1
        run = [names[day % 7] for day in range(first, last + 1)]
        parts += run if len(run) < 3 else [f"{run[0]}-{run[-1]}"]
    return ",".join(parts)


def parse_clock(text: str) -> time:
    """Parse `09:00`, `9:00` or `09:00:30`. Raises InvalidNotation."""
    return _parsed(_CLOCK, time.fromisoformat, text, "unknown_time")


def format_clock(clock: time) -> str:
    """Write a time of day, with its seconds only where it has any."""
    return clock.isoformat("seconds" if clock.second else "minutes")


def parse_end(text: str) -> tuple[time, int]:
    """Parse the end of a window. Returns the time, and the days to add for 24:00.

    Raises InvalidNotation.
    """
    return (time(0), 1) if text == "24:00" else (parse_clock(text), 0)


def format_length(seconds: int) -> str:
    """Write a length of time in its two largest units: `2 h 14 min`, `3 d`."""
    return " ".join(islice(_in_units(seconds, _UNITS), 2)) or "0 s"


def format_hours(seconds: int) -> str:
    """Write a length of time in hours, minutes and seconds: `62 h 30 min 15 s`."""
    return " ".join(_in_units(seconds, _UNITS[1:])) or "0 s"


def _in_units(seconds: int, units: Iterable[tuple[str, int]]) -> Iterator[str]:
    for unit, length in units:
        count, seconds = divmod(seconds, length)
        if count:
            yield f"{number(count)} {unit}"


def parse_date(text: str) -> date:
    """Parse `2026-12-24`. Raises InvalidNotation."""
    return _parsed(_DATE, date.fromisoformat, text, "unknown_date")


def parse_reading(text: str) -> datetime:
    """Parse a local date and time such as `2026-12-24T12:00`, without an offset.

    A date alone is its midnight. Raises InvalidNotation.
    """
    if _DATE.fullmatch(text):
        text = f"{text}T00:00"
    return _parsed(_READING, datetime.fromisoformat, text, "unknown_local_time")


def _parsed(
    pattern: re.Pattern[str], convert: Callable[[str], T], text: str, code: str
) -> T:
    try:
        if pattern.fullmatch(text):
            return convert(_ONE_DIGIT_HOUR.sub(r"0\g<0>", text))
    except ValueError:
        pass
    raise InvalidNotation(code, text=text)


def format_reading(reading: datetime) -> str:
    """Write a local date and time, with its seconds only where it has any."""
    return reading.isoformat("T", "seconds" if reading.second else "minutes")


def readable(reading: datetime) -> str:
    """Write a local date and time for a sentence: without the T of the notation."""
    return format_reading(reading).replace("T", " ")


def parse_moment(text: str) -> datetime:
    """Parse an ISO 8601 date and time. Returns it in UTC, in whole seconds.

    Without an offset it is UTC, and a date alone is its midnight. Raises
    InvalidNotation.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise InvalidNotation("unknown_moment", text=text) from None


def parse_numbers(text: str) -> frozenset[int]:
    """Parse a list such as `1-5, 15, -1`; empty text is the empty set.

    Raises InvalidNotation.
    """
    found: set[int] = set()
    for part in text.replace(",", " ").split():
        match = _NUMBER_OR_RANGE.fullmatch(part)
        first, last = (
            (int(one or match[1]) for one in match.groups()) if match else (1, 0)
        )
        if last < first or (first < 0 < last):
            raise InvalidNotation("unknown_numbers", text=text)
        found.update(range(first, last + 1))
    return frozenset(found)


def parse_months(text: str) -> frozenset[int]:
    """Parse a list such as `3, december, nov-feb`; empty text is the empty set.

    Raises InvalidNotation.
    """
    found: set[int] = set()
    for part in text.lower().replace(",", " ").split():
        if re.fullmatch(r"-?\d{1,4}", part, re.ASCII):
            # The engine refuses numbers that are not months.
            found.add(int(part))
            continue
        first, dash, last = part.partition("-")
        if first not in MONTH_NUMBERS or (dash and last not in MONTH_NUMBERS):
            raise InvalidNotation("unknown_months", text=text)
        start, stop = MONTH_NUMBERS[first], MONTH_NUMBERS[last or first]
        steps = range((stop - start) % 12 + 1)
        found.update((start - 1 + step) % 12 + 1 for step in steps)
    return frozenset(found)


def format_numbers(numbers: Iterable[int]) -> str:
    """Write numbers the way parse_numbers reads them: ascending, negative last."""
    return ",".join(map(str, in_order(numbers)))


def in_order(numbers: Iterable[int]) -> list[int]:
    """Sort numbers ascending, with negative ones, counted from the end, last."""
    return sorted(numbers, key=lambda number: (number < 0, abs(number)))


def parse_nth(text: str) -> int:
    """Parse `1` to `5`, `first` to `fifth`, or `last`. Raises InvalidNotation."""
    number = text.strip().lower()
    if number not in _NTH:
        raise InvalidNotation("unknown_nth", text=text)
    return _NTH[number]


def parse_end_of_override(text: str) -> tuple[datetime, bool]:
    """Parse as parse_reading does; return also whether the text is a date alone."""
    return parse_reading(text), bool(_DATE.fullmatch(text))


def end_of_days(start: datetime, end: datetime) -> datetime:
    """Return when an override ends whose end is given as a date alone.

    If it starts with the same date, it lasts the whole day. Raises InvalidNotation for
    another date, because it is not clear whether that day is included.
    """
    if end.date() == date.max:
        raise InvalidNotation("no_day_after", day=end.date())
    if end == start:
        return end + timedelta(days=1)
    day, after = end.date(), end.date() + timedelta(days=1)
    raise InvalidNotation("end_is_a_date", day=day, after=after)


def split_nth(text: str) -> tuple[str, str]:
    """Split `first sat` into the nth, which may be empty, and the weekdays."""
    ordinal, _, weekdays = text.strip().lower().partition(" ")
    return (ordinal, weekdays) if ordinal in ORDINALS else ("", text)


def parse_number(text: str) -> int:
    """Parse a whole number. Raises InvalidNotation."""
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise InvalidNotation("unknown_number", text=text)
    return int(text)


def parse_flag(text: str) -> bool:
    """Parse the truth value that a database writes as text. Raises InvalidNotation."""
    if text not in _FLAGS:
        raise InvalidNotation("unknown_flag", text=text)
    return _FLAGS[text]
