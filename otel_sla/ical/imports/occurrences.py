"""List the occurrences of an event up to a horizon, limited in number and time."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any, NamedTuple

from ...language import figure
from .event_times import LONGEST
from .local_time import Untakable, day_key_of, day_meant, key_of, later, like
from .maintenance import MaintenanceEvent
from .rrule import followed, text_without

MAX_STEPS = 50_000
_DAY = timedelta(days=1)


class Occurrence(NamedTuple):
    """One time that an event takes place; the key is empty if it does not recur."""

    key: str
    start: datetime
    end: datetime


def recurs(event: MaintenanceEvent) -> bool:
    """Return whether it may take place more than once."""
    return not event.recurrence_id and bool(event.rules or event.dates)


def occurrences(
    event: MaintenanceEvent, moment: datetime, horizon: datetime
) -> list[Occurrence]:
    """Return what may overlap [moment, horizon), by any clock. Raises Untakable.

    Both are naive and in UTC. An event that does not recur is returned whenever it is.
    """
    start, length = event.start, event.length
    if not recurs(event):
        if not event.recurrence_id and _is_excluded(event, start):
            return []
        return [Occurrence(event.recurrence_id, start, later(start, *length))]
    since, until = moment - LONGEST - _DAY, horizon + _DAY
    recurring = ((start, length) for start in _starts(event, until))
    found = {}
    for start, own in chain(recurring, event.dates):
        inside = since <= start.replace(tzinfo=None) <= until
        if inside and not _is_excluded(event, start):
            key = day_key_of(start) if event.all_day else key_of(start)
            found[key] = Occurrence(key, start, later(start, *own))
    return sorted(found.values())


def is_excluded(event: MaintenanceEvent, key: str) -> bool:
    """Return whether a series has an EXDATE for the occurrence that it calls so."""
    return _is_excluded(event, like(datetime.fromisoformat(key), event.start))


def _is_excluded(event: MaintenanceEvent, start: datetime) -> bool:
    return day_key_of(start) in event.excluded or key_of(start) in event.excluded


def _starts(event: MaintenanceEvent, until: datetime) -> Iterator[datetime]:
    """Yield the start, and what the rules add to it, on the event's own clock."""
    yield event.start
    expanded = (_expanded(rule, event, until) for rule in event.rules)
    for step, local in enumerate(chain.from_iterable(expanded)):
        if step >= MAX_STEPS:
            raise Untakable("too_many_occurrences", most=figure(MAX_STEPS))
        yield local.replace(tzinfo=event.start.tzinfo)


def _expanded(
    rule: Any, event: MaintenanceEvent, until: datetime
) -> Iterator[datetime]:
    try:
        if rule.get("UNTIL") and "COUNT" not in rule:
            until = min(until, _last(rule["UNTIL"][0], event))
        local = event.start.replace(tzinfo=None)
        yield from followed(text_without(rule, "UNTIL"), local, until)
    except Exception as error:
        # dateutil raises all kinds of errors for numbers it does not expect.
        raise Untakable("unusable_rule", reason=error) from error


def _last(until: date, event: MaintenanceEvent) -> datetime:
    """Return an inclusive UNTIL on the event's clock; a date is all of that day."""
    if event.all_day:
        until = date.fromisoformat(day_meant(until))
    if not isinstance(until, datetime):
        return datetime.combine(until, time(23, 59, 59))
    if until.tzinfo is not None and event.start.tzinfo is not None:
        until = until.astimezone(event.start.tzinfo)
    return until.replace(tzinfo=None)
