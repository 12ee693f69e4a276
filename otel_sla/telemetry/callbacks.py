"""Callbacks of the observable instruments, which share one snapshot a collection."""

import time
from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import partial
from threading import Lock
from typing import Any

from django.db import close_old_connections, connections
from opentelemetry.metrics import CallbackOptions, Meter, Observation

from ..bridge.families import Instrument
from ..bridge.instruments import SOURCES, Reading, of_process
from ..bridge.interface import Snapshot, Source
from ..bridge.no_rows import NoRows
from ..bridge.registry import Collection, Registry, registry
from ..database.closing import closing_new
from ..database.deadline import Deadline
from .named_instruments import Key, NamedInstruments

Callback = Callable[[CallbackOptions], list[Observation]]

_serving: ContextVar[Collection | None] = ContextVar("serving", default=None)
_NOTHING = Collection()


@contextmanager
def serving(collection: Collection) -> Iterator[None]:
    """Let collections in this context observe these snapshots and take none."""
    token = _serving.set(collection)
    try:
        yield
    finally:
        _serving.reset(token)


def silent() -> AbstractContextManager[None]:
    """Let collections in this context observe only the counters of this process, and
    none of our other instruments."""
    return serving(_NOTHING)


class SharedCollection:
    """Shares one collection of all sources among the gauges that ask for it.

    A collection asks every gauge once, so a gauge that asks again has begun a new
    one. That rule needs no clock, and works for every reader: a provider lets
    its readers collect one at a time.
    """

    def __init__(self, take: Callable[[], Collection]) -> None:
        self._take = take
        self._lock = Lock()
        self._asked: set[str] = set()
        self._outcome: Collection | Exception | None = None

    def taken_for(self, instrument: str) -> Collection:
        """Return what was taken for the collection that asks this instrument."""
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


def collect_now(sources: Registry, deadline: Deadline | None = None) -> Collection:
    """Take snapshots of this second of what is exported, outside any request.

    Raises NoRows.
    """
    # Nobody else closes the connections of a reader's thread: one that the database has
    # dropped would fail for ever, and one that is opened in a thread that ends, such as
    # those of prometheus_client's own server, would stay open.
    close_stale_connections()
    try:
        with closing_new():
            return sources.collect(int(time.time()), deadline)
    finally:
        close_stale_connections()


def close_stale_connections() -> None:
    """Close what the database may have closed, except inside atomic()."""
    if not any(one.in_atomic_block for one in connections.all(initialized_only=True)):
        close_old_connections()


def register(
    meter: Meter,
    sources: Registry = registry,
    others: Callable[[], Container[Hashable]] = frozenset,
) -> None:
    """Create every instrument on the meter. Reads nothing yet.

    Those whose names are data are created later, unless they are among `others`.
    """
    create = {
        "gauge": meter.create_observable_gauge,
        "counter": meter.create_observable_counter,
        "up_down_counter": meter.create_observable_up_down_counter,
    }
    shared = SharedCollection(partial(collect_now, sources))
    named = NamedInstruments(
        lambda key, one: create[one.kind](
            one.name, [_callback_of_name(key, shared, named)], one.unit, one.description
        ),
        others,
    )
    callbacks: list[tuple[Instrument[Any], Callback]] = [
        (one, _callback(one, kept.source, shared))
        for kept in sources
        for one in kept.source.instruments
    ]
    callbacks += [(one, _callback(one, None, shared, named)) for one in SOURCES]
    callbacks += [(one, _callback_of_process(one)) for one in of_process(counters=True)]
    for one, callback in callbacks:
        create[one.kind](one.name, [callback], one.unit, one.description)


def _callback(
    instrument: Instrument[Any],
    source: Source[Any, Any] | None,
    shared: SharedCollection,
    named: NamedInstruments | None = None,
) -> Callback:
    def callback(options: CallbackOptions) -> list[Observation]:
        """Observe all or nothing: a generator that fails would leak half its rows."""
        collection = _collection(instrument.name, shared)
        if collection is None:
            return []
        if named is not None:
            named.see(collection)
        if source is None:
            return _observed(instrument, collection.readings)
        snapshot = collection.of(source)
        return [] if snapshot is None else _observed(instrument, snapshot)

    return callback


def _callback_of_name(
    key: Key, shared: SharedCollection, named: NamedInstruments
) -> Callback:
    def callback(options: CallbackOptions) -> list[Observation]:
        collection = _collection(" in ".join(key), shared)
        if collection is None:
            return []
        named.see(collection)
        found = named.shown(key)
        return [] if found is None else _observed(found.instrument, found.snapshot)

    return callback


def _collection(instrument: str, shared: SharedCollection) -> Collection | None:
    """Return what the instrument is to observe now."""
    serving = _serving.get()
    if serving is not None:
        return serving
    try:
        return shared.taken_for(instrument)
    except NoRows:
        # Said in the log once; the SDK would, with a traceback, every time.
        return None


def _callback_of_process(instrument: Instrument[Any]) -> Callback:
    def callback(options: CallbackOptions) -> list[Observation]:
        if _serving.get() is _NOTHING and instrument.kind != "counter":
            return []
        return _observed(instrument, None)

    return callback


def _observed(
    instrument: Instrument[Any], snapshot: Snapshot | Sequence[Reading] | None
) -> list[Observation]:
    return [Observation(*point) for point in instrument.points(snapshot)]
