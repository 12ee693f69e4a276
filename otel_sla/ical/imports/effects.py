"""What overrides follow from statements: which occurrences take place, and when."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .ics_text import UnusableCalendar
from .maintenance import MaintenanceEvent
from .occurrences import Occurrence, is_excluded, occurrences
from .recurrence_ids import occurrence_key
from .statements import Statement, counts, is_excluded_by
from .vevent import read_content

SECONDS = 10.0
"""How long reading the events of a file may take, and working out those that an import
needs: seconds of CPU time for each."""


class Events:
    """The events of an import, each read once and worked out once for all targets."""

    def __init__(self, source: str, moment: int, horizon: int) -> None:
        """Take the file's name, and between which Unix seconds events are wanted."""
        self._source = source
        self._since, self._until = (
            datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
            for at in (moment, horizon)
        )
        self._read: dict[str, MaintenanceEvent] = {}
        self._found: dict[tuple[str, datetime], list[Occurrence]] = {}
        self._spent = 0.0

    def keep(self, event: MaintenanceEvent) -> None:
        """Keep an event that has been read."""
        self._read[event.content] = event

    def size(self) -> int:
        """Return how many characters the contents of all events have."""
        return sum(map(len, self._read))

    def of(self, statement: Statement) -> MaintenanceEvent:
        """Return the event of a statement that has a content."""
        event = self._read.get(statement.content)
        if event is None:
            event = self._timed(statement, read_content, statement.content)
            self.keep(event)
        return event

    def occurrences(
        self, statement: Statement, until: datetime | None = None
    ) -> list[Occurrence]:
        """Return when it takes place, up to a naive moment in UTC, or to the horizon.

        Raises Untakable, and UnusableCalendar where all of it takes too long.
        """
        until = max(until or self._until, self._until)
        key = statement.content, until
        if key not in self._found:
            event = self.of(statement)
            self._found[key] = self._timed(
                statement, occurrences, event, self._since, until
            )
        return self._found[key]

    def _timed(self, statement: Statement, work: Any, *arguments: Any) -> Any:
        began = time.thread_time()
        try:
            found = work(*arguments)
        finally:
            self._spent += time.thread_time() - began
        if self._spent > SECONDS:
            raise UnusableCalendar(
                "too_slow", self._source, most=f"{SECONDS:g}", uid=statement.uid
            )
        return found


@dataclass
class Effects:
    """What follows from the statements about an event.

    placed: the occurrences that take place, by the keys that overrides have, with the
    statements that they follow from. keys: by which key each statement's occurrence is
    known in its series. kept: keys whose overrides are right, without their times being
    known: from statements that have no content.
    """

    placed: dict[str, tuple[Statement, Occurrence]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)


def effects(
    statements: dict[str, Statement], events: Events, until: datetime | None = None
) -> Effects:
    """Work out what follows. Raises what Events.occurrences raises."""
    found, event = Effects(), None
    series = statements.get("")
    if series and not series.makes_nothing:
        event = events.of(series)
        regular = events.occurrences(series, until)
        found.placed = {one.key: (series, one) for one in regular}
    singles = [one for key, one in statements.items() if key]
    # The newest is the last: a date and a time may mean the same occurrence.
    for single in sorted(singles, key=lambda one: one.revision.order):
        own = events.of(single) if single.content else None
        key = occurrence_key(event, own) if event and own else single.occurrence
        found.keys[single.occurrence] = key
        is_older = series is not None and is_excluded_by(single, series)
        if not counts(single, series) or (
            event and is_older and is_excluded(event, key)
        ):
            continue
        found.placed.pop(key, None)
        found.kept.discard(key)
        if single.makes_nothing:
            continue
        if own is None:
            found.kept.add(key)
        else:
            (one,) = events.occurrences(single)
            found.placed[key] = single, one
    return found
