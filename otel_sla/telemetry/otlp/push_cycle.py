"""The push cycle: what is due at each interval, the lease, and failed exports."""

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from threading import Event
from uuid import uuid4

from django.db import Error as DatabaseFailure
from django.db import connections
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from ...bridge.no_rows import NoRows
from ...bridge.registry import Registry, registry
from ...bridge.self_metrics import FAILED, SUCCEEDED, exports
from ...bridge.shared_callbacks import are_declared
from ...conf import conf
from ...database.deadline import Deadline
from ...logs import ThrottledLog, get_logger
from .. import callbacks
from ..config.reader_options import Push
from ..shared import split
from . import encoder
from .encoder import Request
from .export import Export
from .pushed_series import PushedSeries
from .transport import SENDERS, NotSent, Sender
from .turn import Turn, lease_for, lease_for_shared

logger = get_logger("otel_sla.cycle")

# What a process counts and measures, as the log calls it.
_OWN = "this process's own"

# Times as parts of an interval. Those who wait ask twice an interval: the database's
# clock counts what is left of the lease. Set back, it would leave nobody to push for
# longer than two intervals.
_ASKED_AGAIN_AFTER = 0.5
# How old the lease may be within an export.
_RENEWED_AFTER = 0.1
# By when the database has to have given the rows. If it does not answer, the last rows
# are then still pushed within the interval.
_FOR_THE_ROWS = 0.875

_STARTED = time.time_ns()


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
    collect: Callable[[bool], MetricsData | None] | None = None
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
        holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"[-64:]
        self._turn = Turn(
            lambda: lease_for(conf.SELECT, conf.SOURCES), holder, push.interval
        )
        self._shared_turn = Turn(
            lambda: lease_for_shared(job.resource), holder, push.interval
        )
        self._pushed = PushedSeries()
        self._own = {"service.instance.id": str(uuid4())}
        self._rows_due = time.monotonic()
        self._own_due = self._rows_due + push.interval
        self._failures = {
            what: ThrottledLog(
                f"{what} can't be pushed to {push.endpoint}",
                f"failures to push {what} to {push.endpoint}",
            )
            for what in (self._rows, _OWN)
        }

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
                self._push_own(with_shared=are_declared() and self._has_shared_turn())

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
                self._push_own(with_shared=False)

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

        Counters of rows that were read before are left out where another machine may
        have pushed newer ones.
        """
        turn, before = self._turn, self._turn.is_held
        left = turn.take()
        if left:
            self._pushed.forget()
        if left and turn.fault:
            # Before the first migrate, say: nobody would learn it otherwise.
            self._failed(
                self._rows,
                f"the database can't be asked who pushes: {turn.fault} "
                "(is it migrated?)",
            )
        elif left:
            # The holder pushes them now.
            self._recovered(self._rows)
        if turn.is_held != before:
            self._job.said(
                f"another process pushes the {self._rows}; this one waits for its turn"
                if left
                else f"this process pushes the {self._rows} now"
            )
        if not left and (turn.fault or not before):
            for one in self._job.sources:
                one.outdate()
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
        if self._turn.fault:
            # Asked again at once, the database would hold up the push as long again.
            return False
        elapsed = time.monotonic() - self._turn.asked_at
        return elapsed > self._push.interval * _RENEWED_AFTER and bool(self._acquire())

    def _push_rows(self) -> None:
        began = time.monotonic()
        left = self._turn.asked_at + self._push.interval * _FOR_THE_ROWS - began
        deadline = Deadline(min(self._push.reading, left))
        collected = callbacks.collect_now(self._job.sources, deadline)
        origin = encoder.Origin(
            self._job.resource, self._job.scope, _STARTED, time.time_ns()
        )
        # Or another process may push what has ended here. It is ended later, then.
        is_sure = not self._turn.fault
        ended = self._pushed.ended(collected) if is_sure else ()
        groups = collected.row_groups(counters=self._job.collect is None)
        most = self._push.max_points
        requests = chain(
            encoder.encode(ended, origin, most, ends=True),
            encoder.encode(groups, origin, most),
        )
        export = self._sent(self._while_held(requests))
        if is_sure and self._turn.is_held:
            self._pushed.note(collected, export)
        named = f"{len(collected):,} {collected.rows_name}"
        self._report(export, self._rows, named, began)

    def _has_shared_turn(self) -> bool:
        turn = self._shared_turn
        if self._turn.fault:
            # Asked now, the database would hold up the push as well.
            return bool(turn.is_held)
        return not turn.take()

    def _push_own(self, *, with_shared: bool) -> None:
        began = time.monotonic()
        if self._job.collect is None:
            return
        try:
            collected = self._job.collect(with_shared)
        except Exception as error:
            # Others' callbacks run in it.
            raise NoRows(f"the SDK can't collect: {error}") from error
        if collected is not None:
            own, of_the_site = split(collected)
            most = self._push.max_points
            requests = chain(
                encoder.encode_collected(own, self._own, most),
                encoder.encode_collected(of_the_site, {}, most),
            )
            self._report(self._sent(requests), _OWN, _OWN, began)

    def _sent(self, requests: Iterable[Request]) -> Export:
        export = Export()
        export.send(requests, self._sender, self._job.stop)
        return export

    def _report(self, export: Export, what: str, named: str, began: float) -> None:
        """Count and tell of an export. Raises NotSent if some of it was not taken."""
        if export.reason:
            raise NotSent(export.reason, again=export.gone)
        exports.add(SUCCEEDED)
        self._recovered(what)
        seconds = time.monotonic() - began
        self._job.said(
            f"{named}: {export.taken:,} of {export.points:,} points pushed "
            f"in {seconds:.2f} s"
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
