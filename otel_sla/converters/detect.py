"""Find out which tool a file is of, and convert it."""

import re
from collections.abc import Callable, Mapping
from importlib import import_module

from .draft import Converted
from .errors import NotConvertible

FORMATS: Mapping[str, re.Pattern[str]] = {
    "nagios": re.compile(r"^\s*define\s+timeperiod\b", re.MULTILINE | re.IGNORECASE),
    "icinga2": re.compile(
        r"^\s*(?:object|template)\s+[Tt]ime[Pp]eriod\b", re.MULTILINE
    ),
    "alertmanager": re.compile(
        r"(?:^|[\s\-{,\"'])"
        r"(?:(?:mute_)?time_intervals|muteTimes|muteTimeIntervals|timeIntervals"
        r"|days_of_month|daysOfMonth|weekdays)[\"']?\s*:",
        re.MULTILINE,
    ),
}
"""What only a file of the format has, by its name, in the order of the search."""


def convert(text: str, name: str | None = None) -> Converted:
    """Convert a file of that format, or of the one that it seems to be of.

    Raises NotConvertible.
    """
    return _converter(name or detected(text))(text)


def detected(text: str) -> str:
    """Return the name of the file's format. Raises NotConvertible."""
    for name, mark in FORMATS.items():
        if mark.search(text):
            return name
    raise NotConvertible("unknown_format", known=", ".join(FORMATS))


def _converter(name: str) -> Callable[[str], Converted]:
    # Those of other formats are not loaded.
    found: Callable[[str], Converted] = import_module(f"{__package__}.{name}").convert
    return found
