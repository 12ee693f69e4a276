"""Push to an OTLP collector: every component once per interval, whoever does it.

Workers that could push agree on one through a lease in the database, and whoever
has it pushes under the one resource of the site, so that a series goes on when
another takes over. What else a worker measures (its HTTP requests) is its own: each
pushes that, under a service.instance.id of its own.
"""

from __future__ import annotations

import atexit
import logging
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import Any
from uuid import uuid4

from django.db import Error as DatabaseFailure
from django.db import connections
from opentelemetry.sdk.metrics.export import MetricReader, MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from . import gauges, otlp
from .counts import DROPPED, FAILED, REJECTED, SUCCEEDED, exports, points_lost
from .deadline import Deadline
from .models.leases import acquire
from .otlp import Request
from .readers import Push
from .senders import SENDERS, NotSent, Sender
from .snapshot import NoRows

logger = logging.getLogger(__name__)

_COMPONENTS, _OWN = "components", "this process's own"
"""What is pushed, as the log calls it."""

LEASE = "otlp"
"""The lease that the one who pushes the components has."""

_LEASE_LASTS = 1.25
"""Intervals: another takes over soon after the holder has missed its turn."""

_RENEWED_AFTER = 0.1
"""Of an interval: how old the lease may be within an export."""

_SAY_AGAIN_AFTER = 300.0
_LOOKS_EVERY = 0.2
_STARTED = time.time_ns()


class CollectingReader(MetricReader):
    """Collects, when it is asked, what the SDK has of all instruments but ours."""

    def __init__(self, push: Push) -> None:
        super().__init__(cardinality_limits=dict(push.cardinality_limits))
        self._push = push
        self._collected: MetricsData | None = None

    def collected(self) -> MetricsData | None:
        """Collect; None where there is nothing. Raises what the SDK raises."""
        self._collected = None
        with gauges.silent():
            self.collect(timeout_millis=self._push.reading * 1_000)
        return self._collected

    def _receive_metrics(
        self, metrics_data: MetricsData, timeout_millis: float = 0, **kwargs: Any
    ) -> None:
        self._collected = metrics_data

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """What is collected now would be lost; the pusher asks when it pushes."""
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """There is nothing to shut down."""


class Pusher:
    """Pushes at every interval, in a thread of its own or in the foreground.

    `reader` is None where the process has no instruments but ours. `said` is told
    about every export, in a line.
    """

    def __init__(
        self,
        push: Push,
        resource: Resource,
        scope: InstrumentationScope,
        reader: CollectingReader | None = None,
        said: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.push = push
        self.failing = False
        self._resource = resource
        self._scope = scope
        self._reader = reader
        self._said = said
        self._stop = Event()
        self._starting = Lock()
        self._pid: int | None = None
        self._thread: Thread | None = None

    def start(self, **signal: Any) -> None:
        """Start pushing in the background, once per process. For request_started.

        A process that serves no request, such as a preloading master, starts nothing.
        """
        if self._pid == os.getpid():
            return
        with self._starting:
            if self._pid == os.getpid():
                return
            self._pid = os.getpid()
            self._thread = Thread(
                target=self.run, name="otel_sla OTLP pusher", daemon=True
            )
            self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Have a background pusher push once more what is its own, and end.

        Takes no longer than a request may, and no time at all while the collector
        takes nothing.
        """
        self._stop.set()
        if self._thread is not None and not self.failing:
            self._thread.join(self.push.timeout)

    def end(self) -> None:
        """Have run_in_foreground() return. For signal handlers."""
        self._stop.set()

    def run_in_foreground(self) -> None:
        """Push until end() is called, and then no longer than a request may take.

        In a thread all the same: nothing breaks off a query that waits for a lock.
        """
        thread = Thread(target=self.run, name="otel_sla OTLP pusher", daemon=True)
        thread.start()
        # Not by waiting for the event: a signal that comes while this thread has the
        # event's own lock would wait for it for ever.
        while thread.is_alive() and not self._stop.is_set():
            thread.join(_LOOKS_EVERY)
        thread.join(self.push.timeout)

    def run(self) -> None:
        """Push until stop() or end() is called."""
        cycle = _Cycle(self)
        try:
            while not self._stop.wait(cycle.seconds_until_due()):
                cycle.push()
            cycle.push_last()
        finally:
            cycle.close()


class _Cycle:
    """What a running pusher does, and when it is due; of one thread only."""

    def __init__(self, pusher: Pusher) -> None:
        push = pusher.push
        self._pusher = pusher
        self._push = push
        self._connected: Sender | None = None
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"[-64:]
        self._own = {"service.instance.id": str(uuid4())}
        self._holds = False
        self._waiting: bool | None = None
        self._components_due = time.monotonic()
        self._own_due = self._components_due + push.interval
        self._said_at = 0.0
        self._failing: set[str] = set()
        self._asked_at = self._components_due

    def seconds_until_due(self) -> float:
        return max(0.0, min(self._components_due, self._own_due) - time.monotonic())

    def push(self) -> None:
        """Push what is due."""
        if time.monotonic() >= self._components_due:
            self._components_due = self._next(self._components_due)
            with self._surviving(_COMPONENTS):
                left = self._acquire()
                if left:
                    self._components_due = time.monotonic() + left
                else:
                    self._push_components()
        if time.monotonic() >= self._own_due:
            self._own_due = self._next(self._own_due)
            with self._surviving(_OWN):
                self._push_own()

    @contextmanager
    def _surviving(self, what: str) -> Iterator[None]:
        """A thread that ends is not started again, and the site would fall silent."""
        try:
            yield
        except Exception as error:
            self._failed(what, f"{type(error).__name__}: {error}")

    def push_last(self) -> None:
        """Push what would be lost with this process."""
        if not self._pusher.failing:
            with self._surviving(_OWN):
                self._push_own()

    def close(self) -> None:
        if self._connected is not None:
            self._connected.close()
        with suppress(DatabaseFailure):
            connections.close_all()

    def _sender(self) -> Sender:
        """Made when it is needed: a certificate may be missing for a while."""
        if self._connected is None:
            self._connected = SENDERS[self._push.protocol](self._push)
        return self._connected

    def _next(self, due: float) -> float:
        """The next time in step; a beat that was missed altogether is left out."""
        following = due + self._push.interval
        now = time.monotonic()
        return following if following > now else now + self._push.interval

    def _acquire(self) -> float:
        """Return 0 where this process has the lease, or the seconds to wait for it.

        While the database can't be asked, the holder goes on: it pushes the last
        rows, and should another have taken over, both push the same values of the
        same series.
        """
        gauges.close_stale_connections()
        self._asked_at = time.monotonic()
        try:
            left = acquire(
                LEASE,
                self._holder,
                self._push.interval * _LEASE_LASTS,
                Deadline(self._push.interval / 2),
            )
        except DatabaseFailure as error:
            left = 0.0 if self._holds else self._push.interval
            if left:
                # Before the first migrate, say: nobody would learn it otherwise.
                self._failed(
                    _COMPONENTS,
                    f"the database can't be asked who pushes: {str(error).strip()} "
                    "(is it migrated?)",
                )
        else:
            if left:
                # Whoever has it pushes them now.
                self._recovered(_COMPONENTS)
        finally:
            gauges.close_stale_connections()
        if self._holds != (not left) or self._waiting is None:
            self._waiting = bool(left)
            self._pusher._said(
                "another process pushes the components; this one waits for its turn"
                if left
                else "this process pushes the components now"
            )
        self._holds = not left
        return left

    def _while_held(self, requests: Iterable[Request]) -> Iterator[Request]:
        """Renew the lease during an export that takes long, or another would push
        beside it; where another does, the rest is left to that one."""
        for request in requests:
            if self._lost():
                return
            yield request
        self._lost()

    def _lost(self) -> bool:
        elapsed = time.monotonic() - self._asked_at
        return elapsed > self._push.interval * _RENEWED_AFTER and bool(self._acquire())

    def _push_components(self) -> None:
        began = time.perf_counter()
        try:
            reading = min(self._push.reading, self._push.interval)
            snapshot = gauges.take_now(Deadline(reading))
        except NoRows as error:
            self._failed(_COMPONENTS, str(error))
            return
        origin = otlp.Origin(
            self._pusher._resource, self._pusher._scope, _STARTED, time.time_ns()
        )
        everything = gauges.alike(snapshot, counters=self._pusher._reader is None)
        requests = otlp.encode(everything, origin, self._push.max_points)
        held = self._while_held(requests)
        self._send(held, _COMPONENTS, f"{len(snapshot):,} components", began)

    def _push_own(self) -> None:
        began = time.perf_counter()
        if self._pusher._reader is None:
            return
        try:
            collected = self._pusher._reader.collected()
        except Exception as error:
            # Others' callbacks run in it.
            self._failed(_OWN, f"the SDK can't collect: {error}")
            return
        if collected is not None:
            requests = [otlp.encode_collected(collected, self._own)]
            self._send(requests, _OWN, _OWN, began)

    def _send(
        self, requests: Iterable[Request], what: str, named: str, began: float
    ) -> None:
        """Send all. Past one for which the collector was not there, the others are
        lost without trying; one that it does not take costs no other."""
        points = sent = 0
        reason = ""
        gone = False
        for request in requests:
            points += request.points
            if not gone and self._pusher._stop.is_set() and points > request.points:
                reason, gone = "told to end meanwhile", True
            if gone:
                points_lost.add(DROPPED, request.points)
                continue
            try:
                rejected = self._sender().send(request.message)
            except NotSent as error:
                reason, gone = str(error), error.again
                points_lost.add(DROPPED, request.points)
            else:
                points_lost.add(REJECTED, rejected)
                sent += request.points - rejected
        if reason:
            self._failed(what, reason)
            return
        exports.add(SUCCEEDED)
        self._recovered(what)
        seconds = time.perf_counter() - began
        self._pusher._said(
            f"{named}: {sent:,} of {points:,} points pushed in {seconds:.2f} s"
        )

    def _failed(self, what: str, reason: str) -> None:
        """Log the first failure, and then one every few minutes.

        What fails is told apart, or two of which one fails would take turns to log.
        """
        exports.add(FAILED)
        now = time.monotonic()
        if what not in self._failing or now - self._said_at > _SAY_AGAIN_AFTER:
            logger.error(
                "%s can't be pushed to %s: %s", what, self._push.endpoint, reason
            )
            self._said_at = now
        self._failing.add(what)
        self._pusher.failing = True
        self._pusher._said(f"failed: {reason}")

    def _recovered(self, what: str) -> None:
        if what in self._failing:
            logger.warning("%s can be pushed again", what)
        self._failing.discard(what)
        self._pusher.failing = bool(self._failing)
