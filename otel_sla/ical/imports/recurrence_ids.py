"""Which occurrence of a series an event is about that changes or cancels one."""

from datetime import date, datetime
from typing import Any

from .event_times import single, time_of
from .file_timezones import FileZones
from .local_time import Untakable, day_meant, key_of, like
from .maintenance import MaintenanceEvent


def recurrence_id(event: Any, start: datetime, zones: FileZones) -> tuple[str, str]:
    """Return the key of the occurrence, and its day; both are empty if it has none.

    Raises Untakable and UndefinedZone.
    """
    moment = time_of(event, "RECURRENCE-ID", zones)
    if moment is None:
        return "", ""
    value = single(event, "RECURRENCE-ID")
    if "RANGE" in value.params:
        raise Untakable("all_later_changed")
    day = day_meant(value.dt)
    is_time = isinstance(value.dt, datetime)
    return key_of(like(moment, start)) if is_time else day, day


def occurrence_key(series: MaintenanceEvent, changed: MaintenanceEvent) -> str:
    """Return the key by which a series has the occurrence that another event changes.

    Programs write it as a date or as a time, whatever the series itself has: as soon as
    one side is a date, they match by date.
    """
    key = changed.recurrence_id
    if not key or series.all_day:
        return changed.recurrence_day
    if key == changed.recurrence_day:
        return key_of(_start_on(date.fromisoformat(key), series))
    if key.endswith("Z") or series.start.tzinfo is None:
        return key
    return key_of(like(datetime.fromisoformat(key), series.start))


def _start_on(day: date, series: MaintenanceEvent) -> datetime:
    """Return when the series takes place on a day of its own clock."""
    added = (start for start, _ in series.dates if start.date() == day)
    return next(added, datetime.combine(day, series.start.timetz()))
