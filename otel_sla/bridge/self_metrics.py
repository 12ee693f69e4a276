"""Counts of this process's own work, which are exported as metrics."""

from collections import Counter
from collections.abc import Callable
from threading import Lock


class Counts:
    """Counters by name. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers: Counter[str] = Counter()

    def add(self, name: str, number: int = 1) -> None:
        with self._lock:
            self._numbers[name] += number

    def __getitem__(self, name: str) -> int:
        return self._numbers[name]

    def forget(self) -> None:
        """Start anew, as a new process does."""
        self._numbers.clear()


READ, WAIT, OTHERS, WORKERS = "read", "wait", "others", "workers"
STAGES = (READ, WAIT, OTHERS, WORKERS)
"""Where a collection can fail: at reading the rows, at waiting for another that reads
them, at collecting the instruments of others, and at asking the other workers."""

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
exports = Counts()
points_lost = Counts()
workers_together = Together()
