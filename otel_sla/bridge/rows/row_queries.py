"""The query of a RowMetrics, and how what it returns becomes values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import (
    CharField,
    DecimalField,
    F,
    Field,
    ForeignKey,
    GeneratedField,
    IntegerField,
    Sum,
    TextField,
    Value,
)
from django.db.models.expressions import Col
from django.db.models.functions import NullIf

from ...database.consistent_read import Statement
from ..declare.declarations import (
    Attribute,
    Identifying,
    NamedBy,
    RowMetrics,
    Rows,
    Valued,
    is_grouped,
)
from .row_refusals import (
    refuse_repeated_rows,
    refuse_repeated_rows_of_a_join,
    refuse_what_cannot_be_read,
)

Converter = Callable[[Any], Any]

# Prefixes of annotations, which no field of a model has.
_PREFIX = "otel_sla_"
_SINCE = "otel_since_"
_BY = "otel_by_"


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
    # Aggregates have values also for an empty queryset, for which Django would not ask
    # the database.
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
    refuse_what_cannot_be_read(declaration, rows)
    # A copy, because the queryset is the site's. Its rows are only read, not locked.
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
        # group without attributes.
        keys = {path: _key(rows, path, place) for place, path in enumerate(paths)}
        by = _grouped(rows.order_by(), keys) if paths else _all_in_one(rows)
        groups = by.annotate(**measures)
        refuse_repeated_rows(declaration, groups.query, _PREFIX)
        return _columns(groups, *keys.values(), *measures)[:limit]
    if not rows.query.is_sliced:
        rows = rows.order_by("pk")[:limit]
    elif rows.query.high_mark is None or (
        rows.query.high_mark - rows.query.low_mark > limit
    ):
        rows = rows[:limit]
    found = _with(rows, paths, measures)
    if found.query.group_by:
        # The queryset has an aggregate for each of its rows, such as annotate(Count()).
        refuse_repeated_rows(declaration, found.query, _PREFIX)
    else:
        refuse_repeated_rows_of_a_join(found.query)
    return found


def _key(rows: Rows, path: str, place: int) -> str:
    """Return the path, or a name of its own for text that may be NULL or empty: both
    leave the attribute out, so they are one group."""
    query: Any = rows.query.clone()
    found = query.resolve_ref(path)
    of_path = found.output_field
    surely = isinstance(found, Col) and found.alias == query.get_initial_alias()
    if not isinstance(of_path, CharField | TextField) or (surely and not of_path.null):
        return path
    return f"{_BY}{place}"


def _grouped(rows: Rows, keys: Mapping[str, str]) -> Any:
    """Return the rows by these keys of paths."""
    texts = {
        key: NullIf(F(path), Value("", CharField()), output_field=CharField())
        for path, key in keys.items()
        if key != path
    }
    return rows.annotate(**texts).values(*keys.values())


def _all_in_one(rows: Rows) -> Any:
    one = f"{_PREFIX}all"
    return rows.order_by().annotate(**{one: Value(1)}).values(one)


def _with(rows: Rows, paths: Sequence[str], measures: dict[str, Any]) -> Rows:
    """Return the rows with these columns. They may be a slice."""
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


def field_at(rows: Rows, path: str) -> Field[Any, Any]:
    """Return the field whose values a path has: of a foreign key the key that it refers
    to, of a GeneratedField its output. Raises FieldError where there is none."""
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
