"""The account of a component for a period: its figures and its outages. Pure.

Every scheduled millisecond is exactly one of excused, unknown, up or down, in that
order: what is excused is nothing else, whatever was measured. Time with a share that
was up is up by that share, and down by the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from ..schedule.spans import Span, cut
from .figures import Figures
from .readings import NotUp
from .stretches import NOT_IN_SERVICE, Excuse, Kind, Stretch, stretches

__all__ = ["Account", "Excuse", "Outage", "account"]


class Outage(NamedTuple):
    """An unbroken span in which a component was known not to be fully up.

    One that goes on where service hours or an exclusion end is two outages.
    """

    start: int
    """In milliseconds, inclusive."""
    end: int
    """In milliseconds, exclusive."""
    down: Fraction
    """Milliseconds of downtime, less than the length where a share was up."""
    counted: bool
    reason: str
    """Why it does not count. Empty if it does."""


@dataclass(frozen=True, slots=True)
class Account:
    """What was delivered in a period."""

    figures: Figures
    outages: list[Outage]
    not_in_service: int
    """Milliseconds that were scheduled before the component was in service."""


def account(
    period: tuple[int, int],
    scheduled: Sequence[Span],
    not_up: Iterable[NotUp],
    excuses: Iterable[Excuse] = (),
    in_service_since: int | None = None,
) -> Account:
    """Return the figures and the outages of a component for a period.

    `period`, `not_up`, `excuses` and `in_service_since` are in milliseconds,
    `scheduled` in seconds, as Schedule.spans() has them. `scheduled` and `not_up` are
    ascending and disjoint; what is outside of the period is left out. Scheduled time
    that is not in `not_up` was up. Of overlapping excuses, the reason of the first is
    given. Before `in_service_since` nothing counts as scheduled.
    """
    start, end = period
    since = start if in_service_since is None else in_service_since
    begins = min(max(since, start), end)
    windows = [(opens * 1000, closes * 1000) for opens, closes in scheduled]
    parts = stretches(begins, end, windows, excuses) if begins < end else []
    if start < begins:
        parts.insert(0, Stretch(start, begins, Kind.BEFORE, NOT_IN_SERVICE))
    unknown = 0
    outages: list[Outage] = []
    for part, (opens, closes, share) in _overlaps(parts, not_up):
        if share is not None:
            _note(outages, part, opens, closes, (closes - opens) * (1 - share))
        elif part.kind is Kind.COUNTED:
            unknown += closes - opens
    counted, excused = (_length(parts, kind) for kind in (Kind.COUNTED, Kind.EXCUSED))
    down = sum((one.down for one in outages if one.counted), Fraction())
    before = sum(b - a for a, b in cut(windows, start, begins))
    figures = Figures(
        scheduled=counted + excused,
        excused=excused,
        unknown=unknown,
        up=counted - unknown - down,
        down=down,
    )
    return Account(figures, outages, before)


def _overlaps(
    parts: Sequence[Stretch], not_up: Iterable[NotUp]
) -> Iterator[tuple[Stretch, NotUp]]:
    """Yield every stretch with the part of a span in it. Both are ascending."""
    position = 0
    for start, end, share in not_up:
        while position < len(parts) and parts[position].end <= start:
            position += 1
        ahead = position
        while ahead < len(parts) and parts[ahead].start < end:
            part = parts[ahead]
            yield part, NotUp(max(start, part.start), min(end, part.end), share)
            ahead += 1


def _note(
    outages: list[Outage], part: Stretch, start: int, end: int, down: Fraction
) -> None:
    """Add a span of downtime: to the last outage, where it goes on in the same way."""
    if outages and outages[-1].end == start and outages[-1].reason == part.reason:
        last = outages.pop()
        start, down = last.start, last.down + down
    outages.append(Outage(start, end, down, part.kind is Kind.COUNTED, part.reason))


def _length(parts: Iterable[Stretch], kind: Kind) -> int:
    return sum(part.end - part.start for part in parts if part.kind is kind)
