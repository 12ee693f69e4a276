"""Evaluate units for the first time in the background, the latest edits first.

There is one thread at most, which starts when there is work and somebody asks, and ends
with the work or the process. It asks no database. The lock is held only to take or to
change what is to be done, never while a unit is evaluated.

The work is that of the latest reading: each reading replaces it. Units that it has
changed or removed are dropped, and the others stay, also those that are partly done.
New units come first, so a single edit waits for the one unit that is being evaluated,
and not for an earlier edit of thousands.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event, Lock, Thread

from ..database.deadline import Deadline
from .units import Evaluation

_PAUSE = 0.000_5
"""Seconds between units while no caller waits for them: requests go on meanwhile, which
the interpreter would otherwise stop for milliseconds at every row that they read."""


class _Batch:
    """Evaluations of one reading, the next one last. `ended` also if it is replaced."""

    def __init__(self, evaluations: Sequence[Evaluation]) -> None:
        self.evaluations = [*evaluations]
        self.ended = Event()
        self.begun = time.monotonic()


class Evaluator:
    """Evaluates what it is given, on a thread that belongs to no request."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._batches: list[_Batch] = []
        self._thread: Thread | None = None
        self._failure: Exception | None = None
        self._waiting = 0
        self._moment = 0

    @property
    def is_busy(self) -> bool:
        return bool(self._batches) or self._lock.locked()

    @property
    def has_failed(self) -> bool:
        """Whether the process lacked something, such as descriptors or memory."""
        return self._failure is not None

    def replace(self, left: Sequence[Evaluation], new: Sequence[Evaluation]) -> None:
        """Have these evaluated, the new ones first, and nothing else."""
        with self._lock:
            for batch in self._batches:
                batch.ended.set()
            self._batches = [_Batch(some) for some in (left, new) if some]

    def wait_for_newest(self, moment: int, seconds: float) -> None:
        """Wait for what is new in the last reading, so long at most after that reading.

        Raises the process's own error that has ended the work. The next call tries
        again.
        """
        if batch := self._batch(-1, moment):
            left = batch.begun + seconds - time.monotonic()
            self._wait(batch, left)
        self._raise_failure()

    def wait_for_all(self, moment: int, seconds: float) -> None:
        """Wait so long at most for everything. Raises as wait_for_newest() does."""
        deadline = Deadline(seconds)
        while batch := self._batch(0, moment):
            self._wait(batch, deadline.left())
            self._raise_failure()
            if deadline.left() <= 0:
                return

    def _wait(self, batch: _Batch, seconds: float) -> None:
        if seconds <= 0:
            return
        with self._lock:
            self._waiting += 1
        try:
            batch.ended.wait(seconds)
        finally:
            with self._lock:
                self._waiting -= 1

    def _batch(self, place: int, moment: int) -> _Batch | None:
        """Return the batch at that place, or None; have the work go on."""
        with self._lock:
            self._moment = moment
            if not self._batches:
                # What it concerned may be deleted.
                self._failure = None
                return None
            batch, starts = self._batches[place], self._thread is None
            if starts:
                self._failure = None
                self._thread = Thread(
                    target=self._run, name="otel_sla evaluation", daemon=True
                )
            thread = self._thread
        if starts and thread:
            try:
                thread.start()
            except (RuntimeError, MemoryError):
                # The system has none left: the caller's thread takes its place.
                self._run()
        return batch

    def _run(self) -> None:
        try:
            while (evaluation := self._next()) is not None:
                evaluation.step(self._moment)
                if not self._waiting:
                    time.sleep(_PAUSE)
        except BaseException as error:
            self._give_up(error)
            if not isinstance(error, Exception):
                raise

    def _next(self) -> Evaluation | None:
        """Return what is to be evaluated next; None when all is done."""
        with self._lock:
            while self._batches:
                batch = self._batches[-1]
                while batch.evaluations:
                    if not batch.evaluations[-1].is_done:
                        return batch.evaluations[-1]
                    batch.evaluations.pop()
                self._batches.pop().ended.set()
            # Under the lock: who adds work later starts another thread.
            self._thread = None
            return None

    def _give_up(self, error: BaseException) -> None:
        """Tell those who wait, and leave the work to the next one who asks."""
        with self._lock:
            self._thread = None
            self._failure = error if isinstance(error, Exception) else None
            ended, self._batches = self._batches, []
            for batch in ended:
                self._batches.append(_Batch(batch.evaluations))
                batch.ended.set()

    def _raise_failure(self) -> None:
        # Once: another thread may set it to None meanwhile.
        if failure := self._failure:
            raise failure
