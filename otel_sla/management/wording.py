"""How moments and stretches of time are written for people at a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ..notation import format_clock
from ..spans import DAY

NONE = "-"

_UNITS = (("d", DAY), ("h", 3_600), ("min", 60), ("s", 1))
_DAYS_FROM = 2 * DAY


def utc(moment: int | None) -> str:
    """Write the moment in UTC, as `--at` takes it."""
    if moment is None:
        return NONE
    reading = datetime.fromtimestamp(moment, UTC)
    return f"{reading.date()}T{format_clock(reading.time())}Z"


def local(moment: int | None, zone: ZoneInfo) -> str:
    """Write the moment by the zone's wall clock, with its weekday and abbreviation."""
    if moment is None:
        return NONE
    try:
        reading = datetime.fromtimestamp(moment, zone)
    except OverflowError:
        return "beyond the calendar"
    clock = format_clock(reading.time())
    return f"{reading:%a} {reading.date()} {clock} {reading:%Z}"


def exactly(seconds: int) -> str:
    """Write a length of time in hours and what is left: `62 h 30 min`."""
    return _in_units(seconds, _UNITS[1:])


def about(seconds: int) -> str:
    """Write a length of time by its two largest units: `3 d 4 h`, `2 h 14 min`."""
    units = _UNITS if seconds >= _DAYS_FROM else _UNITS[1:]
    largest = next(
        (at for at, (_, size) in enumerate(units) if seconds >= size), len(units) - 1
    )
    return _in_units(seconds, units[largest : largest + 2])


def legible(text: str) -> str:
    """Escape what does not print, or would make the terminal do something."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode()
        for one in text
    )


def _in_units(seconds: int, units: tuple[tuple[str, int], ...]) -> str:
    parts = []
    for name, size in units:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count:,} {name}")
    return " ".join(parts)
