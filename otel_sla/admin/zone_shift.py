"""Effects on a component's own overrides of a schedule in another time zone.

They are local times of the schedule's zone: in another zone the same local times are
other instants, and the same instants are other local times.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ..language import Sentence
from ..models import Override
from ..schedule.spans import local_seconds, to_unix

INSTANTS, LOCAL = "instants", "local"
CHOICES = (
    (INSTANTS, _("Keep the instants, and rewrite the local times for the new zone")),
    (LOCAL, _("Keep the local times, which are other instants in the new zone")),
)
_KEPT_ONE = (
    gettext_noop("1 own override kept the local times from %(before)s to %(after)s."),
    gettext_noop(
        "1 own override kept the instants, rewritten from %(before)s to %(after)s."
    ),
)
_KEPT_SEVERAL = (
    gettext_noop(
        "%(count)s own overrides kept the local times from %(before)s to %(after)s."
    ),
    gettext_noop(
        "%(count)s own overrides kept the instants, rewritten from %(before)s to "
        "%(after)s."
    ),
)
"""What own overrides kept: local times, or instants."""
SHOWN = 30
Reading = tuple[datetime, datetime]


class Shift(NamedTuple):
    """An override, its instants in UTC, and both ways to take it to another zone."""

    component: str
    override: str
    instants: Reading
    rewritten: Reading
    """Local times in the new zone, at the same instants."""
    moved: Reading
    """The instants, in UTC, of the same local times in the new zone."""
    is_exact: bool
    """False if no local time of the new zone names the instants: an hour repeats."""


@dataclass(slots=True)
class Shifts:
    """Overrides that a move takes to another zone: the first, and how many there are.

    Those that have ended by `moment`, in Unix seconds, are counted and not shown.
    """

    moment: int
    shown: list[Shift] = field(default_factory=list)
    count: int = 0
    zones: set[tuple[str, str]] = field(default_factory=set)

    def add(self, overrides: Iterable[Override], zones: Zones, component: str) -> None:
        """Take the overrides of a component that goes from one zone to another."""
        now = datetime.fromtimestamp(self.moment, UTC).replace(tzinfo=None)
        for override in overrides:
            self.count += 1
            self.zones.add((zones.before.key, zones.after.key))
            is_over = override.end < now - timedelta(days=1)
            if not is_over and len(self.shown) < SHOWN:
                self.shown.append(shift_of(override, zones, component))

    @property
    def hidden(self) -> int:
        """How many are not shown."""
        return self.count - len(self.shown)

    def __bool__(self) -> bool:
        return bool(self.count)


class Zones(NamedTuple):
    """The zone that overrides are in, and the one they go to."""

    before: ZoneInfo
    after: ZoneInfo

    def rewritten(self, override: Any) -> Reading:
        """Return the local times of the new zone at the override's instants.

        Those of years that can't be converted stay as they are.
        """
        start, end = (self._rewritten(at) for at in (override.start, override.end))
        if end <= start:
            # Both are in an hour that repeats in the new zone.
            end = start + (override.end - override.start)
        return start, end

    def _rewritten(self, reading: datetime) -> datetime:
        try:
            instant = to_unix(local_seconds(reading), self.before)
            there = datetime.fromtimestamp(instant, self.after)
        except (OverflowError, ValueError):
            return reading
        return there.replace(tzinfo=None, fold=0)


def zones_of(before: str, after: str) -> Zones | None:
    """Return the two zones; None if they are the same, or one is not a zone."""
    from ..schedule.timezones import UnknownZone, zone

    if before == after:
        return None
    try:
        return Zones(zone(before), zone(after))
    except UnknownZone:
        return None


def told_of(count: int, zones: Zones, *, keep: bool) -> Sentence:
    """Return the sentence of the history."""
    params = {"before": zones.before.key, "after": zones.after.key}
    if count == 1:
        return Sentence(_KEPT_ONE[keep], params)
    return Sentence(_KEPT_SEVERAL[keep], {"count": f"{count:,}", **params})


def rewrite(overrides: Iterable[Override], zones: Zones) -> list[Override]:
    """Set the local times of the overrides such that they keep their instants."""
    rows = list(overrides)
    for row in rows:
        row.start, row.end = zones.rewritten(row)
    return rows


def shift_of(override: Override, zones: Zones, component: str) -> Shift:
    """Return what going to another zone does to an override of the component."""
    reading = override.start, override.end
    instants, rewritten = _utc(reading, zones.before), zones.rewritten(override)
    return Shift(
        component,
        str(override),
        instants,
        rewritten,
        _utc(reading, zones.after),
        _utc(rewritten, zones.after) == instants,
    )


def _utc(reading: Reading, clock: ZoneInfo) -> Reading:
    start, end = (_instant(at, clock) for at in reading)
    return start, end


def _instant(reading: datetime, clock: ZoneInfo) -> datetime:
    try:
        return datetime.fromtimestamp(to_unix(local_seconds(reading), clock), UTC)
    except (OverflowError, ValueError):
        return reading.replace(tzinfo=UTC)
