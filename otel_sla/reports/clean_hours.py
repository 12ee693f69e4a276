"""Clean hours of a component, in which all samples are there and up; and the stretches
whose samples have to be read. Pure.

Hours are numbered from 0, the one before the span begins. A sample stands for the
interval that begins with it, so that the last one of an hour reaches into the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby
from typing import NamedTuple

from ..prometheus.setting import HOUR

ABSENT, DIRTY, CLEAN = 0, 1, 2
"""Without a sample; with samples, to be looked at one by one; nothing to look at."""

Hours = bytearray
"""One of these for each hour of a series."""


class Stretch(NamedTuple):
    """A part of the span, from start to before end in Unix seconds."""

    start: int
    end: int
    has_samples: bool
    """False: nothing is known. True: it has to be looked at sample by sample."""


def hours_of(series: Collection[Hours], count: int) -> Hours:
    """Return the hours of a component by those of its series.

    One clean series makes an hour clean, as the highest value counts. Where a clean
    series ends and another one begins, both are looked at: which of them reaches how
    far beyond the full hour is not known.
    """
    if len(series) == 1:
        return Hours(next(iter(series)))
    hours = Hours(
        max((one[at] for one in series), default=ABSENT) for at in range(count)
    )
    for at in range(count - 1):
        is_clean = hours[at] == hours[at + 1] == CLEAN
        if is_clean and not any(one[at] == one[at + 1] == CLEAN for one in series):
            hours[at] = DIRTY
    return hours


def stretches(hours: Hours, since: int, until: int, interval: int) -> Iterator[Stretch]:
    """Yield what of [since, until) is not known to be up, in ascending order.

    The last of the hours may be cut by `until`. All in Unix seconds.
    """
    for at in [at for at, kind in enumerate(hours) if kind == ABSENT]:
        # The last sample before a gap reaches into it, and the first one after it may
        # come some seconds late.
        if CLEAN in hours[max(at - 1, 0) : at + 2]:
            hours[at] = DIRTY
    position = since
    for kind, group in groupby(range(len(hours)), hours.__getitem__):
        run = list(group)
        start, end = (since + (at - 1) * HOUR for at in (run[0], run[-1] + 1))
        if kind == DIRTY:
            # What reaches into the next hour belongs to the samples of this one.
            end += interval
        start, end = max(start, position), min(end, until)
        if kind != CLEAN and start < end:
            yield Stretch(start, end, kind == DIRTY)
            position = end
