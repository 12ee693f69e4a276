"""Say what happens again and again: at once, then once a minute with its number.

A line for each would let anybody fill the disk.
"""

from __future__ import annotations

import threading
import time
from collections import Counter

SAID_EVERY = 60.0
"""Seconds between two lines in the log about the same, at least."""


class ThrottledLog:
    """Counts what happens, by kind, and tells when and how to say so.

    There are to be a few kinds only, whatever is asked: each is remembered.
    """

    def __init__(self, one: str, several: str) -> None:
        """Take what it is called, as in "a request" and "requests"."""
        self._one, self._several = one, several
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._quiet_until: dict[str, float] = {}

    def note(self, kind: str = "") -> str:
        """Count one; return what to call those that are to be told of, or "" for
        nothing to be said now."""
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

    def forget(self) -> None:
        """Be as if nothing had happened."""
        with self._lock:
            self._counts.clear()
            self._quiet_until.clear()
