"""Why a schedule is closed at a moment at which its rules would have it open. Pure."""

from __future__ import annotations

from .days import stretch
from .schedule import Schedule


def reason_closed(schedule: Schedule, moment: int) -> str:
    """Return the holiday's name or the override's reason, empty if there is none.

    The moment is in Unix seconds.
    """
    _, exceptions = stretch(schedule, moment, moment + 1)
    reasons = [one.reason for one in exceptions if one.kind != "open"]
    return "; ".join(dict.fromkeys(filter(None, reasons)))
