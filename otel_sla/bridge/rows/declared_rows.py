"""The rows that a class of RowMetrics declares, read by one query."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from threading import local
from typing import Any, NamedTuple

from django.db.models import Count

from ...database.consistent_read import DatabaseRow, Statement
from ..declare.declarations import RowMetrics, Valued, is_grouped
from ..interface import Kept, Refused, S
from ..query_source import QuerySource
from . import row_queries
from .dropped_rows import DroppedRows
from .row_labels import RowLabels, zeros
from .row_queries import RowQuery
from .values import Numbers, numbers


class Columns(NamedTuple):
    """Rows as columns: those that tell the rows apart, and the numbers of each value.

    `size` is how many rows there are.
    """

    query: RowQuery
    size: int
    identifying: Sequence[tuple[Any, ...]]
    values: Sequence[Numbers]


class DeclaredRows(QuerySource[Kept, S]):
    """The rows that a RowMetrics declares, read by one query."""

    def __init__(self, declaration: type[RowMetrics]) -> None:
        self.declaration = declaration
        self.name = declaration.source_name()
        self.rows_name = f"rows of {self.name}"
        self.refresh, self.budget = declaration.refresh, declaration.budget
        declared = declaration.declared(Valued).values()
        # What Django returns for no rows: 0 for Count, NULL for other aggregates.
        self._of_no_rows = [
            *(0 if isinstance(one.value, Count) else None for one in declared),
            *(None for one in declared if one.since is not None),
        ]
        self._reading = local()
        self.forget()

    def forget(self) -> None:
        self._queries: dict[str, RowQuery] = {}
        self._dropped = DroppedRows(self.name)
        self._labels = RowLabels()

    def database(self) -> str:
        # A callable is called once per reading, and threads may read at the same time.
        rows = self._reading.rows = self.declaration.rows()
        return self.declaration.using or rows.db

    def statements(self, alias: str, vendor: str) -> Sequence[Statement]:
        query = self._queries.get(alias)
        if query is None or callable(self.declaration.queryset):
            query = row_queries.compiled(self.declaration, self._reading.rows, alias)
            self._queries[alias] = query
        self._reading.query = query
        return [query.statement]

    def columns(self, rows: Sequence[list[DatabaseRow]]) -> Columns:
        """Return the rows column by column. Raises Refused for too many."""
        (read,), query = rows, self._reading.query
        most = self.declaration.max_rows
        if len(read) > most:
            raise Refused(
                f"there are more than max_rows = {most:,}: filter them, or set a "
                "higher limit in the class"
            )
        names = query.identifying
        if is_grouped(self.declaration):
            if self.declaration.with_zeros:
                missing = zeros(query.attributes, [row[:names] for row in read])
                read = [*read, *((*row, *self._of_no_rows) for row in missing)]
            read = sorted(read, key=lambda row: [str(one) for one in row[:names]])
        # zip(*read) would make an object of each row, to be collected as garbage.
        columns = [
            tuple(map(itemgetter(position), read))
            for position in range(names + len(query.converters))
        ]
        values = [
            numbers(column, convert)
            for column, convert in zip(columns[names:], query.converters, strict=True)
        ]
        return Columns(query, len(read), columns[:names], values)
