"""Find the series of a collection that later ones lack, to say that they have ended."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

from .families import Column, Instrument, RowGroup, row_groups
from .instruments import SOURCES
from .prometheus_names import names
from .registry import Collection, unless_broken

_Series = list[tuple[Sequence[bytes], bytes]]
"""Labels of rows as in a Block, and the labels that all of these rows share."""


def ended(before: Collection, *after: Collection) -> Iterator[RowGroup]:
    """Yield the series of a collection that none of the later ones has, each with a
    value that it had.

    Series are compared by their names and labels in Prometheus. Instruments about this
    process are left out: what they observe is not part of a collection.
    """
    later = _Later(after)
    for source, snapshot in before.parts:
        instruments = [*source.instruments, *source.instruments_of(snapshot)]
        groups = source.row_groups(snapshot)
        yield from unless_broken(source, _ended(instruments, snapshot, groups, later))
    readings = before.readings
    yield from _ended(SOURCES, readings, row_groups(SOURCES, readings), later)


class _Observed(NamedTuple):
    instrument: Instrument[Any]
    snapshot: Any


class _Later:
    """Later collections, by the names that samples have in Prometheus."""

    def __init__(self, collections: Iterable[Collection]) -> None:
        self._observed: dict[str, list[_Observed]] = defaultdict(list)
        for collection in collections:
            for source, snapshot in collection.parts:
                of_data = source.instruments_of(snapshot)
                for one in (*source.instruments, *of_data):
                    self._observed[_name(one)].append(_Observed(one, snapshot))
            for one in SOURCES:
                observed = _Observed(one, collection.readings)
                self._observed[_name(one)].append(observed)

    def lacks(self, instrument: Instrument[Any], series: _Series) -> Set[bytes]:
        """Return the labels of the series that no later collection has."""
        found = [_series(*one) for one in self._observed.get(_name(instrument), ())]
        if series in found:
            return frozenset()
        gone = set(_labels(series))
        for one in found:
            gone.difference_update(_labels(one))
        return gone


def _ended(
    instruments: Sequence[Instrument[Any]],
    snapshot: Any,
    groups: Iterable[RowGroup],
    later: _Later,
) -> Iterator[RowGroup]:
    gone = {
        one.name: lacking
        for one in instruments
        if (lacking := later.lacks(one, _series(one, snapshot)))
    }
    if gone:
        # An instrument has its samples in the order of the rows.
        labels = {
            one.name: _labels(_series(one, snapshot))
            for one in instruments
            if one.name in gone
        }
        yield from _rows(groups, gone, labels)


def _rows(
    groups: Iterable[RowGroup],
    gone: Mapping[str, Set[bytes]],
    labels: Mapping[str, Iterator[bytes]],
) -> Iterator[RowGroup]:
    """Yield each row that has series whose labels are gone, with the values of those.

    Attributes, which cost the most, are made of no other row.
    """
    for rows, values, since in groups:
        looked_at = [
            (value, gone[name], labels[name])
            for value in values
            if (name := value[0].name) in gone
        ]
        for row in rows if looked_at else ():
            found = [
                value for value, lacking, text in looked_at if next(text) in lacking
            ]
            if found:
                yield RowGroup([row], found, since)


def _name(instrument: Instrument[Any]) -> str:
    return names(instrument.name, instrument.unit, instrument.kind)[1]


def _series(instrument: Instrument[Any], snapshot: Any) -> _Series:
    return [
        (one.labels, b"" if isinstance(one, Column) else one.more)
        for one in instrument.blocks(snapshot)
    ]


def _labels(series: _Series) -> Iterator[bytes]:
    for labels, more in series:
        yield from (one + more for one in labels) if more else labels
