"""The instruments' callbacks, and the snapshot that those of a collection share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

from django.db import close_old_connections, connections
from opentelemetry.metrics import CallbackOptions, Meter, Observation

from ..database.closing import closing_new
from ..database.deadline import Deadline
from ..metrics.instruments import (
    INSTRUMENTS,
    PerComponent,
    PerProcess,
    alike,
    counts_this_process,
    families,
    of_components,
)
from ..metrics.snapshot import NoRows, Snapshot, snapshots

__all__ = [
    "INSTRUMENTS",
    "Collections",
    "PerComponent",
    "PerProcess",
    "alike",
    "close_stale_connections",
    "families",
    "of_components",
    "register",
    "serving",
    "silent",
    "take_now",
]

_serving: ContextVar[Snapshot | None] = ContextVar("serving", default=None)
_NOTHING = Snapshot(0)


@contextmanager
def serving(snapshot: Snapshot) -> Iterator[None]:
    """Let collections in this context observe this snapshot and take none."""
    token = _serving.set(snapshot)
    try:
        yield
    finally:
        _serving.reset(token)


@contextmanager
def silent() -> Iterator[None]:
    """Let collections in this context observe none of our instruments but what this
    process counts: that is little, and goes with what others count."""
    with serving(_NOTHING):
        yield


class Collections:
    """Shares one snapshot among the gauges of a collection.

    A collection asks every gauge once, so a gauge that asks again has begun a new
    one. That rule needs no clock, and works for every reader: a provider lets
    its readers collect one at a time.
    """

    def __init__(self, take: Callable[[], Snapshot]) -> None:
        self._take = take
        self._lock = Lock()
        self._asked: set[str] = set()
        self._outcome: Snapshot | Exception | None = None

    def snapshot_for(self, instrument: str) -> Snapshot:
        """Return the snapshot of the collection that asks this instrument."""
        with self._lock:
            if self._outcome is None or instrument in self._asked:
                self._asked.clear()
                try:
                    self._outcome = self._take()
                except Exception as error:
                    # The other gauges of this collection fail alike, at once.
                    self._outcome = error
            self._asked.add(instrument)
            if isinstance(self._outcome, Exception):
                raise self._outcome
            return self._outcome


def take_now(deadline: Deadline | None = None) -> Snapshot:
    """Take a snapshot of this second of what is exported, outside any request.

    Nobody else closes the connections of a reader's thread: one that the database
    has dropped would fail for ever, and one that is opened in a thread that ends, such
    as those of prometheus_client's own server, would stay open.
    """
    close_stale_connections()
    try:
        with closing_new():
            return snapshots.take(int(time.time()), deadline).exported()
    finally:
        close_stale_connections()


def close_stale_connections() -> None:
    """Close what the database may have closed, except inside atomic()."""
    if not any(one.in_atomic_block for one in connections.all(initialized_only=True)):
        close_old_connections()


def register(meter: Meter) -> None:
    """Create every instrument on the meter. Reads nothing yet."""
    collections = Collections(take_now)
    create = {
        "gauge": meter.create_observable_gauge,
        "counter": meter.create_observable_counter,
    }
    for one in INSTRUMENTS:
        create[one.kind](
            one.name, [_callback(one, collections)], one.unit, one.description
        )


def _callback(
    instrument: PerComponent | PerProcess, collections: Collections
) -> Callable[[CallbackOptions], list[Observation]]:
    def callback(options: CallbackOptions) -> list[Observation]:
        """Observe all or nothing: a generator that fails would leak half its rows."""
        snapshot = _serving.get()
        if snapshot is _NOTHING and not counts_this_process(instrument):
            return []
        if snapshot is None:
            try:
                snapshot = collections.snapshot_for(instrument.name)
            except NoRows:
                # Said in the log once; the SDK would, with a traceback, every time.
                return []
        return list(instrument.observations(snapshot))

    return callback
