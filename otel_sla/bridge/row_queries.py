"""The query of a RowMetrics, and what of it Django would answer wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import (
    DecimalField,
    Field,
    ForeignKey,
    GeneratedField,
    IntegerField,
    Max,
    Min,
    Sum,
    Value,
)
from django.db.models.expressions import Col
from django.db.models.sql import Query

from ..database.consistent_read import Statement
from .declarations import (
    Attribute,
    Identifying,
    NamedBy,
    RowMetrics,
    Rows,
    Valued,
    flattened,
    is_aggregate,
    is_grouped,
)
from .interface import Refused

Converter = Callable[[Any], Any]

# Of an aggregate, whether rows that a join repeats change nothing.
_IMMUNE = (Min, Max)
# Aliases that no field of a model has.
_PREFIX = "otel_sla_"
_SINCE = "otel_since_"


class CannotBeRead(Refused):
    """A declaration whose rows or values would be wrong. The message says why."""


Named = tuple[str | None, "Field[Any, Any]"]
"""The name of an attribute, None for names known at run time, and its field."""


@dataclass(frozen=True, slots=True)
class RowQuery:
    """SQL for the rows of a declaration.

    Its columns are the `attributes`, then what else is `identifying`, then the values,
    then the times since when they are counted, in the order of `converters`, which turn
    what a driver returns into Python's types. Where names of instruments are data,
    `naming` has the positions of a name, its unit and its help, None for what there is
    not.
    """

    statement: Statement
    attributes: Sequence[Named]
    converters: Sequence[Converter | None]
    identifying: int
    naming: Sequence[int | None]


def compiled(declaration: type[RowMetrics], rows: Rows, alias: str) -> RowQuery:
    """Compile the query for the rows. Raises CannotBeRead, and what Django raises."""
    of_fields = [
        (name if isinstance(one, Attribute) else None, field_at(rows, one.path))
        for name, one in declaration.declared(Identifying).items()
    ]
    # Of no rows at all, too, there are aggregates: the database is asked for those.
    query = prepared(declaration, rows).query
    compiler = query.get_compiler(using=alias, elide_empty=False)
    sql, parameters = compiler.as_sql()
    columns = [one[0] for one in compiler.select]
    paths = _paths(declaration)
    converters = compiler.get_converters(columns)
    connection = connections[alias]
    return RowQuery(
        (sql, tuple(parameters)),
        of_fields,
        [
            _converter(columns[position], converters.get(position), connection)
            for position in range(len(paths), len(columns))
        ],
        len(paths),
        [
            paths.index(path) if path else None
            for one in declaration.declared(NamedBy).values()
            for path in (one.path, one.unit, one.help)
        ],
    )


def _paths(declaration: type[RowMetrics]) -> list[str]:
    """Return the paths of what tells rows apart, each once."""
    paths = [one.path for one in declaration.declared(Identifying).values()]
    for one in declaration.declared(NamedBy).values():
        paths += filter(None, (one.path, one.unit, one.help))
    return list(dict.fromkeys(paths))


def prepared(declaration: type[RowMetrics], rows: Rows) -> Rows:
    """Return the queryset of attributes and values. Raises CannotBeRead."""
    _refuse_what_cannot_be_read(declaration, rows)
    # The queryset is somebody else's. Its rows are only read.
    rows = rows.all()
    rows.query.select_for_update = False
    paths = _paths(declaration)
    declared = declaration.declared(Valued).items()
    measures = {_PREFIX + name: one.expression for name, one in declared}
    for name, one in declared:
        if (since := one.since_expression) is not None:
            measures[_SINCE + name] = since
    limit = declaration.max_rows + 1
    if is_grouped(declaration):
        # The queryset's own order would become part of the groups. All rows are one
        # group where there is no attribute.
        by = rows.order_by().values(*paths) if paths else _all_in_one(rows)
        groups = by.annotate(**measures)
        _refuse_repeated_rows(declaration, groups.query)
        return _columns(groups, *paths, *measures)[:limit]
    if not rows.query.is_sliced:
        rows = rows.order_by("pk")[:limit]
    elif rows.query.high_mark is None or (
        rows.query.high_mark - rows.query.low_mark > limit
    ):
        rows = rows[:limit]
    found = _with(rows, paths, measures)
    if found.query.group_by:
        # The queryset has an aggregate for each of its rows, such as annotate(Count()).
        _refuse_repeated_rows(declaration, found.query)
    else:
        _refuse_repeated_rows_of_a_join(found.query)
    return found


def _all_in_one(rows: Rows) -> Any:
    one = f"{_PREFIX}all"
    return rows.order_by().annotate(**{one: Value(1)}).values(one)


def _with(rows: Rows, paths: Sequence[str], measures: dict[str, Any]) -> Rows:
    """Return the rows with these columns, also where they are a slice already."""
    query = rows.query
    low, high = query.low_mark, query.high_mark
    query.clear_limits()
    found = _columns(rows.annotate(**measures), *paths, *measures)
    found.query.set_limits(low, high)
    return found


def _columns(rows: Any, *names: str) -> Rows:
    found: Rows = rows.values_list(*names)
    return found


def _converter(expression: Any, found: Any, connection: Any) -> Converter | None:
    if found is None:
        # Some databases add integers up to decimals.
        adds_integers = isinstance(expression, Sum) and isinstance(
            expression.output_field, IntegerField
        )
        return int if adds_integers else None
    functions, _ = found
    of_column = expression.target if isinstance(expression, Col) else None
    if isinstance(of_column, DecimalField) and not hasattr(of_column, "from_db_value"):
        # What drivers return is a number already.
        return None

    def convert(value: Any) -> Any:
        for one in functions:
            value = one(value, expression, connection)
        return value

    return convert


def _refuse_what_cannot_be_read(declaration: type[RowMetrics], rows: Rows) -> None:
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
    if most > 1 and not grouped and not _paths(declaration):
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
    if query.is_sliced and grouped:
        raise CannotBeRead(
            "queryset is a slice, and aggregates would be of all rows: filter() the "
            "rows instead"
        )


def _refuse_repeated_rows(declaration: type[RowMetrics], query: Query) -> None:
    """Refuse aggregates that count a row more than once.

    A join to several rows repeats the row it begins with. An aggregate is right if
    every such join is on the way to one of the columns that it aggregates.
    """
    several = _joins_to_several(query)
    if not several:
        return
    for name, measure in declaration.declared(Valued).items():
        expression = query.annotations[_PREFIX + name]
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


def _refuse_repeated_rows_of_a_join(query: Query) -> None:
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
        alias: one.get_accessor_name() or one.name
        for alias, one in joins.items()
        if getattr(one, "multiple", False)
    }


def _ways_to(aggregate: Any, query: Query) -> Iterator[set[str]]:
    """Yield the tables that are joined on the way to each column it aggregates."""
    # Without its filter.
    for argument in aggregate.source_expressions:
        for one in flattened(argument):
            if isinstance(one, Col):
                way: set[str] = set()
                alias: str | None = one.alias
                while alias is not None:
                    way.add(alias)
                    alias = getattr(query.alias_map[alias], "parent_alias", None)
                yield way


def field_at(rows: Rows, path: str) -> Field[Any, Any]:
    """Return the field that the values of a path have, also that of another model's
    key, or of what a database computes. Raises FieldError where there is none.
    """
    query: Any = rows.query.clone()
    return stored(query.resolve_ref(path).output_field)


def stored(of_field: Any) -> Field[Any, Any]:
    """Return the field that says how the database stores values of this one."""
    while isinstance(of_field, ForeignKey):
        of_field = of_field.target_field
    found: Field[Any, Any] = of_field
    return (
        stored(of_field.output_field) if isinstance(of_field, GeneratedField) else found
    )
