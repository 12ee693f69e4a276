"""The instruments, as a table; what they observe in a snapshot, and their callbacks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock

from django.db import close_old_connections, connections
from opentelemetry.metrics import CallbackOptions, Meter, Observation

from .counts import (
    LOSSES,
    OUTCOMES,
    STAGES,
    collection_errors,
    exports,
    points_lost,
)
from .deadline import Deadline
from .families import Alike, Attributes, Block, Family, Kind
from .groups import REASONS, Group
from .labels import series
from .schedule import State
from .snapshot import NoRows, Snapshot, snapshots

Value = int | float | None


@dataclass(frozen=True, slots=True)
class PerComponent:
    """An observable gauge of every component: its value follows from the state.

    Where `describes` is set, its observations also tell what the component is under.
    """

    name: str
    unit: str
    description: str
    value: Callable[[State], Value]
    describes: bool = False
    kind: Kind = "gauge"

    def more(self, group: Group) -> Mapping[str, str]:
        """What its observations carry besides the component's own attributes."""
        return _described(group) if self.describes else {}

    def observations(self, snapshot: Snapshot) -> Iterator[Observation]:
        for group, state in snapshot.groups:
            value = self.value(state)
            if value is not None:
                more = self.more(group)
                for member in group.members:
                    yield Observation(value, {**member.attributes, **more})

    def blocks(self, snapshot: Snapshot) -> Iterator[Block]:
        for group, state in snapshot.groups:
            value = self.value(state)
            if value is None:
                continue
            if self.describes:
                yield Block(group.described, b"," + series(self.more(group)), value)
            else:
                yield Block(group.series, b"", value)


@dataclass(frozen=True, slots=True)
class PerProcess:
    """An observable instrument about the process itself, with few observations."""

    name: str
    unit: str
    description: str
    values: Callable[[Snapshot], Iterable[tuple[int | float, Mapping[str, str]]]]
    kind: Kind = "gauge"

    def observations(self, snapshot: Snapshot) -> Iterator[Observation]:
        for value, attributes in self.values(snapshot):
            yield Observation(value, dict(attributes))

    def blocks(self, snapshot: Snapshot) -> Iterator[Block]:
        for value, attributes in self.values(snapshot):
            yield Block([series(attributes)], b"", value)


def _described(group: Group) -> dict[str, str]:
    """The info series' own attributes; they win over labels of the same name."""
    return {
        "agreement": group.agreement,
        "schedule": group.schedule,
        "timezone": group.timezone,
    }


INSTRUMENTS: tuple[PerComponent | PerProcess, ...] = (
    PerComponent(
        "service_window.last_start",
        "s",
        "When the service window last started, in Unix time.",
        lambda state: state.last_start,
    ),
    PerComponent(
        "service_window.last_end",
        "s",
        "When the service window last ended, in Unix time.",
        lambda state: state.last_end,
    ),
    PerComponent(
        "service_window.next_start",
        "s",
        "When the service window next starts, in Unix time.",
        lambda state: state.next_start,
    ),
    PerComponent(
        "service_window.next_end",
        "s",
        "When the service window next ends, in Unix time.",
        lambda state: state.next_end,
    ),
    PerComponent(
        "service_window.in_window",
        "",
        "Whether the service window is open now: 1 or 0.",
        lambda state: int(state.in_window),
    ),
    PerComponent(
        "service_window.info",
        "",
        "Always 1; tells the component's agreement, schedule and time zone.",
        lambda state: 1,
        describes=True,
    ),
    PerProcess(
        "service_window.components",
        "",
        "Components that are reported.",
        lambda snapshot: [(len(snapshot), {})],
    ),
    PerProcess(
        "service_window.rows_dropped",
        "",
        "Components left out because what the database holds of them can't be used.",
        lambda snapshot: [
            (snapshot.dropped.get(reason, 0), {"reason": reason}) for reason in REASONS
        ],
    ),
    PerProcess(
        "service_window.snapshot.timestamp",
        "s",
        "When the rows that are reported were read, in Unix time.",
        lambda snapshot: [(snapshot.read_at, {})],
    ),
    PerProcess(
        "service_window.collection.duration",
        "s",
        "How long it took to read and evaluate the rows.",
        lambda snapshot: [(snapshot.duration, {})],
    ),
    PerProcess(
        "service_window.collection.errors",
        "",
        "Failures of this process: to read the rows in time, to wait for another "
        "scrape that reads them, to collect the instruments of others, to hear from "
        "the other workers.",
        lambda _: [(collection_errors[one], {"stage": one}) for one in STAGES],
        kind="counter",
    ),
    PerProcess(
        "service_window.exports",
        "",
        "Exports of this process to an OTLP collector.",
        lambda _: [(exports[one], {"outcome": one}) for one in OUTCOMES],
        kind="counter",
    ),
    PerProcess(
        "service_window.export.points_lost",
        "",
        "Data points that were dropped with an export that failed, or that the "
        "collector has rejected.",
        lambda _: [(points_lost[one], {"reason": one}) for one in LOSSES],
        kind="counter",
    ),
)


def alike(snapshot: Snapshot, *, counters: bool) -> Iterator[Alike]:
    """Yield what the instruments say of the snapshot, row by row.

    Counters are a process's own, and belong with what else it counts.
    """
    per_component = [one for one in INSTRUMENTS if isinstance(one, PerComponent)]
    for group, state in snapshot.groups:
        values = [(one, one.more(group), one.value(state)) for one in per_component]
        yield Alike(
            group.members,
            [(one, more, value) for one, more, value in values if value is not None],
        )
    for process in INSTRUMENTS:
        if isinstance(process, PerProcess) and (counters or process.kind == "gauge"):
            for value, attributes in process.values(snapshot):
                yield Alike([Attributes(attributes)], [(process, {}, value)])


def families(snapshot: Snapshot, *, counters: bool) -> Iterator[Family]:
    """Yield what the instruments say of the snapshot, past the SDK."""
    for one in INSTRUMENTS:
        if counters or one.kind == "gauge":
            blocks = one.blocks(snapshot)
            yield Family(one.name, one.unit, one.description, one.kind, blocks)


def of_components(snapshot: Snapshot) -> Iterator[Family]:
    """Yield what the instruments say of the snapshot's components, not the process."""
    for one in INSTRUMENTS:
        if isinstance(one, PerComponent):
            blocks = one.blocks(snapshot)
            yield Family(one.name, one.unit, one.description, one.kind, blocks)


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
    """Let collections in this context observe none of our gauges.

    Our counters are few, and a process's own: they go with those of others.
    """
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
    """Take a snapshot of this second, outside any request.

    Nobody else closes the connections of a reader's thread: one that the database
    has dropped would fail for ever.
    """
    close_stale_connections()
    try:
        return snapshots.take(int(time.time()), deadline)
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
        if snapshot is _NOTHING and instrument.kind == "gauge":
            return []
        if snapshot is None:
            try:
                snapshot = collections.snapshot_for(instrument.name)
            except NoRows:
                # Said in the log once; the SDK would, with a traceback, every time.
                return []
        return list(instrument.observations(snapshot))

    return callback
