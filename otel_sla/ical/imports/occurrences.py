"""All occurrences of an event until a horizon, bounded in number and in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from .local_time import Reading, Untakable
from .rrule import followed
from .vevent import LONGEST, MaintenanceEvent

MAX_STEPS = 50_000
_DAY = timedelta(days=1)


class Occurrence(NamedTuple):
    """One time that an event takes place; the key is empty if it does not recur."""

    key: str
    start: Reading
    end: Reading


def occurrences(
    event: MaintenanceEvent, moment: datetime, horizon: datetime
) -> list[Occurrence]:
    """Return what may overlap [moment, horizon), by any clock. Raises Untakable.

    Both are naive and in UTC. An event that does not recur is returned whenever it is.
    """
    length = event.nominal, event.exact
    if event.recurrence_id or not (event.rules or event.dates):
        key = event.recurrence_id
        if not key and _is_excluded(event, event.start):
            return []
        return [Occurrence(key, event.start, event.start.later(*length))]
    since, until = moment - LONGEST - _DAY, horizon + _DAY
    starts: dict[str, tuple[Reading, tuple[timedelta, timedelta]]] = {}
    for start in _starts(event, until):
        if since <= start.local <= until:
            starts[start.key(event.all_day)] = start, length
    for start, lasts in event.dates:
        if since <= start.local <= until:
            own = length if lasts is None else (timedelta(), lasts)
            starts[start.key(event.all_day)] = start, own
    return [
        Occurrence(key, start, start.later(*own))
        for key, (start, own) in sorted(starts.items())
        if not _is_excluded(event, start)
    ]


def _is_excluded(event: MaintenanceEvent, start: Reading) -> bool:
    return any(start.key(all_day) in event.excluded for all_day in (True, False))


def _starts(event: MaintenanceEvent, until: datetime) -> Iterator[Reading]:
    """The start, and what the rules add to it, on the event's own clock."""
    yield event.start
    steps = 0
    for rule in event.rules:
        for local in _expanded(rule, event.start, until):
            steps += 1
            if steps > MAX_STEPS:
                raise Untakable(
                    f"repeats more than {MAX_STEPS:,} times up to the horizon: let it "
                    "start later, or less often"
                )
            yield Reading(local, event.start.zone)


def _expanded(rule: Any, start: Reading, until: datetime) -> Iterator[datetime]:
    try:
        parts = [
            part
            for part in rule.to_ical().decode().split(";")
            if not part.upper().startswith("UNTIL=")
        ]
        last = _until(rule, start)
        if last is not None and "COUNT" not in rule:
            until = min(last, until)
        yield from followed(";".join(parts), start.local, until)
    except Untakable:
        raise
    except Exception as error:
        # dateutil raises whatever comes of numbers that it does not expect.
        raise Untakable(f"has an RRULE that can't be followed: {error}") from error


def _until(rule: Any, start: Reading) -> datetime | None:
    """Until when, inclusive, on the event's clock; a date is all of that day."""
    values = rule.get("UNTIL")
    if not values:
        return None
    value: date = values[0]
    if not isinstance(value, datetime):
        return datetime.combine(value, time(23, 59, 59))
    if value.tzinfo is not None and start.zone is not None:
        value = value.astimezone(start.zone)
    return value.replace(tzinfo=None)


def utc(moment: int) -> datetime:
    """The moment, in Unix seconds, as a naive reading in UTC."""
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
