"""Readings of clocks, as the properties of events give them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from .file_timezones import FileZones

_SHOWN = 80


class Untakable(ValueError):
    """An event that can't become overrides. Says why, as the rest of a sentence."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of a zone's clock; without a zone, of whatever clock one looks at."""

    local: datetime
    zone: tzinfo | None = None

    def key(self, all_day: bool) -> str:
        """Write it as RECURRENCE-ID does: in UTC, without a zone, or as a date."""
        if all_day:
            return f"{self.local:%Y%m%d}"
        if self.zone is None:
            return f"{self.local:%Y%m%dT%H%M%S}"
        return f"{self.local.replace(tzinfo=self.zone).astimezone(UTC):%Y%m%dT%H%M%S}Z"

    def later(self, nominal: timedelta, exact: timedelta) -> Reading:
        """So much later on the clock, and then so much more time that passes."""
        local = self.local + nominal
        if self.zone is None or not exact:
            return Reading(local + exact, self.zone)
        return Reading(
            (local.replace(tzinfo=self.zone).astimezone(UTC) + exact).replace(
                tzinfo=None
            ),
            UTC,
        )


def value_of(value: Any, name: str) -> Any:
    try:
        found = value.dt
    except (AttributeError, ValueError) as error:
        # AttributeError: what says that it is something else is kept as a text.
        written = str(value)[:_SHOWN]
        raise Untakable(f"has a {name} that can't be read: {written!r}") from error
    if not isinstance(found, date | timedelta | tuple):
        raise Untakable(f"has a {name} that is neither a date nor a time")
    return found


def read(value: Any, found: Any, zones: FileZones) -> Reading:
    if not isinstance(found, datetime):
        if not isinstance(found, date):
            raise Untakable("has a duration where a date or a time is wanted")
        return Reading(datetime.combine(found, time()))
    name = value.params.get("TZID")
    local = found.replace(tzinfo=None)
    if name:
        return Reading(local, zones.of(str(name)))
    return Reading(local, UTC if found.tzinfo else None)


def between(start: Reading, end: Reading) -> timedelta:
    if (start.zone is None) != (end.zone is None):
        raise Untakable(
            "has a zone for one of its start and its end, not for the other"
        )
    return instant(end) - instant(start) if end.zone else end.local - start.local


def instant(reading: Reading) -> datetime:
    return reading.local.replace(tzinfo=reading.zone).astimezone(UTC)


def like(reading: Reading, start: Reading) -> Reading:
    """The reading on the clock of the start; one without a zone is of that clock."""
    if start.zone is None:
        return reading
    if reading.zone is None or reading.zone is start.zone:
        return Reading(reading.local, start.zone)
    local = instant(reading).astimezone(start.zone).replace(tzinfo=None)
    return Reading(local, start.zone)
