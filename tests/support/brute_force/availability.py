"""What a component delivered, counted one small unit of time after the other.

Written without the package that it checks: no spans, no sweeps. Moments are whole
units, of whatever length.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isnan
from typing import NamedTuple

Series = Sequence[tuple[int, str]]


class Excused(NamedTuple):
    start: int
    end: int
    reason: str


class World(NamedTuple):
    """All that is known of a component. Spans are half-open."""

    until: int
    """The period begins at 0."""
    series: Sequence[Series]
    interval: int
    windows: Sequence[tuple[int, int]]
    excuses: Sequence[Excused]
    in_service_since: int | None


class Run(NamedTuple):
    """Units one after the other in which the same is true of the component."""

    start: int
    end: int
    down: Fraction
    reason: str


class Counted(NamedTuple):
    scheduled: int
    excused: int
    unknown: int
    up: Fraction
    down: Fraction
    not_in_service: int
    outages: list[Run]


def share_at(world: World, unit: int) -> Fraction | None:
    """The part that was up then, by the last sample of each series; None: unknown."""
    shares = []
    for series in world.series:
        before = [moment for moment, _ in series if moment <= unit]
        if before and unit < max(before) + world.interval:
            values = [float(value) for moment, value in series if moment == max(before)]
            shares += [Fraction(str(one)) for one in values if not isnan(one)]
    return max(shares, default=None)


def is_scheduled(world: World, unit: int) -> bool:
    return any(opens <= unit < closes for opens, closes in world.windows)


def excuse_at(world: World, unit: int) -> Excused | None:
    """The excuse that covers the unit, of several the one that began first."""
    covering = [one for one in world.excuses if one.start <= unit < one.end]
    return min(covering, key=lambda one: one.start, default=None)


def reason_at(world: World, unit: int) -> str:
    """Why the unit does not count; empty if it does."""
    if world.in_service_since is not None and unit < world.in_service_since:
        return "not yet in service"
    if not is_scheduled(world, unit):
        return "outside service hours"
    excuse = excuse_at(world, unit)
    return f"excluded: {excuse.reason}" if excuse else ""


def counted(world: World) -> Counted:
    """Count the units of the period by what they are, and list the outages."""
    scheduled = excused = unknown = not_in_service = 0
    up = down = Fraction()
    outages: list[Run] = []
    for unit in range(world.until):
        share, reason = share_at(world, unit), reason_at(world, unit)
        if reason == "not yet in service":
            not_in_service += is_scheduled(world, unit)
        elif reason != "outside service hours":
            scheduled += 1
            if reason:
                excused += 1
            elif share is None:
                unknown += 1
            else:
                up, down = up + share, down + 1 - share
        if share is not None and share < 1:
            last = outages[-1] if outages else None
            if last and last.end == unit and last.reason == reason:
                outages[-1] = last._replace(end=unit + 1, down=last.down + 1 - share)
            else:
                outages.append(Run(unit, unit + 1, 1 - share, reason))
    return Counted(scheduled, excused, unknown, up, down, not_in_service, outages)
