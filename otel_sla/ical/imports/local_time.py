"""Dates and times of events: read, compared, and put on the clock of a schedule.

An aware datetime is an instant. A naive one has no time zone of its own and means the
clock of the schedule it is imported into. A date is midnight on that clock.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ...messages import CodedError
from ...schedule.spans import local_seconds, to_unix
from .file_timezones import FileZones
from .messages import MESSAGES

_SHOWN = 80


class Untakable(CodedError):
    """An event can't become overrides. The text is the rest of a sentence."""

    table = MESSAGES


def value_of(value: Any, name: str) -> Any:
    """Return what a property holds: a date, datetime, timedelta or pair of them.

    Raises Untakable.
    """
    try:
        found = value.dt
    except (AttributeError, ValueError) as error:
        # AttributeError: the library keeps what has another VALUE as text.
        written = str(value)[:_SHOWN]
        raise Untakable("unreadable_time", name=name, written=written) from error
    if not isinstance(found, date | timedelta | tuple):
        raise Untakable("not_a_time", name=name)
    return found


def read(value: Any, found: Any, zones: FileZones) -> datetime:
    """Return a date or time found in a property, in the zone that its TZID names.

    Raises Untakable and UndefinedZone.
    """
    if not isinstance(found, date):
        raise Untakable("duration_for_time")
    if not isinstance(found, datetime):
        return datetime.combine(found, time())
    if name := value.params.get("TZID"):
        return found.replace(tzinfo=zones.of(str(name)))
    return found.replace(tzinfo=UTC if found.tzinfo else None)


def key_of(moment: datetime) -> str:
    """Return it as RECURRENCE-ID has a time: in UTC, or in no zone."""
    if moment.tzinfo is None:
        return f"{moment:%Y%m%dT%H%M%S}"
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def day_key_of(day: date) -> str:
    """Return a day as RECURRENCE-ID has a date; of a time, its date as it is."""
    return f"{day:%Y%m%d}"


def day_meant(found: date) -> str:
    """Return the key of the whole day that a date or a time in a property means.

    Exchange writes a whole day as its midnight in UTC. That is at most 11 hours before
    midnight in UTC where people live, but for a few islands.
    """
    if isinstance(found, datetime) and str(found.tzinfo) == "UTC":
        is_midnight = found.second == 0 and found.minute % 15 == 0
        found += timedelta(hours=13 if is_midnight and found.time() != time() else 0)
    return day_key_of(found)


def later(start: datetime, nominal: timedelta, exact: timedelta) -> datetime:
    """Add the nominal time on the start's clock, then the exact time that passes."""
    end = start + nominal
    if end.tzinfo is None or not exact:
        return end + exact
    return end.astimezone(UTC) + exact


def between(start: datetime, end: datetime) -> timedelta:
    """Return the time that passes from start to end. Raises Untakable."""
    if (start.tzinfo is None) != (end.tzinfo is None):
        raise Untakable("one_zone")
    return end.astimezone(UTC) - start.astimezone(UTC) if end.tzinfo else end - start


def like(moment: datetime, start: datetime) -> datetime:
    """Return the moment on the clock of the start; a naive one is on it already."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=start.tzinfo)
    return moment.astimezone(start.tzinfo) if start.tzinfo else moment


def on_schedule_clock(
    start: datetime, end: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """Return naive local times of the zone that mean exactly these moments.

    Raises Untakable for the second pass of an hour that the zone repeats.
    """
    opens, is_first = _local(start, zone)
    if not is_first:
        raise Untakable(
            "starts_in_second_pass",
            zone=zone.key,
            date=opens.date(),
            time=f"{opens:%H:%M}",
        )
    closes, is_first = _local(end, zone)
    if not is_first:
        raise Untakable(
            "ends_in_second_pass",
            zone=zone.key,
            date=closes.date(),
            time=f"{closes:%H:%M}",
        )
    if closes <= opens:
        raise Untakable("no_time_in_zone", zone=zone.key)
    return opens, closes


def _local(moment: datetime, zone: ZoneInfo) -> tuple[datetime, bool]:
    """Return the naive local time, and whether it means the moment: not in the second
    pass of a repeated hour."""
    if moment.tzinfo is None:
        return moment, True
    instant = int(moment.timestamp())
    local = datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0)
    return local, to_unix(local_seconds(local), zone) == instant
