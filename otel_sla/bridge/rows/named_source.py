"""Sources whose instruments are named by their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import repeat
from types import MappingProxyType
from typing import Any

from ...database.consistent_read import DatabaseRow
from .. import families
from ..declare.declarations import NamedBy, RowMetrics
from ..families import Family, RowGroup
from ..interface import Source
from .declared_rows import DeclaredRows
from .dropped_rows import VALUE, Dropped, DroppedRows
from .named_rows import (
    REASONS,
    ByName,
    Kept,
    NamedRows,
    PerName,
    by_name,
)
from .row_labels import Describe, RowLabels, attributes_of
from .values import Numbers


class NamedSource(Source[Kept, NamedRows]):
    """A source whose instruments are those that its rows name."""

    instruments: Sequence[Any] = ()
    reasons: Sequence[str] = REASONS
    _dropped: DroppedRows
    _labels: RowLabels

    def kept(
        self,
        identifying: Sequence[Sequence[Any]],
        naming: Sequence[Sequence[Any] | None],
        describe: Describe,
        attributes: Sequence[Sequence[Any]],
        values: Numbers,
        before: Kept | None,
        others: Dropped = MappingProxyType({}),
    ) -> Kept:
        """Return what is kept of these columns.

        `identifying` tell rows apart; what is made of them is used again while they are
        the same. Of them, `naming` are name, unit and help of the row's instrument,
        None where there is none, and `attributes` are what describe() takes. `others`
        are dropped for causes of their own.
        """
        names = before.names if before else None
        size = len(values.values)
        if names is None or names.columns != identifying:
            labels, unusable = self._labels.texts(describe, attributes, size)
            found, dropped = by_name(
                zip(*(one or repeat(None, size) for one in naming), strict=True),
                labels,
                unusable,
                self.at_most,
            )
            names = ByName(identifying, describe, attributes, found, dropped)
        dropped = dict.fromkeys(values.unusable, VALUE) | dict(names.dropped)
        dropped |= others
        self._dropped.report(dropped, identifying)
        without = frozenset((*values.unusable, *values.missing))
        return Kept(names, values, dropped, without, self.reasons)

    def snapshot(
        self, kept: Kept, moment: int, read_at: int, elapsed: Callable[[], float]
    ) -> NamedRows:
        return NamedRows(moment, read_at, kept)

    def instruments_of(self, snapshot: NamedRows) -> Sequence[PerName]:
        return snapshot.instruments

    def without(self, snapshot: NamedRows, names: frozenset[str]) -> NamedRows:
        return replace(snapshot, left_out=snapshot.left_out | names)

    def families(self, snapshot: NamedRows) -> Iterator[Family]:
        for one in families.families(snapshot.instruments, snapshot):
            if one.blocks:
                yield one

    def row_groups(self, snapshot: NamedRows) -> Iterator[RowGroup]:
        return families.row_groups(snapshot.instruments, snapshot)


class NamedRowSource(NamedSource, DeclaredRows[Kept, NamedRows]):
    """Rows of a RowMetrics with gauge.named_by()."""

    def __init__(self, declaration: type[RowMetrics]) -> None:
        (named,) = declaration.declared(NamedBy).values()
        self.at_most = named.at_most
        super().__init__(declaration)

    def keep(self, rows: Sequence[list[DatabaseRow]], before: Kept | None) -> Kept:
        query, _, columns, (values,) = self.columns(rows)
        return self.kept(
            columns,
            [None if one is None else columns[one] for one in query.naming],
            partial(attributes_of, query.attributes),
            columns[: len(query.attributes)],
            values,
            before,
        )
