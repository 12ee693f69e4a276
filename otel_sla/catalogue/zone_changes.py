"""Overrides that keep their local times while a catalogue changes their time zone."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from ..language import gettext as _
from ..language import gettext_noop, ngettext, number
from ..schedule import Override
from ..schedule.spans import local_seconds, to_unix
from ..schedule.timezones import UnknownZone, zone
from .changes import Change
from .entries import Catalogue, ComponentEntry, ScheduleEntry
from .open_hours import schedule_of

_OWNERS = {
    "schedules": gettext_noop("%(count)s of schedules"),
    "components": gettext_noop("%(count)s of components"),
}


class ZoneChanges:
    """Counts the overrides that move to other instants, and says so in one line."""

    def __init__(self, before: Catalogue, after: Catalogue) -> None:
        self._sides = (before, after)
        self._moved: Counter[str] = Counter()
        self._zones: dict[tuple[str, str], None] = {}

    def take(self, change: Change) -> None:
        """Count the overrides of a schedule or component that is updated."""
        before, after = change.before, change.after
        if isinstance(before, ScheduleEntry) and isinstance(after, ScheduleEntry):
            kept = _kept(before, after)
            self._count("schedules", kept, before.timezone, after.timezone)
        elif isinstance(before, ComponentEntry) and isinstance(after, ComponentEntry):
            self.take_component(before, after)

    def take_component(self, before: ComponentEntry, after: ComponentEntry) -> None:
        """Count the overrides of a component, which may be as it was."""
        entries = [
            catalogue.schedules.get(schedule_of(entry, catalogue) or "")
            for entry, catalogue in zip((before, after), self._sides, strict=True)
        ]
        had, has = entries
        if had is not None and has is not None:
            kept = _kept(before, after)
            self._count("components", kept, had.timezone, has.timezone)

    def line(self) -> str:
        """Return the line about them; empty if there are none."""
        count = self._moved.total()
        if not count:
            return ""
        zones = ", ".join(
            _("%(start)s to %(end)s") % {"start": before, "end": after}
            for before, after in self._zones
        )
        owners = ", ".join(
            _(words) % {"count": number(self._moved[of])}
            for of, words in _OWNERS.items()
            if self._moved[of]
        )
        words = ngettext(
            "Time zone, %(zones)s: %(count)s override keeps its local times, and so "
            "moves to other instants (%(owners)s)",
            "Time zone, %(zones)s: %(count)s overrides keep their local times, and so "
            "move to other instants (%(owners)s)",
            count,
        )
        return words % {"zones": zones, "count": number(count), "owners": owners}

    def _count(self, of: str, kept: Counter[Override], before: str, after: str) -> None:
        if before == after or not kept:
            return
        try:
            zones = zone(before), zone(after)
        except UnknownZone:
            return
        moved = sum(times for one, times in kept.items() if _moves(one, zones))
        if moved:
            self._moved[of] += moved
            self._zones[before, after] = None


def _kept(
    before: ScheduleEntry | ComponentEntry, after: ScheduleEntry | ComponentEntry
) -> Counter[Override]:
    """Return the overrides that stay as they are."""
    return Counter(before.overrides) & Counter(after.overrides)


def _moves(override: Override, zones: tuple[ZoneInfo, ZoneInfo]) -> bool:
    """Return whether the override's instants differ between the zones."""
    bounds = (override.start, override.end)
    before, after = ([_instant(at, clock) for at in bounds] for clock in zones)
    return before != after


def _instant(reading: datetime, clock: ZoneInfo) -> int | None:
    try:
        return to_unix(local_seconds(reading), clock)
    except (OverflowError, ValueError):
        return None
