"""Why a schedule is closed at a moment at which its rules would have it open. Pure."""

from __future__ import annotations

from .days import stretch
from .schedule import Schedule

_TOLD = 5


def reason_closed(schedule: Schedule, moment: int) -> str:
    """Return the holiday's name or the override's reason, empty if there is none.

    Of many, the first are told. The moment is in Unix seconds.
    """
    _, exceptions = stretch(schedule, moment, moment + 1)
    given = [one.reason for one in exceptions if one.kind != "open"]
    reasons = list(dict.fromkeys(filter(None, given)))
    more = [f"and {len(reasons) - _TOLD:,} more"] if reasons[_TOLD:] else []
    return "; ".join([*reasons[:_TOLD], *more])
