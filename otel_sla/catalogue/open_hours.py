"""What a catalogue does to the open hours of the days ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from ..schedule import InvalidDefinition, Override, from_text
from ..schedule.open_time_change import OUTLOOK, OpenTime, open_time
from .entries import Catalogue, ComponentEntry

_KEPT = 10_000
# A reading may be of an instant this far from it, whatever the zone.
_ANY_ZONE = timedelta(days=2)


def schedule_of(entry: ComponentEntry, catalogue: Catalogue) -> str | None:
    """The schedule a component is under; none where it was read later than its
    agreement, which somebody has made or renamed between the two."""
    agreement = catalogue.agreements.get(entry.agreement)
    return agreement.schedule if agreement else None


class Outlook:
    """Compares what is open from the moment on, in Unix seconds, before and after.

    A definition is evaluated once, however many components have it. Where one can't
    be, because it was written past all validation, a difference to it is None.
    """

    def __init__(self, moment: int, before: Catalogue, after: Catalogue) -> None:
        self._sides = (before, after)
        self._period = (moment, moment + OUTLOOK)
        since, until = (
            datetime.fromtimestamp(bound, UTC).replace(tzinfo=None)
            for bound in self._period
        )
        self._since, self._until = since - _ANY_ZONE, until + _ANY_ZONE
        self._time = lru_cache(maxsize=_KEPT)(self._evaluated)
        self.total, self.affected = OpenTime(), 0

    def of_schedule(self, name: str) -> OpenTime | None:
        """The difference to a schedule; a new one was never open."""
        had = (
            self._time(0, name, ()) if name in self._sides[0].schedules else OpenTime()
        )
        return _since(self._time(1, name, ()), had)

    def of_agreement(self, name: str) -> OpenTime | None:
        """The difference between the schedules that an agreement has and had."""
        had, has = (side.agreements[name].schedule for side in self._sides)
        return _since(self._time(1, has, ()), self._time(0, had, ()))

    def of_component(
        self, before: ComponentEntry, after: ComponentEntry
    ) -> OpenTime | None:
        """The difference to a component; one that is disabled has none."""
        if not (before.enabled and after.enabled):
            return OpenTime()
        had = schedule_of(before, self._sides[0])
        has = schedule_of(after, self._sides[1])
        if had is None or has is None:
            return OpenTime() if had is has else None
        overrides = self._ahead(before), self._ahead(after)
        if overrides[0] == overrides[1] and self._is_same(had, has):
            return OpenTime()
        return _since(
            self._time(1, has, overrides[1]), self._time(0, had, overrides[0])
        )

    def add(self, before: ComponentEntry, after: ComponentEntry) -> OpenTime | None:
        """Count the difference to a component in the total, and return it."""
        difference = self.of_component(before, after)
        if difference is None or any(difference):
            self.affected += 1
            self.total = self.total.plus(difference or OpenTime())
        return difference

    def changes_definitions(self) -> bool:
        """Whether any agreement has other windows than before, by its definition."""
        before, after = self._sides
        return any(
            not self._is_same(before.agreements[name].schedule, entry.schedule)
            for name, entry in after.agreements.items()
            if name in before.agreements
        )

    def _is_same(self, had: str, has: str) -> bool:
        return self._sides[0].schedules[had] == self._sides[1].schedules[has]

    def _ahead(self, entry: ComponentEntry) -> tuple[Override, ...]:
        """The overrides that can matter, so that most components have the same."""
        if not entry.overrides:
            return ()
        return tuple(
            one
            for one in entry.overrides
            if one.start < self._until and one.end > self._since
        )

    def _evaluated(
        self, side: int, schedule: str, overrides: tuple[Override, ...]
    ) -> OpenTime | None:
        entry = self._sides[side].schedules[schedule]
        try:
            definition = from_text.schedule(
                entry.timezone,
                entry.always_open,
                entry.holidays,
                entry.rules,
                entry.overrides,
                overrides,
            )
        except InvalidDefinition:
            return None
        return open_time(definition, *self._period)


def _since(time: OpenTime | None, before: OpenTime | None) -> OpenTime | None:
    return None if time is None or before is None else time.since(before)
