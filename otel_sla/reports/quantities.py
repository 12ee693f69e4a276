"""Moments, seconds and ratios as a document has them, and in sentences."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

from ..language import day_and_time
from ..schedule.open_time_change import hours
from ..text import iso_utc


def iso(milliseconds: int) -> str:
    """Write a moment as ISO 8601 in UTC, with milliseconds only where it has any."""
    seconds, rest = divmod(milliseconds, 1000)
    written = iso_utc(seconds) or ""
    return f"{written[:-1]}.{rest:03}Z" if rest else written


def seconds(milliseconds: Fraction | int) -> int | float:
    """Return seconds as an int where they are whole, else rounded to milliseconds."""
    exact = Fraction(milliseconds) / 1000
    if exact.denominator == 1:
        return exact.numerator
    rounded = round(float(exact), 3)
    return int(rounded) if rounded.is_integer() else rounded


def ratio(exact: Fraction | None) -> float | None:
    """Return an exact ratio as a float."""
    return None if exact is None else float(exact)


def at(moment: float) -> str:
    """Write a moment, in Unix seconds, for people: 2026-10-02 07:12 UTC."""
    return f"{day_and_time(datetime.fromtimestamp(int(moment), UTC))} UTC"


def length(span: float) -> str:
    """Write seconds for people: 16 h, 1.75 h, 20 s."""
    return hours(round(span))
