"""IANA time zones by name, from the newer of the system's files and `tzdata`.

zoneinfo prefers the system's files however old they are, and a zone whose rules
have changed since would be an hour off without a word.
"""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import tzdata

_VERSION = re.compile(r"# version (\d{4}[a-z]+)")
_NO_ZONES = frozenset({"Factory", "localtime"})
_MONTHS_PER_RELEASE = 2


class UnknownZone(ValueError):
    """No IANA time zone goes by this name."""

    def __init__(self, name: str) -> None:
        close = get_close_matches(name, names(), n=1, cutoff=0.6)
        meant = f"did you mean {close[0]}?" if close else "such as Europe/London or UTC"
        super().__init__(f"no IANA time zone {name!r}: {meant}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Release:
    """A release of the time zone database, such as 2026a, and where it is from."""

    version: str
    source: str

    def __str__(self) -> str:
        return f"{self.version} ({self.source})"

    def is_older_than_a_year(self, today: date) -> bool:
        """Estimate the age from the version, which has a year and a letter.

        There are up to six releases a year, so a letter stands for two months.
        """
        month = min(12, _MONTHS_PER_RELEASE * (ord(self.version[4]) - ord("a") + 1))
        return (today.year - 1, today.month) > (int(self.version[:4]), month)


def in_use() -> Release:
    """Return the release that zones are read from."""
    return newest(_of_system(), Release(tzdata.IANA_VERSION, "tzdata package"))


def newest(system: Release | None, package: Release) -> Release:
    """Return the newer release, the system's of two alike.

    System files that tell no version are of unknown age: the package is used.
    """
    if system is not None and system.version >= package.version:
        return system
    return package


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone. Raises UnknownZone with the nearest name that exists."""
    if name not in names():
        raise UnknownZone(name)
    if in_use() == _of_system() or name not in _of_package():
        return ZoneInfo(name)
    return _from_package(name)


@cache
def editions(name: str) -> tuple[ZoneInfo, ...]:
    """Return the zone as each source at hand has it, the one in use first."""
    found = [zone(name)]
    if _of_system() is not None:
        found.append(ZoneInfo(name))
    if name in _of_package():
        found.append(_from_package(name))
    return tuple(found)


@cache
def names() -> frozenset[str]:
    """Return the names of all zones that people keep time in."""
    return frozenset(zoneinfo.available_timezones()) - _NO_ZONES


def _from_package(name: str) -> ZoneInfo:
    with (files("tzdata") / "zoneinfo" / name).open("rb") as file:
        return ZoneInfo.from_file(file, name)


@cache
def _of_system() -> Release | None:
    for folder in zoneinfo.TZPATH:
        source = Path(folder, "tzdata.zi")
        if source.is_file():
            with source.open(encoding="utf-8") as file:
                found = _VERSION.match(file.readline())
            return Release(found[1], f"system files in {folder}") if found else None
    return None


@cache
def _of_package() -> frozenset[str]:
    return frozenset((files("tzdata") / "zones").read_text().split())
