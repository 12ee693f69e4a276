"""Refuse querysets that would give wrong numbers, and say what to do instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Max, Min
from django.db.models.expressions import Col
from django.db.models.sql import Query

from ..declare.declarations import (
    Identifying,
    NamedBy,
    RowMetrics,
    Rows,
    Valued,
    is_grouped,
)
from ..declare.expressions import flattened, is_aggregate
from ..interface import Refused


class CannotBeRead(Refused):
    """A declaration whose rows or values would be wrong. The message says why."""


# Aggregates that rows repeated by a join don't change.
_IMMUNE = (Min, Max)


def refuse_what_cannot_be_read(declaration: type[RowMetrics], rows: Rows) -> None:
    """Refuse a queryset that does not have one row a series. Raises CannotBeRead."""
    query = rows.query
    if query.combinator:
        raise CannotBeRead(
            f"queryset is a {query.combinator}() of querysets: use filter() with Q "
            "objects"
        )
    if query.distinct:
        raise CannotBeRead(
            "queryset is distinct(): use an aggregate, such as Count('pk'), for a "
            "sample of every group"
        )
    if query.values_select:
        raise CannotBeRead("queryset has values(): leave them out")
    grouped = is_grouped(declaration)
    most = declaration.max_rows
    if query.high_mark is not None:
        most = min(most, query.high_mark - query.low_mark)
    if most > 1 and not grouped and not declaration.declared(Identifying, NamedBy):
        raise CannotBeRead(
            "has no attribute, so that all rows would be the same series: add one, "
            "such as name = attribute('name'), or an aggregate, such as Count('pk'), "
            "or set max_rows = 1 where there is one row only"
        )
    if query.group_by is not None and (grouped or query.group_by is not True):
        raise CannotBeRead(
            "queryset has aggregates of its own: make them instruments of the class"
        )
    if grouped and query.where.contains_over_clause:
        raise CannotBeRead(
            "queryset is filtered by a window, and aggregates would be of each row: "
            "filter() with Subquery() or Exists() instead"
        )
    kinds: Any = (Identifying, NamedBy)
    by = [one.path for one in declaration.declared(*kinds).values()]
    if grouped and any(
        getattr(query.annotations.get(path), "contains_over_clause", False)
        for path in by
    ):
        raise CannotBeRead(
            "has an attribute that is a window, which makes no groups: use a field, or "
            "annotate() with Subquery() instead"
        )
    if query.is_sliced and grouped:
        raise CannotBeRead(
            "queryset is a slice, and aggregates would be of all rows: filter() the "
            "rows instead"
        )


def refuse_repeated_rows(
    declaration: type[RowMetrics], query: Query, prefix: str
) -> None:
    """Refuse aggregates that count a row more than once. Raises CannotBeRead.

    They are annotations of the query, by the names of the instruments after the prefix.

    A join to several rows repeats the row it begins with. An aggregate is right if
    every such join is on the way to one of the columns that it aggregates.
    """
    several = _joins_to_several(query)
    if not several:
        return
    for name, measure in declaration.declared(Valued).items():
        expression = query.annotations[prefix + name]
        for aggregate in filter(is_aggregate, flattened(expression)):
            if isinstance(aggregate, _IMMUNE) or getattr(aggregate, "distinct", False):
                continue
            ways = [*_ways_to(aggregate, query)]
            if not any(several.keys() <= way for way in ways):
                off_the_way = several.keys() - set().union(*ways)
                relation = several[min(off_the_way or several)]
                raise CannotBeRead(
                    f"{name} = {measure} would count rows more than once, because the "
                    f"relation {relation!r} joins several rows to each: put the "
                    "aggregates over it in a class of their own, or use distinct=True"
                )


def refuse_repeated_rows_of_a_join(query: Query) -> None:
    """Refuse rows that a join repeats. Raises CannotBeRead."""
    for relation in _joins_to_several(query).values():
        raise CannotBeRead(
            f"the relation {relation!r} joins several rows to each, which would repeat "
            "rows: filter with Exists(), or make a class of the other model"
        )


def _joins_to_several(query: Query) -> Mapping[str, str]:
    """Return the relations that join several rows to one, by the alias of the join."""
    joins: Any = {
        alias: join.join_field
        for alias, join in query.alias_map.items()
        if query.alias_refcount[alias] and hasattr(join, "join_field")
    }
    return {
        alias: _relation(one)
        for alias, one in joins.items()
        if getattr(one, "multiple", False)
    }


def _relation(relation: Any) -> str:
    """Return what the relation is called; some have no name on that side."""
    name = str(relation.get_accessor_name() or relation.name)
    if not name.endswith("+"):
        return name
    one = relation.field
    return str(one.name if one.one_to_many else one.model._meta.label)


def _ways_to(aggregate: Any, query: Query) -> Iterator[set[str]]:
    """Yield the tables that are joined on the way to each column it aggregates."""
    # get_source_expressions() would have its filter, too.
    for argument in aggregate.source_expressions:
        for one in flattened(argument):
            if isinstance(one, Col):
                way: set[str] = set()
                alias: str | None = one.alias
                while alias is not None:
                    way.add(alias)
                    alias = getattr(query.alias_map[alias], "parent_alias", None)
                yield way
