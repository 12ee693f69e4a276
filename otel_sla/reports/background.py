"""Work that waits for the network, on one thread that no request waits for.

The thread starts when somebody asks for work that is not done, and ends with the work.
What it makes is kept for a while, and so are failures: with a sentence, and a pause
before the next attempt.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from contextvars import Context
from dataclasses import dataclass
from threading import Lock, Thread, current_thread
from typing import Any, NamedTuple, TypeVar

from django.db import Error as DatabaseFailure
from django.db import connections

from ..database.failures import is_around_queries, named
from ..language import Sentence
from ..language import gettext_noop as _
from ..logs import ThrottledLog, get_logger
from ..messages import CodedError

T = TypeVar("T")
Progress = Callable[[str], None]
"""Called with how far the work is, such as `3 of 31 days`: a Phrase, because readers of
several languages see it."""
Work = Callable[[Progress], T]

KEEP = 300.0
"""Seconds for which a result counts as new. It is then made again when asked for."""
LONGEST = 3_600.0
"""Seconds up to which an older result is returned while it can't be made again."""
PAUSE = 60.0
"""Seconds between a failure and the next attempt."""
MOST = 64
"""Results that are kept, those asked for last."""

logger = get_logger(__name__)
failures = ThrottledLog("a report can't be made", "reports can't be made")


class Pending(NamedTuple):
    """The work is not done yet. `progress` says how far it is."""

    progress: str


class Failed(NamedTuple):
    """The work has failed. `since` is when it first did, in Unix seconds."""

    sentence: str
    since: int


@dataclass(slots=True)
class _Entry:
    """What is known of one piece of work. Moments are seconds of a monotonic clock."""

    value: Any = None
    made: float | None = None
    failure: Failed | None = None
    not_before: float = 0.0
    is_queued: bool = False
    progress: str = ""


class Background:
    """Does pieces of work one after another, each once for all who ask for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._forget()

    def ask(
        self, key: Hashable, work: Work[T], keep: float = KEEP
    ) -> T | Pending | Failed:
        """Return the result of the work, and start the work where it is missing or old.

        Never waits for it. A result that is older than `keep` seconds is returned while
        the work is done again; one that is older than LONGEST is not.
        """
        moment = time.monotonic()
        with self._lock:
            if self._pid != os.getpid():
                # A process that was forked has none of the threads.
                self._forget()
            entry = self._entry(key)
            age = None if entry.made is None else moment - entry.made
            due = (age is None or age > keep) and moment >= entry.not_before
            if due and not entry.is_queued:
                entry.is_queued, entry.progress = True, ""
                self._queue.append((key, work))
                self._start()
            if age is not None and age <= max(keep, LONGEST):
                value: T = entry.value
                return value
            entry.value = entry.made = None
            return entry.failure or Pending(entry.progress)

    def forget(self) -> None:
        """Forget all results and failures."""
        with self._lock:
            self._forget()

    def wait(self, seconds: float) -> None:
        """Wait for the current work, at most this many seconds. For commands."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._queue: deque[tuple[Hashable, Work[Any]]] = deque()
        self._thread: Thread | None = None

    def _entry(self, key: Hashable) -> _Entry:
        entry = self._entries.setdefault(key, _Entry())
        self._entries.move_to_end(key)
        for old in [*self._entries][: max(0, len(self._entries) - MOST)]:
            if not self._entries[old].is_queued:
                del self._entries[old]
        return entry

    def _start(self) -> None:
        if self._thread is not None:
            return
        thread = Thread(target=self._run, name="otel_sla reports", daemon=True)
        try:
            # Agents would take the next reports for a part of the request that asks.
            Context().run(thread.start)
        except (RuntimeError, MemoryError):
            # The system has none left. The next one who asks tries again.
            key, _work = self._queue.pop()
            self._entries[key].is_queued = False
        else:
            self._thread = thread

    def _run(self) -> None:
        queue = self._queue
        try:
            while (job := self._next(queue)) is not None:
                self._do(*job)
        finally:
            with self._lock:
                if self._thread is current_thread():
                    self._thread = None

    def _next(
        self, queue: deque[tuple[Hashable, Work[Any]]]
    ) -> tuple[Hashable, Work[Any]] | None:
        with self._lock:
            if queue:
                return queue.popleft()
            # Under the lock: who asks later starts another thread.
            if queue is self._queue:
                self._thread = None
            return None

    def _do(self, key: Hashable, work: Work[Any]) -> None:
        with self._lock:
            entry = self._entries.get(key, _Entry())

        def tell(progress: str) -> None:
            entry.progress = progress

        try:
            value = work(tell)
        except Exception as error:
            sentence = _sentence(error)
            with self._lock:
                began = entry.failure.since if entry.failure else int(time.time())
                entry.failure = Failed(sentence, began)
                entry.not_before = time.monotonic() + PAUSE
                entry.is_queued = False
        else:
            with self._lock:
                entry.value, entry.made = value, time.monotonic()
                entry.failure, entry.is_queued = None, False
        finally:
            entry.is_queued = False
            # The next piece of work may come from a request of another minute.
            _close_connections()


background = Background()


def _sentence(error: Exception) -> str:
    """Log the failure, and return what to tell people."""
    what = failures.note(type(error).__name__)
    if isinstance(error, CodedError):
        if what:
            logger.warning("%s: %s", what, error)
        return str(error)
    if isinstance(error, DatabaseFailure) or is_around_queries(error):
        if what:
            logger.error("%s: %s", what, named(error))
        return Sentence(_("The database is unavailable. The site's log says why."), {})
    if what:
        logger.error("%s: %s", what, named(error), exc_info=error)
    return Sentence(_("The report can't be made. The site's log says why."), {})


def _close_connections() -> None:
    """Close this thread's connections: the thread may end, or idle for hours."""
    for one in connections.all(initialized_only=True):
        try:
            one.close()
        except (DatabaseFailure, OSError):
            # The server may have closed it already.
            continue
