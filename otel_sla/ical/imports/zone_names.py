"""What programs call a time zone: IANA and Windows names, vendors' and offsets."""

import re
from datetime import timedelta, timezone, tzinfo
from functools import cache

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from ...schedule import timezones
from .windows_names import zone_shown_as

_OFFSET = re.compile(r"\(?(?:UTC|GMT)? ?([+-])(\d{1,2})(?::?(\d\d))?\)?", re.IGNORECASE)
_UTC = frozenset({"utc", "etc/utc"})
_MISUSED = re.compile(r"EST|MST|HST|GMT|Greenwich|Etc/.*", re.IGNORECASE)


def zone_named(name: str) -> tzinfo | None:
    """Return the zone that a plain name means by itself; None if it is not known.

    Case, and spaces for underscores, make no difference. Vendors put a path of their
    own before an IANA name: /freeassociation.sourceforge.net/Europe/Berlin.
    """
    parts = name.split("/")
    found = _known(zone_shown_as(name) or name)
    for first in range(1, len(parts)):
        rest = "/".join(parts[first:])
        if found is None and ("/" in rest or rest.lower() in _UTC):
            found = _known(rest)
    return found or _offset(name)


def is_misused(name: str) -> bool:
    """Return whether a name means a fixed offset, but is also used for other zones.

    Some programs have EST with daylight saving time, and GMT for London's.
    """
    fixed = _OFFSET.fullmatch(name) or _MISUSED.fullmatch(name)
    return bool(fixed) and name.lower() not in _UTC


def _known(name: str) -> tzinfo | None:
    found = _names().get(_folded(name))
    return timezones.zone(found) if found else None


@cache
def _names() -> dict[str, str]:
    """Return all IANA names by themselves, and by the names that Windows has."""
    iana = {_folded(name): name for name in timezones.names()}
    windows = {
        _folded(name): known
        for name, known in WINDOWS_TO_OLSON.items()
        if known in timezones.names()
    }
    return windows | iana


def _folded(name: str) -> str:
    return name.replace(" ", "_").lower()


def _offset(name: str) -> tzinfo | None:
    """Return the fixed zone of a name such as UTC+01:00, ahead of UTC, or -0500."""
    found = _OFFSET.fullmatch(name)
    if found is None:
        return None
    hours, minutes = int(found[2]), int(found[3] or 0)
    offset = timedelta(hours=hours, minutes=minutes)
    if offset >= timedelta(days=1):
        return None
    return timezone(offset if found[1] == "+" else -offset)
