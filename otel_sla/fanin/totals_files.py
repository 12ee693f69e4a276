"""Files with the totals of a group of workers: the living, and those that have ended.

A group has a directory, private to its user. A worker's file is replaced as a whole.
The files of workers that have ended are added to one file, under a lock, and removed.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .aggregation import Totals, add_up
from .memory import KEPT_NAMES, Ended, Incomplete, Memory, parsed
from .sockets import identity

_ENDED = "ended.json"
_LOCK = "lock"
_LOCK_POLL = 0.005
_SUFFIX = ".json"
SITE_DIGITS = 4
"""Hexadecimal digits that tell sites apart in the name of a group."""

_LONGEST_GROUP = f"group-4294967295--{'f' * SITE_DIGITS}"
_LONGEST_SOCKET_PATH = 107
_LONGEST_NAME = "4194304-9999999999"


class UnusableDirectory(OSError):
    """The directory can't be used; the message says why and what would be right."""


def process_id(pid: int) -> str | None:
    """Return a name that no other process ever has; None if the process is dead.

    It is made of its number, and of the tick of its start where /proc has that.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            return f"{pid}-0"
        return None
    except ProcessLookupError:
        return None
    # Bytes: what comes before, the name of its program, may be in no encoding.
    state, started = fields[0].decode(), fields[19].decode()
    return None if state in "ZX" else f"{pid}-{started}"


def is_alive(name: str) -> bool:
    """Return whether the process of that name, as of process_id(), still runs."""
    pid = name.partition("-")[0]
    return pid.isdigit() and process_id(int(pid)) == name


def check_base(base: Path) -> None:
    """Refuse a directory in which no group can have its own.

    It need not be there yet, where it can be made. Raises UnusableDirectory, OSError.
    """
    longest = len(os.fsencode(base)) + len(
        f"/{_LONGEST_GROUP}{_LONGEST_NAME}/{_LONGEST_NAME}.socket"
    )
    if longest > _LONGEST_SOCKET_PATH:
        raise UnusableDirectory(
            f"{base} is too long a path for sockets: {longest} bytes of "
            f"{_LONGEST_SOCKET_PATH}; name a shorter one"
        )
    there = next(one for one in (base, *base.parents) if os.path.lexists(one))
    if there == base:
        _check_private(base)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise UnusableDirectory(f"{there} can't be written to")


class TotalsFiles:
    """The files of one group of workers."""

    def __init__(self, base: Path, group: str, memory: Memory | None = None) -> None:
        self._group = group
        self.move(base)
        self._memory = Memory() if memory is None else memory
        self._opened: int | None = None
        self._identity: tuple[int, int] | None = None

    def move(self, base: Path) -> None:
        """Use a directory elsewhere, from the next open() on."""
        self.base = base
        self.directory = base / f"{_prefix()}{self._group}"

    def open(self) -> None:
        """Create the directory. Raises UnusableDirectory, or OSError.

        Groups whose name is that of a process that is gone are removed with all
        their files: the whole site has ended.
        """
        check_base(self.base)
        self.base.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_private(self.base)
        self.directory.mkdir(mode=0o700, exist_ok=True)
        _check_private(self.directory)
        # Kept open: a directory in its place could have its number otherwise.
        before, self._opened = self._opened, os.open(self.directory, os.O_DIRECTORY)
        self._identity = identity(self.directory)
        if before is not None:
            os.close(before)
        # The directory may be one that others use, too: what is not ours stays.
        prefix = _prefix()
        for other in self.base.glob(f"{prefix}*"):
            name = other.name.removeprefix(prefix)
            # A name of the site may follow that of the process.
            process = "-".join(name.split("-")[:2])
            if other != self.directory and not is_alive(process):
                _remove(other)

    def is_there(self) -> bool:
        """Return whether the directory that was opened is still at its path."""
        return self._identity is not None and identity(self.directory) == self._identity

    def socket_of(self, worker: str) -> Path:
        """Return the path of the worker's socket."""
        return self.directory / f"{worker}.socket"

    def file_of(self, worker: str) -> Path:
        """Return the path at which the worker saves its totals."""
        return self.directory / f"{worker}{_SUFFIX}"

    def file_of_ended(self) -> Path:
        """Return the path of the sum of the workers that have ended."""
        return self.directory / _ENDED

    def save(self, worker: str, totals: bytes) -> None:
        """Replace the worker's file. Raises OSError."""
        self._write(f"{worker}{_SUFFIX}", totals)

    def read(self, worker: str) -> Totals:
        """Return what the worker has saved last, or what is remembered beyond it;
        nothing if it has saved nothing."""
        return self._memory.complete(worker, _saved(self.file_of(worker)))

    def workers(self) -> list[str]:
        """Return the living workers that have saved something, or answer."""
        return sorted(name for name in self.names() if is_alive(name))

    def ended(
        self, asked: Iterable[str] = (), patience: float = 1.0
    ) -> tuple[Totals, set[str]]:
        """Return the sum of all workers that have ended, and who is in it now.

        Of those that were asked, all are named that have ended since: another worker
        may have added them up, and removed their files. Files are compacted on the
        way. Raises OSError where they can't be read, Incomplete where something is
        gone that is remembered, TimeoutError where another worker keeps the lock.
        """
        with self._locked(patience):
            names = self.names()
            ended = self.saved_ended()
            self._memory.check(names, ended)
            self._memory.remember_ended(ended)
            dead = {name for name in names | set(asked) if not is_alive(name)}
            added = sorted(dead - set(ended.workers))
            if added:
                found = {name: self.read(name) for name in added}
                self._memory.remember(found)
                workers = [*ended.workers, *added]
                # Named, so that they don't count twice while their files are there,
                # and so that nobody takes them for lost whose files are removed.
                old = [name for name in workers[:-KEPT_NAMES] if name in dead]
                ended = Ended(
                    add_up({}, [ended.totals, *found.values()]),
                    [*old, *workers[-KEPT_NAMES:]],
                )
            with suppress(OSError):
                # On a full disk they stay as they are, and are added up every time.
                if added:
                    self._write_ended(ended)
                    self._memory.remember_ended(ended)
                for name in dead:
                    self.remove_files_of(name)
            return ended.totals, set(ended.workers)

    def restore(self, patience: float = 1.0) -> None:
        """Write what is remembered and is not in the files. Raises OSError.

        Of siblings, only of those that are gone: the living join again themselves.
        """
        with self._locked(patience):
            names = self.names()
            kept = self.saved_ended()
            ended = kept.joined_by(self._memory.ended)
            if ended != kept:
                self._write_ended(ended)
            for name, totals in self._memory.known().items():
                if name in ended.workers or is_alive(name):
                    continue
                if totals:
                    self.save(name, json.dumps(self.read(name)).encode())
                elif name not in names:
                    self._memory.forget([name])

    def saved_ended(self) -> Ended:
        """Return the sum of the workers that have ended, as it was saved last."""
        saved = _saved(self.file_of_ended())
        return Ended(saved.get("totals", {}), list(saved.get("workers", ())))

    def _write_ended(self, ended: Ended) -> None:
        content = {"totals": ended.totals, "workers": ended.workers}
        self._write(_ENDED, json.dumps(content).encode())

    def remove_files_of(self, worker: str) -> None:
        """Remove all files of the worker. Raises OSError."""
        number = worker.partition("-")[0]
        for pattern in (f"{worker}.*", f".{worker}.*", f".{_ENDED}.{number}"):
            for file in self.directory.glob(pattern):
                file.unlink(missing_ok=True)

    def names(self) -> set[str]:
        """Return the workers that have a file or a socket, living or not."""
        return {
            file.name.partition(".")[0]
            for file in self.directory.iterdir()
            if file.name[0].isdigit() and file.suffix in (_SUFFIX, ".socket")
        }

    def _write(self, name: str, content: bytes) -> None:
        target = self.directory / name
        unfinished = target.with_name(f".{name}.{os.getpid()}")
        try:
            unfinished.write_bytes(content)
            unfinished.replace(target)
        except OSError:
            # Half a file would keep a full disk full.
            unfinished.unlink(missing_ok=True)
            raise

    @contextmanager
    def _locked(self, patience: float) -> Iterator[None]:
        end = time.monotonic() + patience
        with (self.directory / _LOCK).open("a") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    # Its holder may be stopped, and keep it for ever.
                    if time.monotonic() > end:
                        raise TimeoutError(f"{file.name} is locked") from None
                    time.sleep(_LOCK_POLL)
            if os.fstat(file.fileno()).st_ino != os.stat(file.name).st_ino:
                raise Incomplete(f"{file.name} has been removed")
            yield


def _prefix() -> str:
    """Return how the names of groups begin whose processes this one can see.

    Containers may share a directory, though each numbers its own processes.
    """
    try:
        return f"group-{Path('/proc/self/ns/pid').stat().st_ino}-"
    except OSError:
        return "group-0-"


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


def _saved(file: Path) -> Totals:
    try:
        return parsed(file.read_bytes())
    except FileNotFoundError:
        return {}


def _remove(directory: Path) -> None:
    with suppress(OSError):
        for file in directory.iterdir():
            file.unlink()
        directory.rmdir()
