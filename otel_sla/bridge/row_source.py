"""Rows of any model as a source of metrics.

Attributes are told apart from values: those of all rows are compared with the last
ones at once, and where they are equal, the text made of them is used as it is. Values
change with every reading, so they are only turned into numbers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress, product
from math import prod
from reprlib import repr as shortened
from threading import local
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models

from ..database.consistent_read import DatabaseRow, Statement, UnreadableRows
from ..labels import InvalidLabels, exposed, series
from ..logs import get_logger
from . import row_queries
from .declarations import MAX_ZEROS, Measure, RowMetrics, is_grouped
from .families import Attributes, Column, Family, Instrument, Number, RowGroup
from .row_queries import RowQuery
from .source import Source
from .values import Numbers, numbers

logger = get_logger(__name__)

LABELS, DUPLICATE, VALUE = "labels", "duplicate", "value"
REASONS = (LABELS, DUPLICATE, VALUE)
"""Why a row is dropped: its attributes can't be labels, another row has the same, or
Prometheus can't keep a value as a number."""

_MEANT = {
    LABELS: "attributes that can't be labels",
    DUPLICATE: "attributes that another row has, too",
    VALUE: "a value other than a finite number up to 2**53",
}
_NAMED = 5
_SPARE = 1_000


class Identity(NamedTuple):
    """The attributes of all rows: as columns of the database, and as labels.

    `labels` has None where they can't be used, for the reason in `dropped`.
    """

    columns: Sequence[tuple[Any, ...]]
    labels: Sequence[bytes | None]
    dropped: Mapping[int, str]


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
    attributes: Callable[[int], Mapping[str, str]]
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

    def is_left_out(self, snapshot: Rows) -> bool:
        return self.kind == "counter" and not snapshot.counters

    def points(self, snapshot: Rows) -> Iterator[tuple[Number, Mapping[str, str]]]:
        if self.is_left_out(snapshot):
            return
        kept = snapshot.kept
        chosen, values = kept.samples(self.position), kept.columns[self.position].values
        for row, value in enumerate(values):
            if chosen is None or chosen[row]:
                yield value, snapshot.attributes(row)

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


class RowSource(Source[Kept, Rows]):
    """The rows that a RowMetrics declares."""

    def __init__(self, declaration: type[RowMetrics]) -> None:
        self.declaration = declaration
        self.name = declaration.source_name()
        self.rows_name = f"rows of {self.name}"
        self.refresh, self.budget = declaration.refresh, declaration.budget
        self.instruments: Sequence[PerRow] = [
            PerRow(one.name, one.unit, one.help, kind=one.kind, position=position)
            for position, one in enumerate(declaration.declared(Measure).values())
        ]
        self._reading = local()
        self.forget()

    def forget(self) -> None:
        self._queries: dict[str, RowQuery] = {}
        self._reported: Mapping[str, int] = {}
        self._texts: dict[DatabaseRow, bytes | None] = {}

    def database(self) -> str:
        # A callable is called once a reading.
        rows = self._reading.rows = self.declaration.rows()
        return self.declaration.using or rows.db

    def statements(self, alias: str, vendor: str) -> Sequence[Statement]:
        query = self._queries.get(alias)
        if query is None or callable(self.declaration.queryset):
            query = row_queries.compiled(self.declaration, self._reading.rows, alias)
            self._queries[alias] = query
        self._query = query
        return [query.statement] if query.statement else []

    def keep(self, rows: Sequence[list[DatabaseRow]], before: Kept | None) -> Kept:
        read = rows[0] if rows else []
        most = self.declaration.max_rows
        if len(read) > most:
            raise UnreadableRows(f"there are more than max_rows = {most:,}")
        names = len(self._query.attributes)
        if is_grouped(self.declaration):
            if self.declaration.with_zeros:
                read = [*read, *self._zeros([row[:names] for row in read])]
            read = sorted(read, key=lambda row: [str(one) for one in row[:names]])
        columns = list(zip(*read, strict=True)) or [()] * (
            names + len(self.instruments)
        )
        known = before.identity if before else None
        identity = self._identity(columns[:names], len(read), known)
        values = [
            numbers(column, convert)
            for column, convert in zip(
                columns[names:], self._query.converters, strict=True
            )
        ]
        dropped = {row: VALUE for one in values for row in one.unusable}
        dropped |= identity.dropped
        self._report(identity, dropped)
        return Kept(identity, values, dropped)

    def snapshot(
        self, kept: Kept, moment: int, read_at: int, elapsed: Callable[[], float]
    ) -> Rows:
        def of_row(position: int) -> Mapping[str, str]:
            return self._attributes([one[position] for one in kept.identity.columns])

        return Rows(moment, read_at, kept, of_row)

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
        for row in range(len(kept.identity.labels)):
            values: list[Any] = [
                (one, {}, kept.columns[one.position].values[row])
                for one, samples in zip(shown, chosen, strict=True)
                if samples is None or samples[row]
            ]
            if values:
                yield RowGroup([Attributes(snapshot.attributes(row))], values)

    def _zeros(self, groups: Sequence[DatabaseRow]) -> list[DatabaseRow]:
        """Return rows for the groups that have none, of all choices that are known."""
        known = [_choices(of_field) for _, of_field in self._query.attributes]
        seen = {
            tuple(value for value, one in zip(row, known, strict=True) if not one)
            for row in groups
        }
        if all(known):
            seen = {()}
        if (
            not any(known)
            or prod(map(len, filter(None, known))) * len(seen) > MAX_ZEROS
        ):
            return []
        there = {self._key(row) for row in groups}
        found: list[DatabaseRow] = []
        for other in seen:
            others = iter(other)
            columns = [one or [next(others)] for one in known]
            found += [row for row in product(*columns) if self._key(row) not in there]
        return [(*row, *[0] * len(self.instruments)) for row in found]

    def _key(self, row: DatabaseRow) -> tuple[tuple[str, str], ...]:
        return tuple(self._attributes(row).items())

    def _identity(
        self, columns: Sequence[tuple[Any, ...]], size: int, before: Identity | None
    ) -> Identity:
        if before and len(before.labels) == size and before.columns == columns:
            return before
        rows = list(zip(*columns, strict=True)) if columns else [()] * size
        labels, dropped = self._labels(rows)
        if len(set(labels)) < len(labels):
            counted = Counter(labels)
            for position, text in enumerate(labels):
                if text is not None and counted[text] > 1:
                    dropped[position] = DUPLICATE
        return Identity(columns, labels, dropped)

    def _labels(
        self, rows: Sequence[DatabaseRow]
    ) -> tuple[list[bytes | None], dict[int, str]]:
        """Return each row's labels as text, and why a row has none."""
        # Most rows were there in the reading before.
        labels = list(map(self._texts.get, rows))
        dropped: dict[int, str] = {}
        if all(labels):
            return labels, dropped
        for position, row in enumerate(rows):
            if labels[position] is None:
                try:
                    text = series(exposed(self._attributes(row), key=""))
                except InvalidLabels:
                    dropped[position] = LABELS
                else:
                    self._texts[row] = labels[position] = text
        if len(self._texts) > 2 * len(rows) + _SPARE:
            self._texts = dict(zip(rows, labels, strict=True))
        return labels, dropped

    def _attributes(self, row: Iterable[Any]) -> dict[str, str]:
        """Return the attributes of a row; a value other than text stays what it is."""
        found: dict[str, Any] = {}
        for (name, of_field), value in zip(self._query.attributes, row, strict=True):
            if name is None:
                found |= _run_time_attributes(value)
            elif value not in (None, ""):
                found[name] = _text(value, of_field)
        return found

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


def _text(value: Any, of_field: models.Field[Any, Any] | None) -> Any:
    """Return an attribute's value as the text that it is on every database."""
    if isinstance(of_field, models.BooleanField):
        return "true" if value else "false"
    if isinstance(of_field, models.UUIDField):
        return str(value if isinstance(value, UUID) else UUID(value))
    return value if isinstance(value, bytes | memoryview) else str(value)


def _run_time_attributes(value: Any) -> dict[str, Any]:
    """Return what a JSONField holds as attributes. Raises InvalidLabels."""
    try:
        found = json.loads(value) if isinstance(value, str | bytes) else value
    except ValueError:
        found = value
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InvalidLabels("labels_not_a_mapping", value=shortened(found))
    return {
        name: _scalar(one)
        for name, one in sorted(found.items())
        if one not in (None, "")
    }


def _scalar(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _choices(of_field: models.Field[Any, Any] | None) -> list[Any]:
    """Return the values that a field can have, as drivers do; none if not known."""
    if isinstance(of_field, models.BooleanField):
        # PostgreSQL's driver has booleans, others integers: both compare alike.
        return [False, True]
    return [value for value, _ in getattr(of_field, "flatchoices", None) or ()]
