"""IANA time zones by name."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


class UnknownZone(ValueError):
    """No IANA time zone goes by this name."""

    def __init__(self, name: str) -> None:
        close = get_close_matches(name, _names(), n=1, cutoff=0.6)
        meant = f"did you mean {close[0]}?" if close else "such as Europe/London or UTC"
        super().__init__(f"no IANA time zone {name!r}: {meant}")
        self.name = name


def zone(name: str) -> ZoneInfo:
    """Return the zone. Raises UnknownZone with the nearest name that exists."""
    if name not in _names():
        raise UnknownZone(name)
    return ZoneInfo(name)


@cache
def _names() -> frozenset[str]:
    """The names, less those of files that are no zones people keep time in."""
    return frozenset(available_timezones() - {"Factory", "localtime"})
