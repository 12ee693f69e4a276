"""Create the SDK's instruments whose names are data, after a reading has shown them.

Creating one waits for every callback of the provider that is running, so it is done on
a thread of its own, and no scrape waits for it. The SDK can't remove an instrument: one
whose name is gone stays, and observes nothing.
"""

from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterator, Mapping
from threading import Thread
from typing import Any, NamedTuple

from ..bridge.families import Instrument
from ..bridge.instrument_names import taken_by
from ..bridge.interface import Snapshot
from ..bridge.registry import AnySource, Collection
from ..logs import get_logger

logger = get_logger(__name__)

Key = tuple[str, str]
"""The name of an instrument in lower case, because the SDK ignores the case, and its
unit. A name may move from one source to another."""

Create = Callable[[Key, Instrument[Any]], object]


class Shown(NamedTuple):
    """An instrument, and the snapshot of its source that it observes."""

    instrument: Instrument[Any]
    source: AnySource
    snapshot: Snapshot


class NamedInstruments:
    """The instruments whose names are data, of one meter.

    `create` creates one. `others` returns what instruments of other meters are called:
    the SDK's readers would mix up two of one name. Used by callbacks, of which a
    provider runs one at a time.
    """

    def __init__(
        self, create: Create, others: Callable[[], Container[Hashable]]
    ) -> None:
        self._create = create
        self._others = others
        self._seen: Collection | None = None
        self._shown: dict[Key, Shown] = {}
        self._created: dict[Key, AnySource] = {}
        self._full: set[AnySource] = set()
        self._creating: Thread | None = None

    def see(self, collection: Collection) -> None:
        """Show the collection, and create its new instruments on another thread."""
        if collection is self._seen:
            return
        self._seen = collection
        self._shown = dict(self._of(collection))
        # In a forked process the thread is not alive; what it had created is there.
        if self._creating is not None and self._creating.is_alive():
            return
        if new := self._new():
            self._creating = Thread(
                target=self._run, args=(new,), name="otel_sla instruments", daemon=True
            )
            try:
                self._creating.start()
            except RuntimeError:
                # At the end of the process, or at a limit: the next collection tries.
                self._creating = None

    def shown(self, key: Key) -> Shown | None:
        """Return the instrument as it was seen last. None where there is none of that
        name now, or another meter has one."""
        return self._shown.get(key)

    def _of(self, collection: Collection) -> Iterator[tuple[Key, Shown]]:
        others: Container[Hashable] | None = None
        for source, snapshot in collection.parts:
            for one in source.instruments_of(snapshot):
                others = self._others() if others is None else others
                names = taken_by(one.name, one.unit, one.kind)
                if not any(name in others for name in names):
                    yield (one.name.lower(), one.unit), Shown(one, source, snapshot)

    def _new(self) -> dict[Key, Shown]:
        """Return what is to be created, no more than the limit of each source."""
        new: dict[Key, Shown] = {}
        there = Counter(self._created.values())
        for key, one in self._shown.items():
            if key in self._created:
                continue
            if there[one.source] < one.source.at_most:
                there[one.source] += 1
                new[key] = one
            elif one.source not in self._full:
                self._full.add(one.source)
                logger.warning(
                    "readers of the OpenTelemetry SDK don't show all instruments of "
                    "%s until this process ends: it has had at_most = %s, and the SDK "
                    "can't remove those whose names are gone",
                    *(one.source.name, one.source.at_most),
                )
        return new

    def _run(self, new: Mapping[Key, Shown]) -> None:
        for key, one in new.items():
            try:
                self._create(key, one.instrument)
            except Exception:
                logger.exception("%s can't be created", one.instrument.name)
            # A new mapping: _new() may be iterating over this one in a callback.
            self._created = {**self._created, key: one.source}
