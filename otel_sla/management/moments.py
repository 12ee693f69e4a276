"""Write moments for people at a terminal."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from ..language import weekday_and_day
from ..schedule.notation import format_clock

NONE = "-"


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
        return gettext("beyond the calendar")
    clock = format_clock(reading.time())
    return f"{weekday_and_day(reading)} {clock} {reading:%Z}"
