"""Keep counters from going back when another worker answers.

Each worker has read its rows at some time of its own. One that answers with an older
reading than another has answered with leaves its counters out: a gap does no harm to
rates, a counter that goes back counts as a restart from zero.
"""

import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


class Meeting:
    """Where the workers of this site meet.

    `directory` returns None where there is only one, or nobody knows of the others.
    """

    def __init__(self) -> None:
        self.directory: Callable[[], Path | None] = lambda: None


meeting = Meeting()


class NewestReading:
    """When the newest rows of a source were read that any worker has answered with.

    Times are seconds of time.monotonic(), which is the same in all processes.
    """

    def __init__(self, source: str) -> None:
        digest = hashlib.sha256(source.encode()).hexdigest()
        self._name = f"{digest[:16]}.reading"
        self._seen = 0.0

    def known(self) -> float:
        """Return when the newest was read, as far as this worker can tell."""
        where = meeting.directory()
        if where is not None:
            with suppress(OSError):
                self._seen = max(
                    self._seen,
                    _time_in((where / self._name).read_text("ascii", "replace")),
                )
        return self._seen

    def note(self, read_since: float) -> bool:
        """Note that a reading is answered with; return whether none is newer."""
        where = meeting.directory()
        if where is not None:
            # Without the directory workers can't meet, which is reported there.
            with suppress(OSError):
                self._seen = max(self._seen, _exchange(where / self._name, read_since))
        self._seen = max(self._seen, read_since)
        return self._seen <= read_since


def _exchange(file: Path, read_since: float) -> float:
    """Return the time in the file, after noting one that is later."""
    # Workers meet on POSIX only.
    import fcntl

    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        found = _time_in(os.read(descriptor, 32).decode(errors="replace"))
        if found < read_since:
            os.pwrite(descriptor, f"{read_since!r}".ljust(32).encode(), 0)
        return found
    finally:
        os.close(descriptor)


def _time_in(text: str) -> float:
    """Return the time that was noted; 0 where it can't be of this machine's clock since
    it was started, or is none: a file may outlast that, or be damaged."""
    try:
        found = float(text)
    except ValueError:
        return 0.0
    return found if found <= time.monotonic() else 0.0
