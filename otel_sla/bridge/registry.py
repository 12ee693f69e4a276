"""The registry of a site's sources, and a collection of them all at one moment."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from threading import RLock
from typing import Any, NamedTuple, TypeVar

from django.apps import apps

from ..conf import conf
from ..database.deadline import Deadline
from ..logs import ThrottledLog, get_logger
from .families import Family, RowGroup, families, row_groups
from .instruments import SOURCES, Reading, of_process
from .interface import Snapshot, Source
from .last_good import LastGood
from .name_clashes import NameClashes, Taken, taken
from .no_rows import NoRows
from .self_metrics import WRITE, source_errors

T = TypeVar("T")

logger = get_logger(__name__)

PATIENCE = 0.5
"""Seconds for which a collection waits for what a source does in the background, if an
earlier state can be shown instead."""

AnySource = Source[Any, Any]

_failures = ThrottledLog("a collection", "collections")

_OF_THE_SDK: dict[Hashable, str] = {
    one: one for one in ("target", "target_info", "otel_scope_info")
}


class Part(NamedTuple):
    """A source, and the part of its snapshot that this process exports."""

    source: AnySource
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Collection:
    """Snapshots of all sources that could be read, at one moment.

    `left_out` are the names of the others, none of which is required. `readings` say
    how each of those that are not required was read.
    """

    parts: tuple[Part, ...] = ()
    left_out: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return sum(len(one.snapshot) for one in self.parts)

    @property
    def is_poor(self) -> bool:
        """Whether a source is left out, or rows are from an earlier reading."""
        stale = any(one.snapshot.read_at != one.snapshot.moment for one in self.parts)
        return stale or bool(self.left_out)

    @property
    def rows_name(self) -> str:
        """A plural noun for its rows, for log lines: "orders and disks"."""
        return _joined(one.source for one in self.parts)

    def of(self, source: AnySource) -> Snapshot | None:
        """Return the snapshot of the source, or None."""
        found = (one.snapshot for one in self.parts if one.source is source)
        return next(found, None)

    def beside(
        self,
        names: Taken,
        clashes: NameClashes,
        order: Callable[[Part], int] = lambda part: 0,
    ) -> "Collection":
        """Return the collection without instruments whose names are data and clash with
        `names`, or with those of a part that comes before in `order`."""
        before = {one.source: one.snapshot for one in sorted(self.parts, key=order)}
        after = clashes.resolved(before, names)
        changed = {
            source.name: snapshot
            for source, snapshot in after.items()
            if snapshot is not before[source]
        }
        if not changed:
            return self
        return replace(
            self,
            parts=tuple(Part(one.source, after[one.source]) for one in self.parts),
            readings=tuple(
                one._replace(rows=len(now), dropped=now.dropped)
                if (now := changed.get(one.source)) is not None
                else one
                for one in self.readings
            ),
        )

    def families(self, *, counters: bool) -> Iterator[Family]:
        """Yield all families; `counters` as for of_process()."""
        for source, snapshot in self.parts:
            yield from unless_broken(source, source.families(snapshot))
        yield from _not_empty(families(SOURCES, self.readings))
        yield from _not_empty(families(of_process(counters=counters), None))

    def row_groups(self, *, counters: bool) -> Iterator[RowGroup]:
        """Yield all rows with their values; `counters` as for of_process()."""
        for source, snapshot in self.parts:
            yield from unless_broken(source, source.row_groups(snapshot))
        yield from row_groups(SOURCES, self.readings)
        yield from row_groups(of_process(counters=counters), None)


class Registry:
    """Sources by name, of which this process exports those that `chosen` names.

    None: all of them. `fill` registers sources before the first is asked for.
    """

    def __init__(
        self,
        chosen: Callable[[], Sequence[str] | None] = lambda: None,
        fill: Callable[["Registry"], None] | None = None,
    ) -> None:
        self._sources: dict[str, LastGood[Any, Any]] = {}
        self._chosen = chosen
        self._fill = fill
        self._is_filled = fill is None
        self._filling = RLock()
        self._clashes = NameClashes()

    def register(self, kept: LastGood[Any, Any]) -> None:
        """Add a source, unless it is there already.

        Raises ValueError if its name is taken, or that of one of its instruments,
        which includes the names that it has in Prometheus.
        """
        name = kept.source.name
        if self._sources.get(name) is kept:
            return
        if name in self._sources:
            raise ValueError(f"There is another source named {name!r}.")
        names = self._names_taken()
        for one in kept.source.instruments:
            for shown, called in taken([one]).items():
                if shown in names:
                    raise ValueError(
                        f"The instrument {called!r} of source {name!r} exists "
                        f"already: {names[shown]!r} has the same name, at least in "
                        "Prometheus. Use another name."
                    )
            names |= taken([one])
        self._sources[name] = kept

    def __iter__(self) -> Iterator[LastGood[Any, Any]]:
        """Yield those that are exported: the required ones first, and last those that
        ran out of time, the latest at the end."""
        self._fill_once()
        chosen = self._chosen()
        return iter(
            sorted(
                (
                    one
                    for name, one in self._sources.items()
                    if chosen is None or name in chosen
                ),
                key=lambda one: (not one.source.required, one.ran_out_at),
            )
        )

    @property
    def registered(self) -> Sequence[LastGood[Any, Any]]:
        """All sources, exported or not."""
        self._fill_once()
        return [*self._sources.values()]

    @property
    def missing(self) -> Sequence[str]:
        """Chosen names that no source has."""
        self._fill_once()
        chosen = dict.fromkeys(self._chosen() or ())
        return [name for name in chosen if name not in self._sources]

    @property
    def rows_name(self) -> str:
        """A plural noun for the rows of all sources, for log lines."""
        return _joined(one.source for one in self)

    def collect(self, moment: int, deadline: Deadline | None = None) -> Collection:
        """Take a snapshot of every source at the moment, in Unix seconds.

        One that can't be read is left out, unless it is required: raises NoRows then.
        """
        away: dict[str, str] = {}
        return self._collected(lambda one: one.take(moment, deadline, away, PATIENCE))

    def last_good(self, moment: int, why: str) -> Collection:
        """Make snapshots of the last rows. Raises NoRows as collect() does."""
        return self._collected(lambda one: one.last_good(moment, why))

    def _collected(self, take: Callable[[LastGood[Any, Any]], Snapshot]) -> Collection:
        parts, left_out = [], []
        # A misspelt name is exported as a source that is down, so that alerts see it.
        readings = [Reading(name, is_read=False) for name in self.missing]
        for one in self:
            name = one.source.name
            try:
                parts.append(part := Part(one.source, one.source.exported(take(one))))
                if not one.source.required:
                    readings.append(one.reading(part.snapshot))
            except Exception as error:
                if one.source.required:
                    raise
                left_out.append(name)
                readings.append(Reading(name, is_read=False))
                if not isinstance(error, NoRows):
                    _log_broken(one.source)
        collection = Collection(tuple(parts), tuple(left_out), tuple(readings))
        if not any(one.source.at_most for one in parts):
            return collection
        # Whatever is read first, the source that was registered first keeps a name.
        order = list(self._sources)
        return collection.beside(
            self._names_taken(),
            self._clashes,
            lambda part: order.index(part.source.name),
        )

    def _fill_once(self) -> None:
        if self._is_filled:
            return
        with self._filling:
            fill, self._fill = self._fill, None
            if fill is None:
                # It is filled by now, or being filled by this thread.
                return
            try:
                fill(self)
            except BaseException:
                self._fill = fill
                raise
            self._is_filled = True

    def _names_taken(self) -> dict[Hashable, str]:
        """Return the names that are declared, exported or not."""
        theirs = (one.source.instruments for one in self._sources.values())
        declared = chain(of_process(counters=True), SOURCES, *theirs)
        return _OF_THE_SDK | taken(declared)


def _not_empty(found: Iterable[Family]) -> Iterator[Family]:
    return (one for one in found if one.blocks)


def unless_broken(source: AnySource, yielded: Iterator[T]) -> Iterable[T]:
    """Return what a source yields; nothing if it raises and is not required."""
    if source.required:
        return yielded
    try:
        return list(yielded)
    except Exception:
        _log_broken(source)
        return ()


def _log_broken(source: AnySource) -> None:
    """Count and log the exception that is being handled."""
    source_errors.add((source.name, WRITE))
    if collections := _failures.note(source.name):
        logger.exception("source %r is left out of %s", source.name, collections)


def _joined(sources: Iterable[AnySource]) -> str:
    names = [one.rows_name for one in sources]
    if len(names) > 3:
        # A site may have dozens.
        names[2:] = [f"those of {len(names) - 2} other sources"]
    joined = (", ".join(names[:-1]), *names[-1:])
    return " and ".join(filter(None, joined)) or "rows"


def _register_of_apps(sources: Registry) -> None:
    config: Any = apps.get_app_config("otel_sla")
    config.register_sources(sources)


registry = Registry(lambda: conf.SOURCES, _register_of_apps)
"""The registry of this process."""
