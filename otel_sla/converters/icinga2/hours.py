"""The times of a range: "09:00-12:00,13:00-17:00"."""

import re
from collections.abc import Iterable

Hours = tuple[tuple[int, int], ...]
_DAY = 24 * 60
_TIME = re.compile(r"\s*([0-9]{1,2}):([0-9]{1,2})\s*-\s*([0-9]{1,2}):([0-9]{1,2})\s*")


def read_hours(text: str) -> Hours | None:
    """Return starts and ends in minutes from midnight, ascending and apart.

    An end that is not after its start is on the next day: 22:00-06:00 is (1320, 1800).
    None is for any other text.
    """
    hours: list[tuple[int, int]] = []
    for part in text.split(","):
        found = _TIME.fullmatch(part)
        if not found:
            return None
        first, first_minute, last, last_minute = map(int, found.groups())
        start, end = first * 60 + first_minute, last * 60 + last_minute
        if max(first_minute, last_minute) > 59 or start >= _DAY or end > _DAY:
            return None
        hours.append((start, end if end > start else end + _DAY))
    return merged(hours)


def merged(hours: Iterable[tuple[int, int]]) -> Hours:
    """Return the hours ascending and apart: those that overlap or touch are one."""
    together: list[tuple[int, int]] = []
    for start, end in sorted(hours):
        if together and start <= together[-1][1]:
            together[-1] = together[-1][0], max(end, together[-1][1])
        else:
            together.append((start, end))
    return tuple(together)


def times(start: int, end: int) -> dict[str, object]:
    """Return the times of a rule whose window is from `start` to `end`."""
    if end <= _DAY:
        return {"start": _clock(start), "end": _clock(end)}
    rule: dict[str, object] = {"start": _clock(start), "end": _clock(end - _DAY)}
    if end - start >= _DAY:
        rule["end_day"] = 1
    return rule


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
