"""Parse and format dates, hours and months of calendars, as in files and forms."""

import re
from collections.abc import Iterable
from datetime import time

from .day_of_year import DayOfYear
from .errors import InvalidNotation
from .notation import (
    MONTH_NUMBERS,
    WEEKDAY_NUMBERS,
    WEEKDAYS,
    format_clock,
    parse_clock,
    parse_end,
)
from .spans import DAY, Span, second_of_day

OBSERVED = ("none", "nearest_weekday", "next_monday")
_DAY_OF_YEAR = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)", re.ASCII)


def parse_day_of_year(text: str) -> DayOfYear:
    """Parse `12-24`, a day of every year, or `2026-12-24`, a day of one.

    The day need not exist. Raises InvalidNotation.
    """
    match = _DAY_OF_YEAR.fullmatch(text)
    if not match:
        raise InvalidNotation("unknown_day_of_year", text=text)
    year, month, day = match.groups()
    return DayOfYear(int(year) if year else None, int(month), int(day))


def parse_hours(text: str) -> tuple[Span, ...]:
    """Parse hours of a day such as `09:00-13:00, 14:00-24:00`.

    Returns them in seconds since midnight, as they are written: the end of one may be
    before its start. Empty text means none. Raises InvalidNotation.
    """
    return tuple(_parse_span(part.strip()) for part in text.split(",") if text.strip())


def _parse_span(text: str) -> Span:
    start, dash, end = (part.strip() for part in text.partition("-"))
    if not dash:
        raise InvalidNotation("unknown_hours", text=text)
    closes, days = parse_end(end)
    return second_of_day(parse_clock(start)), second_of_day(closes) + days * DAY


def format_hours_of_day(hours: Iterable[Span]) -> str:
    """Write hours of a day the way parse_hours reads them: `09:00-13:00,14:00-24:00`.

    They are in seconds since midnight, and at most a day.
    """
    return ",".join(f"{_of_day(opens)}-{_of_day(closes)}" for opens, closes in hours)


def _of_day(second: int) -> str:
    if second == DAY:
        return "24:00"
    minutes, seconds = divmod(second, 60)
    return format_clock(time(minutes // 60, minutes % 60, seconds))


def parse_weekday(text: str) -> int:
    """Parse `mon` or `monday`. Monday is 0. Raises InvalidNotation."""
    weekday = text.strip().lower()
    if weekday not in WEEKDAY_NUMBERS:
        raise InvalidNotation("unknown_weekday", text=text)
    return WEEKDAY_NUMBERS[weekday]


def format_weekday(weekday: int) -> str:
    """Write a weekday as `mon`. Monday is 0."""
    return WEEKDAYS[weekday]


def parse_month(text: str) -> int:
    """Parse `5`, `may`, or another month's name or its first three letters.

    Raises InvalidNotation.
    """
    month = text.strip().lower()
    if month not in MONTH_NUMBERS:
        raise InvalidNotation("unknown_month", text=text)
    return MONTH_NUMBERS[month]


def parse_observed(text: str) -> str:
    """Parse whether and how a day is moved off a weekend. Raises InvalidNotation."""
    if text not in OBSERVED:
        known = ", ".join(OBSERVED)
        raise InvalidNotation("unknown_observed", text=text, known=known)
    return text
