"""Times of the day that a zone repeats when its clocks go back."""

from datetime import UTC, datetime, timedelta
from functools import cache

from ...schedule.timezones import zone
from .entries import Range

_FIRST, _DAYS = datetime(2024, 1, 1, tzinfo=UTC), 10 * 366
"""Ten years are looked at: zones change their clocks at the same times each year."""


@cache
def repeated(location: str) -> tuple[Range, ...]:
    """Return ranges of minutes of the day that come twice on some night."""
    info = zone(location)

    def offset(minute: int) -> timedelta:
        moment = _FIRST + timedelta(minutes=minute)
        return moment.astimezone(info).utcoffset() or timedelta()

    found = set()
    day = 24 * 60
    for before in range(0, _DAYS * day, day):
        low, high = before, before + day
        if offset(high) >= offset(low):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (middle, high) if offset(middle) == offset(before) else (low, middle)
            )
        again = (_FIRST + timedelta(minutes=high)).astimezone(info)
        start = again.hour * 60 + again.minute
        length = (offset(low) - offset(high)) // timedelta(minutes=1)
        found.add((start, start + length))
    return tuple(sorted(found))
