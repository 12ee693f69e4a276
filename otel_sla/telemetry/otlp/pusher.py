"""Push to an OTLP collector: every row once per interval, by one of the workers.

Workers that could push agree on one through a lease in the database. Its holder
pushes under the one resource of the site, so that a series goes on when
another takes over. What else a worker measures (its HTTP requests) is its own: each
pushes that, under a service.instance.id of its own.
"""

import atexit
import os
import time
from collections.abc import Callable
from contextvars import Context
from threading import Lock, Thread
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from ...logs import get_logger
from ..config.reader_options import Push
from ..sdk_reader import CollectingReader
from ..servers import NO_THREADS, runs_threads
from .push_cycle import Cycle, Job

logger = get_logger(__name__)

_LOOKS_EVERY = 0.2


class Pusher:
    """Pushes at every interval, in a thread of its own or in the foreground.

    `reader` is None where the process has no instruments but ours. `said` is called
    with a line about every export, `is_needless` before a start in the background.
    """

    def __init__(
        self,
        push: Push,
        resource: Resource,
        scope: InstrumentationScope,
        reader: CollectingReader | None = None,
        said: Callable[[str], None] = lambda line: None,
        is_needless: Callable[[], bool] = lambda: False,
    ) -> None:
        collect = reader.collected if reader else None
        self.push = push
        self._job = Job(push, resource, scope, collect, said)
        self._is_needless = is_needless
        self._starting = Lock()
        self._pid: int | None = None
        self._not_before = 0.0
        self._thread: Thread | None = None

    @property
    def failing(self) -> bool:
        """Whether the last export of anything has failed."""
        return bool(self._job.failing)

    def start(self, **signal: Any) -> None:
        """Start pushing in the background, once per process. For request_started.

        A process that serves no request, such as a preloading master, starts nothing.
        """
        if self._pid == os.getpid():
            return
        with self._starting:
            if self._pid == os.getpid() or time.monotonic() < self._not_before:
                return
            if not self._is_needless():
                if not runs_threads():
                    logger.error("metrics are pushed too late: %s", NO_THREADS)
                thread = Thread(
                    target=self.run, name="otel_sla OTLP pusher", daemon=True
                )
                try:
                    # Agents would take what it does for a part of this request.
                    Context().run(thread.start)
                except RuntimeError as error:
                    # The request that has asked is not to suffer; a later one asks
                    # again.
                    self._not_before = time.monotonic() + self.push.interval
                    logger.error(
                        "nothing is pushed to %s: %s: the limit of processes and "
                        "threads (ulimit -u, or pids of the container) is reached; a "
                        "request in %g s tries again",
                        self.push.endpoint,
                        error,
                        self.push.interval,
                    )
                    return
                self._thread = thread
                atexit.register(self.stop)
            self._pid = os.getpid()

    def stop(self) -> None:
        """Have a background pusher push once more what is its own, and end.

        Takes no longer than a request may, and no time at all while the collector
        takes nothing.
        """
        self._job.stop.set()
        if self._thread is not None and not self.failing:
            self._thread.join(self.push.timeout)

    def end(self) -> None:
        """Have run_in_foreground() return. For signal handlers."""
        self._job.stop.set()

    def run_in_foreground(self) -> None:
        """Push until end() is called, and then no longer than a request may take.

        In a thread all the same: nothing breaks off a query that waits for a lock.
        """
        thread = Thread(target=self.run, name="otel_sla OTLP pusher", daemon=True)
        thread.start()
        # Not by waiting for the event: a signal that comes while this thread has the
        # event's own lock would wait for it for ever.
        while thread.is_alive() and not self._job.stop.is_set():
            thread.join(_LOOKS_EVERY)
        thread.join(self.push.timeout)

    def run(self) -> None:
        """Push until stop() or end() is called."""
        cycle = Cycle(self._job)
        try:
            while not self._job.stop.wait(cycle.seconds_until_due()):
                cycle.push()
            cycle.push_last()
        finally:
            cycle.close()
