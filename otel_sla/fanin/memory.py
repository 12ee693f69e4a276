"""What a worker remembers of its group, in case the files of the group are removed.

Counts of one worker, and of those that have ended together, only grow. So the more
complete of two versions is the greater, series by series, and restoring twice changes
nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import NamedTuple

from .aggregation import Totals, latest

KEPT_NAMES = 256
"""How many workers that have ended are kept by name: far more than end in a second."""


class Incomplete(OSError):
    """What all workers have counted is not known, because some of it is missing."""


class Ended(NamedTuple):
    """The sum of the workers that have ended, and the names of the last of them."""

    totals: Totals
    workers: list[str]

    def joined_by(self, other: Ended) -> Ended:
        """Return the more complete of two versions, with the names of both."""
        workers = list(dict.fromkeys([*other.workers, *self.workers]))
        totals = latest(self.totals, other.totals)
        return Ended(totals, self.workers if totals == self.totals else workers)


class Memory:
    """The last totals seen of each sibling, and of those that have ended.

    Threads may share it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.ended = Ended({}, [])
        self._workers: dict[str, Totals | bytes] = {}

    def expect(self, names: Iterable[str]) -> None:
        """Remember that these workers belong to the group."""
        with self._lock:
            for name in names:
                self._workers.setdefault(name, {})

    def remember(self, workers: Mapping[str, Totals | bytes]) -> None:
        """Remember the totals of siblings; none are older than those known."""
        with self._lock:
            self._workers.update(workers)

    def remember_ended(self, ended: Ended) -> None:
        """Remember the sum of those that have ended, and forget their own totals."""
        with self._lock:
            self.ended = ended
            for name in ended.workers:
                self._workers.pop(name, None)

    def known(self) -> dict[str, Totals]:
        """Return the siblings that are not in the sum, with their last totals."""
        with self._lock:
            return {name: parsed(found) for name, found in self._workers.items()}

    def complete(self, worker: str, found: Totals) -> Totals:
        """Return the totals that were found, or what is remembered beyond them."""
        return latest(found, parsed(self._workers.get(worker, {})))

    def missing(self, present: Iterable[str], ended: Iterable[str]) -> set[str]:
        """Return the siblings that are neither present nor among the ended."""
        with self._lock:
            return self._workers.keys() - set(present) - set(ended)

    def forget(self, workers: Iterable[str]) -> None:
        """Forget workers that are gone and have left nothing to restore."""
        with self._lock:
            for name in workers:
                self._workers.pop(name, None)

    def is_behind(self, ended: Ended) -> bool:
        """Return whether more workers have ended since the last check than are kept by
        name, because this one was stopped for long."""
        last = self.ended.workers[-1:]
        return len(ended.workers) >= KEPT_NAMES and not set(last) & set(ended.workers)

    def check_present(self, present: Iterable[str], ended: Iterable[str]) -> None:
        """Raise Incomplete where a worker is neither present nor among the ended."""
        missing = self.missing(present, ended)
        if missing:
            raise Incomplete(f"workers are missing: {', '.join(sorted(missing))}")

    def check(self, present: Iterable[str], ended: Ended) -> None:
        """Raise Incomplete where something is gone that this worker has seen."""
        self.check_present(present, ended.workers)
        known = self.ended.totals
        if ended.totals != known and latest(ended.totals, known) != ended.totals:
            raise Incomplete("the totals of workers that have ended are missing")


def parsed(found: Totals | bytes) -> Totals:
    """Return totals as they were saved; nothing where the file was cut off."""
    if not isinstance(found, bytes):
        return found
    try:
        totals: Totals = json.loads(found)
    except ValueError:
        return {}
    return totals
