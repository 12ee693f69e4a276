"""A state in words, as people say it: open until when, or closed until when. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from .evaluation import State
from .notation import format_length

_THIS_WEEK = timedelta(days=6)


def in_words(state: State, moment: int, zone: tzinfo, reason: str = "") -> str:
    """Return `Open until 17:00 GMT, 2 h 14 min left`, or what it is closed for and
    when it opens: `Closed: Boxing Day; opens Tue 09:00 GMT, in 14 h`.

    The moment is in Unix seconds; clock times are those of the zone.
    """
    closed = f"Closed: {reason};" if reason else "Closed,"
    if state.in_window:
        if state.next_end is None:
            return "Open, with no end in ten years"
        left = format_length(state.next_end - moment)
        return f"Open until {reading(state.next_end, moment, zone)}, {left} left"
    if state.next_start is None:
        return f"{closed} does not open in ten years"
    wait = format_length(state.next_start - moment)
    return f"{closed} opens {reading(state.next_start, moment, zone)}, in {wait}"


def reading(at: int, moment: int, zone: tzinfo) -> str:
    """Write a boundary as briefly as is clear at the moment, both in Unix seconds."""
    there, here = (datetime.fromtimestamp(one, zone) for one in (at, moment))
    clock = there.strftime("%H:%M:%S %Z" if there.second else "%H:%M %Z")
    if there.date() == here.date():
        return clock
    if abs(there.date() - here.date()) <= _THIS_WEEK:
        return f"{there:%a} {clock}"
    return f"{there:%a %Y-%m-%d} {clock}"
