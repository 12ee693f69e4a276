"""The periods of an agreement over which a report judges its target. Pure."""

from __future__ import annotations

from typing import NamedTuple

from ..schedule import Schedule
from ..schedule.agreement_period import ROLLING, bounds


class OwnPeriod(NamedTuple):
    """A period of an agreement, [start, end) in Unix seconds."""

    start: int
    end: int
    ended: bool
    """Whether it has ended at the moment of the report."""


def own_periods(
    kind: str, start: int, end: int, schedule: Schedule, moment: int
) -> list[OwnPeriod]:
    """Return the agreement's own periods that a report of [start, end) judges.

    Months and weeks are those that end within the report, `end` included, and the
    one that is running at the moment if the report includes the moment. A report that
    is shorter than they are judges none of them. A rolling period is the one that ends
    with the report, or at the moment if that is earlier. All moments are Unix seconds.
    """
    if kind in ROLLING:
        ends = min(end, moment)
        return [OwnPeriod(*bounds(kind, ends, schedule), ends == end)]
    found = []
    includes_moment = start <= moment < end
    begins, ends = bounds(kind, start, schedule)
    while begins < min(end, moment):
        is_judged = start < ends <= end or (includes_moment and ends > moment)
        if is_judged and ends - begins <= end - start:
            found.append(OwnPeriod(begins, ends, ends <= moment))
        begins, ends = bounds(kind, ends, schedule)
    return found
