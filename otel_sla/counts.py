"""What this process counts about its own work, to be told as metrics."""

from __future__ import annotations

from collections import Counter
from threading import Lock


class Counts:
    """Numbers by name that only grow; threads may share it."""

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
"""How data points are lost: with an export that failed, or by the collector's will."""

collection_errors = Counts()
exports = Counts()
points_lost = Counts()
