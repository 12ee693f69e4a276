"""IANA time zones by name, from the newer of the system's files and `tzdata`.

zoneinfo prefers the system's files however old they are. A zone whose rules have
changed since would be an hour off without a warning.
"""

import errno
import re
import zoneinfo
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import tzdata

from ..logs import get_logger
from ..text import suggestion
from .errors import ScheduleError

logger = get_logger(__name__)

_VERSION = re.compile(r"# version (\d{4}[a-z]+)")
_NO_MORE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""Errors of the process, not of the file."""

_NO_ZONES = frozenset({"Factory", "localtime"})
_MONTHS_PER_RELEASE = 2


class UnknownZone(ScheduleError):
    """A name is not that of an IANA time zone, or the zone's files are broken."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release of the time zone database, such as 2026a, and its source."""

    version: str
    source: str

    def __str__(self) -> str:
        return f"{self.version} ({self.source})"

    def is_older_than_a_year(self, today: date) -> bool:
        """Estimate the age from the version, a year and a letter.

        There are up to six releases a year, so a letter counts as two months.
        """
        month = min(12, _MONTHS_PER_RELEASE * (ord(self.version[4]) - ord("a") + 1))
        return (today.year - 1, today.month) > (int(self.version[:4]), month)


def in_use() -> Release:
    """Return the release that zones are read from."""
    return newest(_of_system(), Release(tzdata.IANA_VERSION, "tzdata package"))


def newest(system: Release | None, package: Release) -> Release:
    """Return the newer release, or the system's if they are the same.

    The package's is returned where the system's files have no version.
    """
    if system is not None and system.version >= package.version:
        return system
    return package


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone. Raises UnknownZone.

    Where the system's file of the zone is broken, that of the `tzdata` package is used,
    and the other way round.
    """
    if name not in names():
        if near := suggestion(name, names(), "{}"):
            raise UnknownZone("unknown_zone_near", name=name, near=near)
        raise UnknownZone("unknown_zone", name=name)
    sources = [_from_system, _from_package]
    if in_use() != _of_system() and name in _of_package():
        sources.reverse()
    for source in sources:
        if (found := source(name)) is not None:
            return found
    raise UnknownZone("broken_zone", name=name)


@cache
def editions(name: str) -> tuple[ZoneInfo, ...]:
    """Return the zone as each source defines it, the one in use first."""
    found: list[ZoneInfo | None] = [zone(name)]
    if _of_system() is not None:
        found.append(_from_system(name))
    found.append(_from_package(name))
    return tuple(one for one in found if one is not None)


@cache
def names() -> frozenset[str]:
    """Return the names of all time zones, without placeholders such as Factory."""
    return frozenset(zoneinfo.available_timezones()) - _NO_ZONES


@cache
def _from_system(name: str) -> ZoneInfo | None:
    for folder in zoneinfo.TZPATH:
        file = Path(folder, name)
        if file.is_file():
            # zoneinfo caches zones by name: every caller gets the same object.
            return ZoneInfo(name) if _read(file, name) is not None else None
    return None


@cache
def _from_package(name: str) -> ZoneInfo | None:
    if name not in _of_package():
        return None
    return _read(files("tzdata") / "zoneinfo" / name, name)


class _Content(BytesIO):
    """The content of a file. Raises EOFError at its end.

    zoneinfo would otherwise read a file that is cut off for ever, in search of the end
    of the last line, or take half a rule for a whole one.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        if size and size > len(found):
            raise EOFError("the file is cut off")
        return found


def _read(file: Traversable, name: str) -> ZoneInfo | None:
    """Return the zone of the file, or log that it is broken and return None."""
    try:
        return ZoneInfo.from_file(_Content(file.read_bytes()), name)
    except Exception as error:
        # zoneinfo raises whatever comes of what it does not expect.
        if isinstance(error, MemoryError) or getattr(error, "errno", None) in _NO_MORE:
            raise
        why = str(error) or type(error).__name__
        logger.error("the time zone file %s can't be used: %s", file, why)
        return None


@cache
def _of_system() -> Release | None:
    for folder in zoneinfo.TZPATH:
        source = Path(folder, "tzdata.zi")
        if source.is_file():
            with source.open(encoding="utf-8", errors="replace") as file:
                found = _VERSION.match(file.readline())
            return Release(found[1], f"system files in {folder}") if found else None
    return None


@cache
def _of_package() -> frozenset[str]:
    return frozenset((files("tzdata") / "zones").read_text().split())
