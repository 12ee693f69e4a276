"""How moments and stretches of time are written for people at a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ..notation import format_clock

NONE = "-"

_UNITS = (("h", 3_600), ("min", 60), ("s", 1))


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
    """Write a length of time in hours and all that is left: `62 h 30 min`."""
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count:,} {unit}")
    return " ".join(parts)


def legible(text: str) -> str:
    """Escape what does not print, or would make the terminal do something."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode()
        for one in text
    )
