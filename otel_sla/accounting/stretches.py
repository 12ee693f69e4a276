"""A period, split into stretches that count and those that don't, with why. Pure.

Moments are whole milliseconds since the Unix epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, auto
from itertools import pairwise
from typing import NamedTuple

from ..language import gettext_noop as _
from ..schedule.spans import Span

OUTSIDE_HOURS = _("outside service hours")
EXCLUDED = _("excluded: %(reason)s")
NOT_IN_SERVICE = _("not yet in service")
REASONS = (OUTSIDE_HOURS, EXCLUDED, NOT_IN_SERVICE)
"""Why time does not count."""


class Excuse(NamedTuple):
    """A span that does not count, in milliseconds, and why."""

    start: int
    end: int
    reason: str


class Kind(Enum):
    """What time in a stretch counts as."""

    COUNTED = auto()
    EXCUSED = auto()
    OUTSIDE = auto()
    BEFORE = auto()


class Stretch(NamedTuple):
    """A span of the period, and what time in it counts as."""

    start: int
    end: int
    kind: Kind
    reason: str = ""
    """Why it does not count."""


def stretches(
    start: int, end: int, scheduled: Sequence[Span], excuses: Iterable[Excuse]
) -> list[Stretch]:
    """Return all of [start, end) as stretches, ascending and without gaps.

    `scheduled` are the open spans, ascending and disjoint. Outside of them nothing is
    excused, because nothing is scheduled.
    """
    # Of those that overlap, the one that begins first has the time until it ends.
    excused = sorted(excuses, key=lambda one: one.start)
    spans = [*scheduled, *((one.start, one.end) for one in excused)]
    edges = {edge for span in spans for edge in span if start < edge < end}
    ordered = sorted({start, end} | edges)
    found: list[Stretch] = []
    window = excuse = 0
    for opens, closes in pairwise(ordered):
        while window < len(scheduled) and scheduled[window][1] <= opens:
            window += 1
        while excuse < len(excused) and excused[excuse].end <= opens:
            excuse += 1
        if window == len(scheduled) or opens < scheduled[window][0]:
            kind, reason = Kind.OUTSIDE, OUTSIDE_HOURS
        elif excuse < len(excused) and excused[excuse].start <= opens:
            kind, reason = Kind.EXCUSED, EXCLUDED % {"reason": excused[excuse].reason}
        else:
            kind, reason = Kind.COUNTED, ""
        found.append(Stretch(opens, closes, kind, reason))
    return found
