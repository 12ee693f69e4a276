"""The instruments, as a table, and the callbacks that observe a snapshot."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock

from django.db import close_old_connections, connections
from opentelemetry.metrics import CallbackOptions, Meter, Observation

from .snapshot import REASONS, Row, Snapshot, snapshots

Observed = tuple[int | float | None, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Instrument:
    """An observable gauge: its identity, and what it observes in a snapshot."""

    name: str
    unit: str
    description: str
    observe: Callable[[Snapshot], Iterator[Observed]]


def _per_component(
    value: Callable[[Row], int | None],
    attributes: Callable[[Row], Mapping[str, str]] = lambda row: row.attributes,
) -> Callable[[Snapshot], Iterator[Observed]]:
    def observe(snapshot: Snapshot) -> Iterator[Observed]:
        for row in snapshot.rows:
            yield value(row), attributes(row)

    return observe


def _described(row: Row) -> Mapping[str, str]:
    """The info series' own attributes win over labels of the same name."""
    return {
        **row.attributes,
        "agreement": row.agreement,
        "schedule": row.schedule,
        "timezone": row.timezone,
    }


def _dropped(snapshot: Snapshot) -> Iterator[Observed]:
    for reason in REASONS:
        yield snapshot.dropped.get(reason, 0), {"reason": reason}


INSTRUMENTS = (
    Instrument(
        "service_window.last_start",
        "s",
        "When the service window last started, in Unix time.",
        _per_component(lambda row: row.state.last_start),
    ),
    Instrument(
        "service_window.last_end",
        "s",
        "When the service window last ended, in Unix time.",
        _per_component(lambda row: row.state.last_end),
    ),
    Instrument(
        "service_window.next_start",
        "s",
        "When the service window next starts, in Unix time.",
        _per_component(lambda row: row.state.next_start),
    ),
    Instrument(
        "service_window.next_end",
        "s",
        "When the service window next ends, in Unix time.",
        _per_component(lambda row: row.state.next_end),
    ),
    Instrument(
        "service_window.in_window",
        "",
        "Whether the service window is open now: 1 or 0.",
        _per_component(lambda row: int(row.state.in_window)),
    ),
    Instrument(
        "service_window.info",
        "",
        "Always 1; tells the component's agreement, schedule and time zone.",
        _per_component(lambda row: 1, _described),
    ),
    Instrument(
        "service_window.rows_dropped",
        "",
        "Components left out because what the database holds of them can't be used.",
        _dropped,
    ),
)

_serving: ContextVar[Snapshot | None] = ContextVar("serving", default=None)


@contextmanager
def serving(snapshot: Snapshot) -> Iterator[None]:
    """Let collections in this context observe this snapshot and take none."""
    token = _serving.set(snapshot)
    try:
        yield
    finally:
        _serving.reset(token)


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


def take_now() -> Snapshot:
    """Take a snapshot of this second, outside any request.

    Nobody else closes the connections of a reader's thread: one that the database
    has dropped would fail for ever.
    """
    _close_old_connections()
    try:
        return snapshots.take(int(time.time()))
    finally:
        _close_old_connections()


def _close_old_connections() -> None:
    if not any(one.in_atomic_block for one in connections.all(initialized_only=True)):
        close_old_connections()


def register(meter: Meter) -> None:
    """Create every instrument on the meter. Reads nothing yet."""
    collections = Collections(take_now)
    for instrument in INSTRUMENTS:
        meter.create_observable_gauge(
            instrument.name,
            [_callback(instrument, collections)],
            instrument.unit,
            instrument.description,
        )


def _callback(
    instrument: Instrument, collections: Collections
) -> Callable[[CallbackOptions], list[Observation]]:
    def callback(options: CallbackOptions) -> list[Observation]:
        """Observe all or nothing: a generator that fails would leak half its rows."""
        snapshot = _serving.get() or collections.snapshot_for(instrument.name)
        return [
            Observation(value, dict(attributes))
            for value, attributes in instrument.observe(snapshot)
            if value is not None
        ]

    return callback
