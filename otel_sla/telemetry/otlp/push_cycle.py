"""The push cycle: what is due at each interval, the lease, and failed exports."""

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Event
from uuid import uuid4

from django.db import Error as DatabaseFailure
from django.db import connections
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from ...bridge.last_good import NoRows
from ...bridge.registry import Registry, registry
from ...bridge.self_metrics import (
    DROPPED,
    FAILED,
    REJECTED,
    SUCCEEDED,
    exports,
    points_lost,
)
from ...conf import conf
from ...database.deadline import Deadline
from ...logs import get_logger
from ...models.leases import acquire
from ...throttled_log import ThrottledLog
from .. import callbacks
from ..config.reader_options import Push
from . import encoder
from .encoder import Request
from .transport import SENDERS, NotSent, Sender

logger = get_logger("otel_sla.cycle")

# What a process counts and measures, as the log calls it.
_OWN = "this process's own"

LEASE = "otlp"
"""The name of the lease for pushing all rows."""

# Times as parts of an interval. Another takes over soon after the holder has missed
# its turn.
_LEASE_LASTS = 1.25
# Those who wait ask twice an interval: the database's clock counts what is left of the
# lease. Set back, it would leave nobody to push for longer than two intervals.
_ASKED_AGAIN_AFTER = 0.5
# How old the lease may be within an export.
_RENEWED_AFTER = 0.1
# By when the database has to have said who pushes, and to have given the rows. If it
# does not answer, the last rows are then still pushed within the interval.
_FOR_THE_LEASE, _FOR_THE_ROWS = 0.25, 0.875

_STARTED = time.time_ns()


def lease_for(select: Sequence[str], sources: Sequence[str] | None = None) -> str:
    """Return the name of the lease for pushing the rows of this selection of labels
    and of sources: each selection has a process that pushes it."""
    if not select and sources is None:
        return LEASE
    asked_for = "\n".join(sorted(set(select)))
    if sources is not None:
        asked_for = "\0".join([asked_for, *sorted(set(sources))])
    return (
        f"{LEASE}:{sha256(asked_for.encode(errors='surrogatepass')).hexdigest()[:32]}"
    )


@dataclass(slots=True)
class Job:
    """What is pushed, where to, and whether to go on.

    `collect` collects what this process has besides the gauges of `sources`; None where
    it has nothing. `said` is called with a line about every export. `failing` names
    what the last export of has failed.
    """

    push: Push
    resource: Resource
    scope: InstrumentationScope
    collect: Callable[[], MetricsData | None] | None = None
    said: Callable[[str], None] = lambda line: None
    stop: Event = field(default_factory=Event)
    failing: set[str] = field(default_factory=set)
    sources: Registry = registry


class Cycle:
    """What a running pusher does, and when it is due. Not to be shared by threads."""

    def __init__(self, job: Job) -> None:
        push = job.push
        self._job = job
        self._rows = job.sources.rows_name
        self._push = push
        self._connected: Sender | None = None
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"[-64:]
        self._own = {"service.instance.id": str(uuid4())}
        self._holds: bool | None = None
        self._rows_due = time.monotonic()
        self._own_due = self._rows_due + push.interval
        self._failures = {
            what: ThrottledLog(
                f"{what} can't be pushed to {push.endpoint}",
                f"failures to push {what} to {push.endpoint}",
            )
            for what in (self._rows, _OWN)
        }
        self._asked_at = self._rows_due
        self._unanswered = False

    def seconds_until_due(self) -> float:
        return max(0.0, min(self._rows_due, self._own_due) - time.monotonic())

    def push(self) -> None:
        """Push what is due."""
        if time.monotonic() >= self._rows_due:
            self._rows_due = self._next(self._rows_due)
            with self._failures_of(self._rows):
                left = self._acquire()
                if left:
                    waits = min(left, self._push.interval * _ASKED_AGAIN_AFTER)
                    self._rows_due = time.monotonic() + waits
                else:
                    self._push_rows()
        if time.monotonic() >= self._own_due:
            self._own_due = self._next(self._own_due)
            with self._failures_of(_OWN):
                self._push_own()

    @contextmanager
    def _failures_of(self, what: str) -> Iterator[None]:
        """Log a failure to push: a thread that ends is not started again."""
        try:
            yield
        except (NoRows, NotSent) as error:
            self._failed(what, str(error))
        except Exception as error:
            self._failed(what, f"{type(error).__name__}: {error}")

    def push_last(self) -> None:
        """Push what would be lost with this process."""
        if not self._job.failing:
            with self._failures_of(_OWN):
                self._push_own()

    def close(self) -> None:
        if self._connected is not None:
            self._connected.close()
        with suppress(DatabaseFailure):
            connections.close_all()

    def _sender(self) -> Sender:
        if self._connected is None:
            # Not before it is needed: a certificate may be missing for a while.
            try:
                self._connected = SENDERS[self._push.protocol](self._push)
            except OSError as error:
                raise NotSent(f"{type(error).__name__}: {error}", again=True) from error
        return self._connected

    def _next(self, due: float) -> float:
        now = time.monotonic()
        following = due + self._push.interval
        # In step; an interval that was missed altogether is left out.
        return following if following > now else now + self._push.interval

    def _acquire(self) -> float:
        """Return 0 where this process has the lease, or the seconds to wait for it.

        While the database can't be asked, the holder goes on: it pushes the last
        rows, and should another have taken over, both push the same values of the
        same series. Counters of rows that were read before are left out then, because
        another machine may have pushed newer ones.
        """
        callbacks.close_stale_connections()
        self._asked_at = time.monotonic()
        self._unanswered = False
        try:
            left = acquire(
                lease_for(conf.SELECT, conf.SOURCES),
                self._holder,
                self._push.interval * _LEASE_LASTS,
                Deadline(self._push.interval * _FOR_THE_LEASE),
            )
        except DatabaseFailure as error:
            self._unanswered = True
            left = 0.0 if self._holds else self._push.interval
            if left:
                # Before the first migrate, say: nobody would learn it otherwise.
                self._failed(
                    self._rows,
                    f"the database can't be asked who pushes: {str(error).strip()} "
                    "(is it migrated?)",
                )
        else:
            if left:
                # The holder pushes them now.
                self._recovered(self._rows)
        finally:
            callbacks.close_stale_connections()
        if self._holds != (not left):
            self._job.said(
                f"another process pushes the {self._rows}; this one waits for its turn"
                if left
                else f"this process pushes the {self._rows} now"
            )
        if not left and (self._unanswered or not self._holds):
            for one in self._job.sources:
                one.outdate()
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
        if self._unanswered:
            # Asked again at once, the database would hold up the push as long again.
            return False
        elapsed = time.monotonic() - self._asked_at
        return elapsed > self._push.interval * _RENEWED_AFTER and bool(self._acquire())

    def _push_rows(self) -> None:
        began = time.monotonic()
        left = self._asked_at + self._push.interval * _FOR_THE_ROWS - began
        deadline = Deadline(min(self._push.reading, left))
        collected = callbacks.collect_now(self._job.sources, deadline)
        origin = encoder.Origin(
            self._job.resource, self._job.scope, _STARTED, time.time_ns()
        )
        groups = collected.row_groups(counters=self._job.collect is None)
        requests = encoder.encode(groups, origin, self._push.max_points)
        held = self._while_held(requests)
        named = f"{len(collected):,} {collected.rows_name}"
        self._send(held, self._rows, named, began)

    def _push_own(self) -> None:
        began = time.monotonic()
        if self._job.collect is None:
            return
        try:
            collected = self._job.collect()
        except Exception as error:
            # Others' callbacks run in it.
            raise NoRows(f"the SDK can't collect: {error}") from error
        if collected is not None:
            requests = [encoder.encode_collected(collected, self._own)]
            self._send(requests, _OWN, _OWN, began)

    def _send(
        self, requests: Iterable[Request], what: str, named: str, began: float
    ) -> None:
        """Send all. Once the collector can't be reached, the rest is dropped without
        trying; a request that it rejects costs no other."""
        points = sent = 0
        reason = ""
        gone = False
        for request in requests:
            points += request.points
            if not gone and self._job.stop.is_set() and points > request.points:
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
            raise NotSent(reason, again=gone)
        exports.add(SUCCEEDED)
        self._recovered(what)
        seconds = time.monotonic() - began
        self._job.said(
            f"{named}: {sent:,} of {points:,} points pushed in {seconds:.2f} s"
        )

    def _failed(self, what: str, reason: str) -> None:
        exports.add(FAILED)
        if said := self._failures[what].note():
            logger.error("%s: %s", said, reason)
        self._job.failing.add(what)
        self._job.said(f"failed: {reason}")

    def _recovered(self, what: str) -> None:
        if self._failures[what].end():
            logger.warning("%s can be pushed again", what)
        self._job.failing.discard(what)
