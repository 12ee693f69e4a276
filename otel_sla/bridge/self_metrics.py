"""Counts of this process's own work, which are exported as metrics."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any


class Counts:
    """Counters by name. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers: Counter[Hashable] = Counter()

    def add(self, name: Hashable, number: int = 1) -> None:
        with self._lock:
            self._numbers[name] += number

    def __getitem__(self, name: Hashable) -> int:
        return self._numbers[name]

    def all(self) -> Mapping[Any, int]:
        """Return all that have been added to, also by 0."""
        with self._lock:
            return dict(self._numbers)

    def forget(self) -> None:
        """Start anew, as a new process does."""
        self._numbers.clear()


READ, WAIT, OTHERS, WORKERS = "read", "wait", "others", "workers"
STAGES = (READ, WAIT, OTHERS, WORKERS)
"""Where a collection can fail: at reading the rows, at waiting for another that reads
them, at collecting the instruments of others, and at asking the other workers."""

WRITE = "write"
STAGES_OF_SOURCES = (READ, WAIT, WRITE)
"""Where a source can fail: at reading its rows, at waiting for another scrape that
reads them, and at making samples of them."""

SUCCEEDED, FAILED = "succeeded", "failed"
OUTCOMES = (SUCCEEDED, FAILED)
"""How an export to an OTLP collector can end."""

DROPPED, REJECTED = "dropped", "rejected"
LOSSES = (DROPPED, REJECTED)
"""How data points are lost: an export failed, or the collector rejected them."""


class Together:
    """Whether this process shows what all workers have counted.

    `ask` says whether it can, None where there are no other workers; `is_shown` says
    whether the last scrape has shown what instruments of the SDK have counted at all.
    """

    def __init__(self) -> None:
        self.ask: Callable[[], bool | None] = lambda: None
        self.is_shown = True

    def observed(self) -> list[int]:
        """Return the one number there is to tell, or none."""
        known = self.ask()
        return [] if known is None else [int(known and self.is_shown)]


collection_errors = Counts()
source_errors = Counts()
"""By the name of a source, and one of STAGES_OF_SOURCES."""

exports = Counts()
points_lost = Counts()
workers_together = Together()
