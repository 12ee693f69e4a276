"""Occurrences on the wall clock of a schedule, exactly or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...schedule.spans import local_seconds, to_unix
from .local_time import Reading, Untakable
from .occurrences import Occurrence


class Interval(NamedTuple):
    """From and to, on the wall clock of a schedule's zone."""

    start: datetime
    end: datetime


def interval(occurrence: Occurrence, zone: ZoneInfo) -> Interval:
    """Return the interval that means the occurrence's very instants.

    What has no zone, and whole days, are of the schedule's clock already. Raises
    Untakable for the second pass of an hour that the zone repeats.
    """
    found = Interval(
        *(
            _on_clock(reading, zone, verb)
            for reading, verb in (
                (occurrence.start, "starts"),
                (occurrence.end, "ends"),
            )
        )
    )
    if found.end <= found.start:
        raise Untakable(f"takes no time on the clock of {zone.key}")
    return found


def _on_clock(reading: Reading, zone: ZoneInfo, verb: str) -> datetime:
    if reading.zone is None:
        return reading.local
    instant = int(reading.local.replace(tzinfo=reading.zone).timestamp())
    local = datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0)
    if to_unix(local_seconds(local), zone) != instant:
        raise Untakable(
            f"{verb} in the second pass of the hour that {zone.key} repeats on "
            f"{local.date()}, which an override can't say: {local:%H:%M} is the first"
        )
    return local
