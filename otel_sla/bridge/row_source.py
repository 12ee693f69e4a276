"""Rows of any model as a source of metrics.

Attributes are told apart from values: row_labels.py makes texts of them, which it
keeps. Values change with every reading, so they are only turned into numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress, count
from reprlib import repr as shortened
from threading import local
from time import time
from typing import Any

from django.db.models import Count

from ..database.consistent_read import DatabaseRow, Statement
from ..logs import get_logger
from . import row_queries
from .declarations import Measure, RowMetrics, is_grouped
from .families import Attributes, Column, Family, Instrument, Number, RowGroup
from .query_source import QuerySource
from .row_labels import DUPLICATE, LABELS, Identity, RowLabels, zeros
from .row_queries import RowQuery
from .source import Refused
from .values import Numbers, numbers

logger = get_logger(__name__)

VALUE = "value"
REASONS = (LABELS, DUPLICATE, VALUE)
"""Why a row is dropped: its attributes can't be labels, another row has the same, or
Prometheus can't keep a value as a number."""

_MEANT = {
    LABELS: "attributes that can't be labels",
    DUPLICATE: "attributes that another row has, too",
    VALUE: "a value other than a finite number up to 2**53, or a count since a time "
    "that is none or has not come yet",
}
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a reading: attributes, numbers, and why rows are dropped."""

    identity: Identity
    columns: Sequence[Numbers]
    dropped: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.identity.labels) - len(self.dropped)

    def samples(self, position: int) -> Sequence[bool] | None:
        """Return which rows have a sample of the instrument; None: all of them."""
        without = {*self.dropped, *self.columns[position].missing}
        if not without:
            return None
        return [row not in without for row in range(len(self.identity.labels))]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows at one moment, in Unix seconds, with or without their counters."""

    moment: int
    read_at: int
    kept: Kept
    counters: bool = True

    def __len__(self) -> int:
        return len(self.kept)

    @property
    def dropped(self) -> Mapping[str, int]:
        return dict.fromkeys(REASONS, 0) | Counter(self.kept.dropped.values())


@dataclass(frozen=True, slots=True)
class PerRow(Instrument[Rows]):
    """An observable instrument with a value for every row."""

    position: int = field(kw_only=True)
    since_position: int | None = field(default=None, kw_only=True)

    def is_left_out(self, snapshot: Rows) -> bool:
        return self.kind == "counter" and not snapshot.counters

    def points(self, snapshot: Rows) -> Iterator[tuple[Number, Mapping[str, str]]]:
        if self.is_left_out(snapshot):
            return
        kept = snapshot.kept
        chosen, values = kept.samples(self.position), kept.columns[self.position].values
        for row, value in enumerate(values):
            if chosen is None or chosen[row]:
                yield value, kept.identity.attributes(row)

    def blocks(self, snapshot: Rows) -> Iterator[Column]:
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


class RowSource(QuerySource[Kept, Rows]):
    """The rows that a RowMetrics declares."""

    def __init__(self, declaration: type[RowMetrics]) -> None:
        self.declaration = declaration
        self.name = declaration.source_name()
        self.rows_name = f"rows of {self.name}"
        self.refresh, self.budget = declaration.refresh, declaration.budget
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
        self._width = next(since)
        # As Django has it: there are 0, and they add up to nothing.
        self._of_no_rows = [
            *(0 if isinstance(one.value, Count) else None for one in measures),
            *[None] * (self._width - len(measures)),
        ]
        self._reading = local()
        self.forget()

    def forget(self) -> None:
        self._queries: dict[str, RowQuery] = {}
        self._reported: Mapping[str, int] = {}
        self._labels = RowLabels()

    def database(self) -> str:
        # A callable is called once a reading, of which threads may have one each.
        rows = self._reading.rows = self.declaration.rows()
        return self.declaration.using or rows.db

    def statements(self, alias: str, vendor: str) -> Sequence[Statement]:
        query = self._queries.get(alias)
        if query is None or callable(self.declaration.queryset):
            query = row_queries.compiled(self.declaration, self._reading.rows, alias)
            self._queries[alias] = query
        self._reading.query = query
        return [query.statement]

    def keep(self, rows: Sequence[list[DatabaseRow]], before: Kept | None) -> Kept:
        (read,), query = rows, self._reading.query
        most = self.declaration.max_rows
        if len(read) > most:
            raise Refused(
                f"there are more than max_rows = {most:,}: filter them, or set a "
                "higher limit in the class"
            )
        names = len(query.attributes)
        if is_grouped(self.declaration):
            if self.declaration.with_zeros:
                missing = zeros(query.attributes, [row[:names] for row in read])
                read = [*read, *((*row, *self._of_no_rows) for row in missing)]
            read = sorted(read, key=lambda row: [str(one) for one in row[:names]])
        columns = list(zip(*read, strict=True)) or [()] * (names + self._width)
        known = before.identity if before else None
        identity = self._labels.identity(
            query.attributes, columns[:names], len(read), known
        )
        found = [
            numbers(column, convert)
            for column, convert in zip(columns[names:], query.converters, strict=True)
        ]
        dropped = {row: VALUE for one in found for row in one.unusable}
        dropped |= dict.fromkeys(_uncounted(found[len(self.instruments) :]), VALUE)
        dropped |= identity.dropped
        self._report(identity, dropped)
        return Kept(identity, found, dropped)

    def snapshot(
        self, kept: Kept, moment: int, read_at: int, elapsed: Callable[[], float]
    ) -> Rows:
        return Rows(moment, read_at, kept)

    def without_counters(self, snapshot: Rows) -> Rows:
        return replace(snapshot, counters=False)

    def families(self, snapshot: Rows) -> Iterator[Family]:
        for one in super().families(snapshot):
            if any(len(column.labels) for column in one.blocks):
                yield one

    def row_groups(self, snapshot: Rows) -> Iterator[RowGroup]:
        kept = snapshot.kept
        shown = [one for one in self.instruments if not one.is_left_out(snapshot)]
        chosen = [kept.samples(one.position) for one in shown]
        counted = [
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
                    for name, times in counted
                    if (began := times[row]) is not None
                }
                identity = Attributes(kept.identity.attributes(row))
                yield RowGroup([identity], values, since)

    def _report(self, identity: Identity, dropped: Mapping[int, str]) -> None:
        """Log dropped rows when there are none before them of that reason."""
        counted = Counter(dropped.values())
        for reason in counted.keys() - self._reported.keys():
            rows = [row for row, why in dropped.items() if why == reason][:_NAMED]
            logger.error(
                "left out of the metrics: %s of %s, because of %s: %s",
                *(counted[reason], self.name, _MEANT[reason]),
                ", ".join(
                    shortened(tuple(one[row] for one in identity.columns))
                    for row in rows
                ),
            )
        self._reported = counted


def _uncounted(columns: Iterable[Numbers]) -> Iterator[int]:
    """Yield the rows that would be counted since a time that has not come yet, or that
    is before any that can be told."""
    now = time()
    for values, *_ in columns:
        if values and (min(values) < 0 or max(values) > now):
            yield from (row for row, one in enumerate(values) if not 0 <= one <= now)
