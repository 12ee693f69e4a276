"""Log repeated events at most once a minute, with a count.

A line for each would let anybody fill the disk.
"""

import threading
import time
from collections import Counter

SAID_EVERY = 60.0
"""Seconds between two log lines about the same kind of event, at least."""


class ThrottledLog:
    """Count events by kind, and tell when a line about them is due.

    Every kind is kept in memory, so there must be only a few. Threads may share it.
    """

    def __init__(self, one: str, several: str) -> None:
        """Take the names of one event and of several: "a request", "requests"."""
        self._one, self._several = one, several
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._quiet_until: dict[str, float] = {}

    def note(self, kind: str = "") -> str:
        """Count an event. Return what to call those since the last line, or "" if no
        line is due: the first is due at once, the others once a minute."""
        moment = time.monotonic()
        with self._lock:
            self._counts[kind] += 1
            if moment < self._quiet_until.get(kind, moment):
                return ""
            count = self._counts.pop(kind)
            self._quiet_until[kind] = moment + SAID_EVERY
        if count == 1:
            return self._one
        return f"{count:,} {self._several} since the last such line, the last"

    def end(self, kind: str = "") -> bool:
        """Return whether there were such events since the last end, for a line that
        they are over. The next event is logged at once."""
        with self._lock:
            self._counts.pop(kind, None)
            return self._quiet_until.pop(kind, None) is not None

    def forget(self) -> None:
        """Start anew, as if nothing had happened."""
        with self._lock:
            self._counts.clear()
            self._quiet_until.clear()
