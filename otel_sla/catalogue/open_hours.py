"""How a catalogue changes the open hours of the next 90 days."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from ..schedule import InvalidDefinition, Override
from ..schedule.open_time_change import OUTLOOK, OpenTime, open_time
from .entries import Catalogue, ComponentEntry
from .links import Dependents, Whole, differing, linked

_KEPT = 10_000
# More than any zone's offset from UTC.
_ANY_ZONE = timedelta(days=2)


def schedule_of(entry: ComponentEntry, catalogue: Catalogue) -> str | None:
    """Return the name of a component's schedule.

    None if its agreement was made or renamed after the agreements were read.
    """
    agreement = catalogue.agreements.get(entry.agreement)
    return agreement.schedule if agreement else None


class Outlook:
    """Compares open hours before and after a catalogue, from a moment in Unix seconds.

    A schedule is evaluated once, however many components have it. A difference is None
    where a stored schedule is invalid and can't be evaluated.
    """

    def __init__(self, moment: int, before: Catalogue, after: Catalogue) -> None:
        self._sides = (before, after)
        self._period = (moment, moment + OUTLOOK)
        since, until = (
            datetime.fromtimestamp(bound, UTC).replace(tzinfo=None)
            for bound in self._period
        )
        self._since, self._until = since - _ANY_ZONE, until + _ANY_ZONE
        self._differing, self._dependents = differing(before, after), Dependents(after)
        self._time = lru_cache(maxsize=_KEPT)(self._evaluated)
        self.total, self.affected = OpenTime(), 0

    def of_schedule(self, name: str) -> OpenTime | None:
        """Return the difference for a schedule; a new one was never open."""
        had = (
            self._time(0, name, ()) if name in self._sides[0].schedules else OpenTime()
        )
        return _since(self._time(1, name, ()), had)

    def dependents(self, kind: Whole, name: str) -> list[str]:
        """Return the schedules, there before too, that use it, directly or not."""
        return sorted(
            dependent
            for whole, dependent in self._dependents.reached([(kind, name)])
            if whole == "schedule" and dependent in self._sides[0].schedules
        )

    def of_schedules(self, names: Iterable[str]) -> OpenTime | None:
        """Return the sum of the differences for schedules."""
        total = OpenTime()
        for name in names:
            difference = self.of_schedule(name)
            if difference is None:
                return None
            total = total.plus(difference)
        return total

    def of_agreement(self, name: str) -> OpenTime | None:
        """Return the difference between the schedules an agreement has and had."""
        had, has = (side.agreements[name].schedule for side in self._sides)
        return _since(self._time(1, has, ()), self._time(0, had, ()))

    def of_component(
        self, before: ComponentEntry, after: ComponentEntry
    ) -> OpenTime | None:
        """Return the difference for a component; a disabled one has none."""
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
        """Return the difference for a component, and add it to the total."""
        difference = self.of_component(before, after)
        if difference is None or any(difference):
            self.affected += 1
            self.total = self.total.plus(difference or OpenTime())
        return difference

    def changes_definitions(self) -> bool:
        """Return whether the schedule of any agreement differs from before."""
        before, after = self._sides
        return any(
            not self._is_same(before.agreements[name].schedule, entry.schedule)
            for name, entry in after.agreements.items()
            if name in before.agreements
        )

    def _is_same(self, had: str, has: str) -> bool:
        entry = self._sides[1].schedules[has]
        return self._sides[0].schedules[had] == entry and self._differing.isdisjoint(
            linked("schedule", entry)
        )

    def _ahead(self, entry: ComponentEntry) -> tuple[Override, ...]:
        """Return the overrides that can matter: most components then share results."""
        return tuple(
            one
            for one in entry.overrides
            if one.start < self._until and one.end > self._since
        )

    def _evaluated(
        self, side: int, schedule: str, overrides: tuple[Override, ...]
    ) -> OpenTime | None:
        layers = (overrides,) if overrides else ()
        try:
            definition = self._sides[side].definitions.schedule(schedule, *layers)
        except InvalidDefinition:
            return None
        return open_time(definition, *self._period)


def _since(time: OpenTime | None, before: OpenTime | None) -> OpenTime | None:
    return None if time is None or before is None else time.since(before)
