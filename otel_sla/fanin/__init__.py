"""One answer for all prefork workers of a program: what each has counted, added up.

For any program with an OpenTelemetry MeterProvider; nothing here knows Django. A worker
that is asked for metrics gathers what its living siblings have counted, over sockets
that only their user can reach, and adds what those have left that have ended. Each
worker saves its totals before it shows them and once a second besides, so that a count
never goes back, and a worker that is killed takes at most a second's with it.
"""

from __future__ import annotations

import atexit
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread

from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource

from .exchange import Answering, ask
from .ledger import Ledger, UnusableDirectory, check_base, is_alive, process_id
from .totals import Totals, add_up, collected_of, totals_of

__all__ = [
    "FanIn",
    "UnusableDirectory",
    "check_base",
    "default_base",
    "group_of_parent",
]

PATIENCE = 1.0
"""Seconds that an answer waits at most for siblings, unless it is told otherwise."""

SAVES_EVERY = 1.0
"""Seconds between two savings, and so the most that is lost with a killed worker."""

_SAVES_AT_THE_END = 0.05


def default_base() -> Path:
    """Return where groups have their directories: private to the user, in memory if
    the system has such a place."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # It may be that of root, who has started a server that runs as another.
    usable = os.path.isdir(runtime) and os.access(runtime, os.W_OK | os.X_OK)
    base = Path(runtime if usable else tempfile.gettempdir())
    return base / f"otel_sla-{os.getuid()}"


def group_of_parent() -> str:
    """Name the workers that the same process manager has started."""
    parent = os.getppid()
    return process_id(parent) or f"{parent}-0"


class FanIn:
    """What one worker does for the answer of all.

    `collect` collects what this worker has counted, cumulatively, in any thread.
    `failed` is told of what went wrong; nothing of it is raised.
    """

    def __init__(
        self,
        collect: Callable[[], MetricsData | None],
        resource: Resource,
        base: Path | None = None,
        failed: Callable[[str], None] = lambda message: None,
    ) -> None:
        self._collect = collect
        self._resource = resource
        self._base = base
        self._failed = failed
        self._lock = Lock()
        self._pid: int | None = None
        self._stop = Event()
        self._ledger: Ledger | None = None
        self._name = ""
        self._tried_at = 0.0
        self._saved = b""

    @property
    def has_started(self) -> bool:
        """Whether this process takes part, or has tried to."""
        return self._pid == os.getpid()

    @property
    def takes_part(self) -> bool:
        """Whether this process has joined its siblings."""
        return self._ledger is not None

    def start(self) -> None:
        """Take part, once per process: in a worker, not before it is forked."""
        if self.has_started:
            return
        with self._lock:
            if self.has_started:
                return
            self._try_to_join()
            # Last: another thread that is asked meanwhile waits for the siblings.
            self._pid = os.getpid()

    def _try_to_join(self) -> None:
        self._tried_at = time.monotonic()
        try:
            self._join()
        except (OSError, RuntimeError) as error:
            # RuntimeError: no thread can be started.
            self._failed(str(error))

    def _join(self) -> None:
        ledger = Ledger(self._base or default_base(), group_of_parent())
        ledger.open()
        self._name = process_id(os.getpid()) or f"{os.getpid()}-0"
        answering = Answering(ledger.socket_of(self._name))
        try:
            Thread(
                target=self._take_part, args=(answering,), name="fan-in", daemon=True
            ).start()
        except RuntimeError:
            answering.close()
            raise
        self._ledger = ledger
        atexit.register(self.stop)

    def stop(self) -> None:
        """Save for the last time; the siblings go on with what is saved."""
        if not self.has_started:
            # A child that this worker has forked has none of its counts to save.
            return
        self._stop.set()
        self._save_own()

    def save_until_the_end(self) -> None:
        """Save all the time from now on, where atexit is not heard: on a signal."""
        Thread(target=self._save_on_and_on, name="fan-in-end", daemon=True).start()

    def _save_on_and_on(self) -> None:
        while True:
            self._save_own()
            time.sleep(_SAVES_AT_THE_END)

    def gather(
        self,
        own: MetricsData | None,
        patience: float = PATIENCE,
        collect: Callable[[], MetricsData | None] | None = None,
    ) -> MetricsData | None:
        """Return what all workers have counted, this one's own being collected.

        It is saved first, within so many seconds: `collect` collects as the one of this
        object does, but in that time. Siblings that are slow are waited for as long,
        but no longer than PATIENCE in all. Raises OSError where one's own can't be
        collected to be saved, or it can't be known what the others have counted: less
        than was shown before would be a counter that goes back.
        """
        if self._ledger is None and self.has_started:
            # What was in the way may be gone: a disk that was full, say.
            with self._lock:
                if self._ledger is None and time.monotonic() > self._tried_at + 1:
                    self._try_to_join()
        ledger = self._ledger
        if ledger is None:
            return own
        totals = totals_of(own)
        # Not what is shown, but what is counted by now: the thread that answers may
        # have saved, and shown, more than this one has collected.
        if not self._save_own(patience, collect):
            raise TimeoutError("what this worker has counted can't be saved in time")
        try:
            living, ended = self._siblings(ledger, min(patience, PATIENCE))
        except OSError as error:
            self._failed(str(error))
            raise
        sums = add_up({self._name: totals, **living}, [ended])
        return collected_of(sums, self._resource, time.time_ns())

    def _siblings(
        self, ledger: Ledger, patience: float
    ) -> tuple[dict[str, Totals], Totals]:
        """Return the totals of the living siblings, and the sum of the ended."""
        siblings = [name for name in ledger.workers() if name != self._name]
        sockets = {name: ledger.socket_of(name) for name in siblings}
        answers = ask(sockets, patience)
        for name in siblings:
            if name not in answers:
                # Slow, hung or just ended: what it has shown is in its file.
                if is_alive(name):
                    self._failed(f"worker {name} did not answer in time")
                answers[name] = ledger.read(name)
        ended, who = ledger.ended(siblings, patience)
        living = {name: answers[name] for name in siblings if name not in who}
        return living, ended

    def _take_part(self, answering: Answering) -> None:
        while not self._stop.is_set():
            answering.answer_within(SAVES_EVERY, self._save_own)
            self._save_own()
        answering.close()

    def _save_own(
        self,
        patience: float = -1,
        collect: Callable[[], MetricsData | None] | None = None,
    ) -> bytes:
        """Save what is counted now, and return it; nothing where it can't be had."""
        if self._ledger is None:
            return b""
        # Collecting under the lock, too: an older collection must not be saved last.
        if not self._lock.acquire(timeout=patience):
            self._failed(f"totals can't be saved: others are, for {patience:.2f} s")
            return b""
        try:
            return self._save(self._ledger, collect or self._collect)
        finally:
            self._lock.release()

    def _save(self, ledger: Ledger, collect: Callable[[], MetricsData | None]) -> bytes:
        try:
            written = json.dumps(totals_of(collect())).encode()
        except Exception as error:
            # Others' callbacks run in it.
            self._failed(str(error))
            return b""
        try:
            if written != self._saved or not ledger.has(self._name):
                ledger.save(self._name, written)
                self._saved = written
        except OSError as error:
            self._failed(f"totals can't be saved: {error}")
        return written
