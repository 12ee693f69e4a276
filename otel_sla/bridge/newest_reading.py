"""Keep counters from going back when another worker answers.

Each worker has read its rows at some time of its own. One whose reading may be older
than the last that was answered with leaves its counters out: a gap does no harm to
rates, a counter that goes back counts as a restart from zero.

What a reading has seen is the database at one instant, which nobody knows. It lies in
a span: from before its transaction began to after a first query, which asks for nothing
and fixes what all others see. So a reading has surely seen no less than another if its
span began when the other's had ended. An answer with counters is noted, under a lock
and before it is sent, and only if that is so of its reading and the one noted last, or
if they are the same. Each note is then of no earlier an instant than all before it; and
because a scrape is sent once the one before has been answered, counters don't go back
for anybody who scrapes.

Spans are as short as a query that asks for nothing, however long readings take. So a
reading is refused only if another that began later, or in the same few milliseconds,
was answered with earlier. Readings that take equally long, one always begun before the
last has ended, refuse none. One that is refused is read again, if there is time.

What is left: scrapes of a worker that overlap share a reading, which was noted for the
first of them. Who scrapes twice while somebody else's scrape lasts could be answered by
another worker first, and then with that reading.
"""

import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple


class Meeting:
    """Where the workers of this site meet.

    `directory` returns None where there is only one, or nobody knows of the others.
    """

    def __init__(self) -> None:
        self.directory: Callable[[], Path | None] = lambda: None


meeting = Meeting()


class Span(NamedTuple):
    """When a reading has seen the database: not before `began`, not after `ended`.

    Both are seconds of time.monotonic(), which is the same in all processes.
    """

    began: float
    ended: float


NEVER = Span(0.0, 0.0)
_SIZE = 64


class NewestReading:
    """The reading of a source that any worker has last answered with."""

    def __init__(self, source: str) -> None:
        digest = hashlib.sha256(source.encode()).hexdigest()
        self._name = f"{digest[:16]}.reading"
        self._lock = Lock()
        self._noted = NEVER

    def allows(self, reading: Span) -> bool:
        """Return whether a reading could be noted now."""
        where = meeting.directory()
        found = NEVER
        if where is not None:
            with suppress(OSError):
                found = _span_in((where / self._name).read_bytes())
        return all(_may_follow(noted, reading) for noted in (found, self._noted))

    def note(self, reading: Span) -> bool:
        """Note that a reading is answered with; return whether it may be."""
        where = meeting.directory()
        with self._lock:
            if not _may_follow(self._noted, reading):
                return False
            if where is not None:
                # Without the directory workers can't meet, which is reported there.
                with suppress(OSError):
                    found = _exchange(where / self._name, reading)
                    if not _may_follow(found, reading):
                        return False
            self._noted = reading
            return True


def _may_follow(noted: Span, reading: Span) -> bool:
    return reading.began >= noted.ended or reading == noted


def _exchange(file: Path, reading: Span) -> Span:
    """Return what is noted in the file, after noting the reading there if it may be."""
    # Workers meet on POSIX only.
    import fcntl

    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        found = _span_in(os.read(descriptor, _SIZE))
        if _may_follow(found, reading):
            text = " ".join(map(repr, reading))
            os.pwrite(descriptor, text.ljust(_SIZE).encode(), 0)
        return found
    finally:
        os.close(descriptor)


def _span_in(text: bytes) -> Span:
    """Return the span that was noted; NEVER where it can't be of this machine's clock
    since it was started, or is none: a file may outlast that, or be damaged."""
    try:
        began, ended = map(float, text.split())
    except ValueError:
        return NEVER
    return Span(began, ended) if began <= ended <= time.monotonic() else NEVER
