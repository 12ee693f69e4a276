"""Rows of any model as a source of metrics.

Attributes and values are separate: row_labels.py makes text of attributes and keeps it.
Values change with every reading, so they are only turned into numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import compress, count
from time import time
from typing import Any

from ...database.consistent_read import DatabaseRow
from ..declare.declarations import Measure, RowMetrics
from ..families import (
    Column,
    Family,
    Instrument,
    Number,
    RowGroup,
)
from .declared_rows import DeclaredRows
from .dropped_rows import (
    DUPLICATE,
    LABELS,
    VALUE,
    Dropped,
    counted,
)
from .row_labels import Identity, KeptRow, attributes_of
from .values import Numbers

REASONS = (LABELS.reason, DUPLICATE.reason, VALUE.reason)
"""Why a row is dropped, as an attribute of a metric."""

_AHEAD = 60.0
"""Seconds that the clocks of two machines may be apart."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a reading: attributes, numbers, and why rows are dropped."""

    identity: Identity
    columns: Sequence[Numbers]
    dropped: Dropped

    def __len__(self) -> int:
        return len(self.identity.labels) - len(self.dropped)

    def samples(self, position: int) -> Sequence[bool] | None:
        """Return which rows have a sample of the instrument; None: all of them."""
        without = {*self.dropped, *self.columns[position].missing}
        if not without:
            return None
        return [row not in without for row in range(len(self.identity.labels))]


@dataclass(frozen=True, slots=True)
class RowSnapshot:
    """The rows at one moment, in Unix seconds, with or without their counters."""

    moment: int
    read_at: int
    kept: Kept
    counters: bool = True

    def __len__(self) -> int:
        return len(self.kept)

    @property
    def dropped(self) -> Mapping[str, int]:
        return counted(self.kept.dropped, REASONS)


@dataclass(frozen=True, slots=True)
class PerRow(Instrument[RowSnapshot]):
    """An observable instrument with a value for every row."""

    position: int = field(kw_only=True)
    since_position: int | None = field(default=None, kw_only=True)

    def is_left_out(self, snapshot: RowSnapshot) -> bool:
        return self.kind == "counter" and not snapshot.counters

    def points(
        self, snapshot: RowSnapshot
    ) -> Iterator[tuple[Number, Mapping[str, str]]]:
        if self.is_left_out(snapshot):
            return
        kept = snapshot.kept
        chosen, values = kept.samples(self.position), kept.columns[self.position].values
        for row, value in enumerate(values):
            if chosen is None or chosen[row]:
                yield value, kept.identity.attributes(row)

    def blocks(self, snapshot: RowSnapshot) -> Iterator[Column]:
        if self.is_left_out(snapshot):
            return
        kept = snapshot.kept
        chosen, values = kept.samples(self.position), kept.columns[self.position].values
        labels: Sequence[Any] = kept.identity.labels
        if chosen is not None:
            labels, values = (
                list(compress(labels, chosen)),
                list(compress(values, chosen)),
            )
        yield Column(labels, values)


class RowSource(DeclaredRows[Kept, RowSnapshot]):
    """Rows with a value of every instrument."""

    def __init__(self, declaration: type[RowMetrics]) -> None:
        measures = declaration.declared(Measure).values()
        since = count(len(measures))
        self.instruments: Sequence[PerRow] = [
            PerRow(
                *(one.name, one.unit, one.help),
                kind=one.kind,
                position=position,
                since_position=None if one.since is None else next(since),
            )
            for position, one in enumerate(measures)
        ]
        super().__init__(declaration)

    def keep(self, rows: Sequence[list[DatabaseRow]], before: Kept | None) -> Kept:
        query, size, columns, found = self.columns(rows)
        identity = self._labels.identity(
            partial(attributes_of, query.attributes),
            columns,
            size,
            before.identity if before else None,
        )
        dropped = {row: VALUE for one in found for row in one.unusable}
        dropped |= dict.fromkeys(_uncounted(found[len(self.instruments) :]), VALUE)
        dropped |= identity.dropped
        self._dropped.report(dropped, columns)
        return Kept(identity, found, dropped)

    def snapshot(
        self, kept: Kept, moment: int, read_at: int, elapsed: Callable[[], float]
    ) -> RowSnapshot:
        return RowSnapshot(moment, read_at, kept)

    def without_counters(self, snapshot: RowSnapshot) -> RowSnapshot:
        return replace(snapshot, counters=False)

    def families(self, snapshot: RowSnapshot) -> Iterator[Family]:
        for one in super().families(snapshot):
            if any(len(column.labels) for column in one.blocks):
                yield one

    def row_groups(self, snapshot: RowSnapshot) -> Iterator[RowGroup]:
        kept = snapshot.kept
        shown = [one for one in self.instruments if not one.is_left_out(snapshot)]
        chosen = [kept.samples(one.position) for one in shown]
        began_at = [
            (one.name, kept.columns[one.since_position].known())
            for one in shown
            if one.since_position is not None
        ]
        for row in range(len(kept.identity.labels)):
            values: list[Any] = [
                (one, {}, kept.columns[one.position].values[row])
                for one, samples in zip(shown, chosen, strict=True)
                if samples is None or samples[row]
            ]
            if values:
                since = {
                    name: began
                    for name, times in began_at
                    if (began := times[row]) is not None
                }
                yield RowGroup([KeptRow(kept.identity, row)], values, since)


def _uncounted(columns: Iterable[Numbers]) -> Iterator[int]:
    """Yield the rows counted since a time before 1970, or in the future by more than
    the clocks of two machines may be apart."""
    latest = time() + _AHEAD
    for values, *_ in columns:
        if values and (min(values) < 0 or max(values) > latest):
            yield from (row for row, one in enumerate(values) if not 0 <= one <= latest)
