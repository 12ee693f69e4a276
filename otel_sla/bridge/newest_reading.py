"""Keep counters from going back when another worker answers.

Each worker reads its rows at a time of its own. A worker whose reading may be older
than the one that was answered with last leaves its counters out: a gap does no harm to
rates, but a counter that goes back counts as a restart from zero.

A reading sees the state of the database at one instant, which is not known exactly. It
lies in a span: from before the transaction begins until after a first query, which
selects nothing and fixes the state for the others. So a reading is surely not older
than another if its span began after the other's had ended. An answer with counters is
noted before it is sent, under a lock, and only if its reading is surely not older than
the one noted last, or is the same. So the instants of the notes never go back; and
because Prometheus sends a scrape once the one before has been answered, it sees no
counter go back.

Spans are as short as that first query, however long a reading takes. So a reading is
refused only if one that began later, or within the same few milliseconds, was answered
with before. A reading that is refused is made again, if there is time.

A limit: scrapes of one worker that overlap share a reading, which was noted for the
first of them. A client that scrapes twice while another client's scrape lasts may be
answered by another worker first, and then with that older reading.
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
    """Where the workers of this site share files.

    `directory` returns None where there is only one, or the others are not known.
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
                # A directory that is not usable is reported by telemetry/workers.py.
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
    """Return the span that was noted. NEVER where the text is damaged, or is of a time
    before the machine was restarted, which a file may outlast."""
    try:
        began, ended = map(float, text.split())
    except ValueError:
        return NEVER
    return Span(began, ended) if began <= ended <= time.monotonic() else NEVER
