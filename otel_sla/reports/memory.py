"""What is known of a source and can't be stored: it is not final, or the database can't
be written. Kept in this process, for a while."""

from __future__ import annotations

import time
from collections.abc import Collection, Hashable
from threading import Lock
from typing import Any, NamedTuple

MOST = 200_000
"""Entries that are kept, those added last."""


class Remembered(NamedTuple):
    """A value and its age in seconds."""

    value: Any
    age: float


class Memory:
    """Values by key, each forgotten some time after it was added."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[Hashable, tuple[Any, float, float]] = {}

    def add(self, key: Hashable, value: Any, seconds: float) -> None:
        """Keep the value for so many seconds."""
        moment = time.monotonic()
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = value, moment, moment + seconds
            if len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]

    def find(self, keys: Collection[Any]) -> dict[Any, Remembered]:
        """Return what is kept of these keys."""
        moment = time.monotonic()
        found = {}
        with self._lock:
            for key in keys:
                if (kept := self._kept.get(key)) is not None:
                    value, added, until = kept
                    if moment < until:
                        found[key] = Remembered(value, moment - added)
                    else:
                        del self._kept[key]
        return found

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


memory = Memory()
