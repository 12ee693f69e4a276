"""The totals of all workers of a group, in files: of the living and of the ended.

One directory for a group, private to its user. A worker's file is replaced as a whole.
Those of workers that have ended are added to one file, under a lock, and removed.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .totals import Totals, add_up

_ENDED = "ended.json"
_LOCK = "lock"
_SUFFIX = ".json"
_LONGEST_SOCKET_PATH = 107
_LONGEST_NAME = "4194304-9999999999"


class UnusableDirectory(OSError):
    """The directory can't be used; the message says why and what would be right."""


def process_id(pid: int) -> str | None:
    """Name a living process so that no other is ever named alike; None if it is dead.

    By its number and the tick of its start, where the system tells that in /proc.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            return f"{pid}-0"
        return None
    except ProcessLookupError:
        return None
    state, started = fields[0], fields[19]
    return None if state in "ZX" else f"{pid}-{started}"


def is_alive(name: str) -> bool:
    """Whether the process that is named so is still there."""
    pid = name.partition("-")[0]
    return pid.isdigit() and process_id(int(pid)) == name


def check_base(base: Path) -> None:
    """Refuse a directory in which no group can have its own.

    Raises UnusableDirectory, or OSError. Makes it, if need be.
    """
    longest = len(os.fsencode(base)) + len(f"/{_LONGEST_NAME}/{_LONGEST_NAME}.socket")
    if longest > _LONGEST_SOCKET_PATH:
        raise UnusableDirectory(
            f"{base} is too long a path for sockets: {longest} bytes of "
            f"{_LONGEST_SOCKET_PATH}; name a shorter one"
        )
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_private(base)
    if not os.access(base, os.W_OK | os.X_OK):
        raise UnusableDirectory(f"{base} can't be written to")


class Ledger:
    """The files of one group of workers."""

    def __init__(self, base: Path, group: str) -> None:
        self._base = base
        self.directory = base / group

    def open(self) -> None:
        """Create the directory. Raises UnusableDirectory, or OSError.

        Groups whose name is that of a process that is gone are removed with all
        their files: the whole site has ended.
        """
        check_base(self._base)
        self.directory.mkdir(mode=0o700, exist_ok=True)
        _check_private(self.directory)
        for other in self._base.iterdir():
            if other != self.directory and not is_alive(other.name):
                _remove(other)

    def socket_of(self, worker: str) -> Path:
        """Where the worker answers."""
        return self.directory / f"{worker}.socket"

    def save(self, worker: str, totals: bytes) -> None:
        """Replace the worker's file. Raises OSError."""
        self._write(f"{worker}{_SUFFIX}", totals)

    def has(self, worker: str) -> bool:
        """Whether the worker's file is there; a tidy system may have removed it."""
        return (self.directory / f"{worker}{_SUFFIX}").exists()

    def read(self, worker: str) -> Totals:
        """Return what the worker has saved last; nothing if it has saved nothing."""
        found = _read(self.directory / f"{worker}{_SUFFIX}")
        return {} if found is None else found

    def workers(self) -> list[str]:
        """Return the living workers that have saved something, or answer."""
        return sorted(name for name in self._names() if is_alive(name))

    def ended(self) -> tuple[Totals, set[str]]:
        """Return the sum of all workers that have ended, and who is in it now.

        Their files are compacted on the way. Raises OSError where they can't be read.
        """
        with self._locked():
            kept = _read(self.directory / _ENDED) or {"totals": {}, "workers": []}
            dead = {name for name in self._names() if not is_alive(name)}
            added = dead - set(kept["workers"])
            if not dead:
                return kept["totals"], set(kept["workers"])
            totals = add_up({}, [kept["totals"], *map(self.read, sorted(added))])
            # Named, so that they don't count twice while their files are there.
            content = {"totals": totals, "workers": sorted(dead)}
            with suppress(OSError):
                # On a full disk they stay as they are, and are added up every time.
                self._write(_ENDED, json.dumps(content).encode())
                for name in dead:
                    self._remove_files(name)
            return totals, dead

    def _remove_files(self, worker: str) -> None:
        for pattern in (f"{worker}.*", f".{worker}.*"):
            for file in self.directory.glob(pattern):
                file.unlink(missing_ok=True)

    def _names(self) -> set[str]:
        return {
            file.name.partition(".")[0]
            for file in self.directory.iterdir()
            if file.name[0].isdigit() and file.suffix in (_SUFFIX, ".socket")
        }

    def _write(self, name: str, content: bytes) -> None:
        target = self.directory / name
        unfinished = target.with_name(f".{name}.{os.getpid()}")
        unfinished.write_bytes(content)
        unfinished.replace(target)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.directory / _LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _check_private(directory: Path) -> None:
    found = directory.lstat()
    if (
        not stat.S_ISDIR(found.st_mode)
        or found.st_uid != os.getuid()
        or stat.S_IMODE(found.st_mode) & 0o077
    ):
        raise UnusableDirectory(
            f"{directory} must be a directory of this user's alone, with mode 0700"
        )


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        # Cut off by a disk that was full: there is nothing to be had of it.
        return None


def _remove(directory: Path) -> None:
    with suppress(OSError):
        for file in directory.iterdir():
            file.unlink()
        directory.rmdir()
