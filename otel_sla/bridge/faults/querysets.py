"""What is wrong with the queryset of a declaration, its paths, and types of fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import FieldError, ObjectDoesNotExist
from django.db import Error as DatabaseFailure
from django.db import connections, models
from django.db.models import QuerySet
from django.db.models.sql import Query

from ...database import failures
from ...database.tenants import is_of_tenants
from ..declare.declarations import (
    Attributes,
    Identifying,
    NamedBy,
    RowMetrics,
    Rows,
    Valued,
    is_grouped,
)
from ..rows.row_queries import field_at, prepared, stored
from ..rows.row_refusals import CannotBeRead
from . import named as named_faults
from .options import Fault

# Types that each database writes in its own way, or whose values hardly repeat.
_NO_ATTRIBUTES = (
    models.BinaryField,
    models.CompositePrimaryKey,
    models.DateTimeField,
    models.DecimalField,
    models.DurationField,
    models.FloatField,
    models.JSONField,
    models.TimeField,
)
_USE = "text, integers, booleans, dates or identifiers"
_USE_KEYS = "attributes(), or KT() in annotate() for one of its keys"
_TIMES = (
    models.DateTimeField,
    models.DecimalField,
    models.FloatField,
    models.IntegerField,
)
_NUMBERS = (*_TIMES, models.BooleanField, models.DurationField)


def faults_of_rows(declaration: type[RowMetrics]) -> Iterator[Fault]:
    """Yield what is wrong with the rows of a declaration that is right by itself."""
    own = declaration.source_name()
    try:
        rows = declaration.rows()
        alias = declaration.using or str(getattr(rows, "db", ""))
    except (DatabaseFailure, ObjectDoesNotExist):
        # The callable queries the database. Its tables may not exist before migrate,
        # which runs this check, too.
        return
    except Exception as error:
        yield Fault(f"{own}.queryset", f"raises {type(error).__name__}: {error}")
        return
    if not isinstance(rows, QuerySet):
        yield Fault(f"{own}.queryset", f"returns {rows!r}, which is not a queryset")
        return
    if alias not in connections:
        yield Fault(f"{own}.queryset", f"{alias!r} is not in DATABASES")
        return
    if rows.model._meta.managed and is_of_tenants(rows.model._meta.app_label):
        yield Fault(
            f"{own}.queryset",
            f"reads {rows.model._meta.label}, of which each tenant has a table of its "
            "own. Metrics are of the public schema: use a model of SHARED_APPS, or one "
            "with managed = False for a view there",
        )
        return
    found = [*_of_paths(declaration, rows), *_of_paths_of_named(declaration, rows)]
    yield from found
    if found:
        return
    try:
        query = prepared(declaration, rows).query
    except Exception as error:
        yield Fault(own, _said(error))
        return
    yield from _of_types(declaration, query)


def _of_types(declaration: type[RowMetrics], query: Query) -> Iterator[Fault]:
    own = declaration.source_name()
    for name, measure in declaration.declared(Valued).items():
        try:
            of_value = stored(query.annotations[f"otel_sla_{name}"].output_field)
        except Exception as error:
            yield Fault(f"{own}.{name}", _said(error))
            continue
        if not isinstance(of_value, _NUMBERS):
            kind = type(of_value).__name__
            hint = "Text belongs in an attribute"
            if isinstance(of_value, models.JSONField):
                hint = "Use Cast(KT(...), FloatField()) for a key with numbers"
            if isinstance(of_value, models.DateField):
                hint = f"Use Cast({measure.value!r}, DateTimeField()) for its midnight"
            yield Fault(
                f"{own}.{name}", f"{measure.value!r} is a {kind}, not a number. {hint}"
            )
        if measure.since is None:
            continue
        of_since = stored(query.annotations[f"otel_since_{name}"].output_field)
        if not isinstance(of_since, _TIMES):
            yield Fault(
                f"{own}.{name}",
                f"since={measure.since!r} is a {type(of_since).__name__}: use a "
                "DateTimeField, or a number of Unix seconds",
            )


def _said(error: Exception) -> str:
    """Return the message of an error, with its type if it is not one of Django's."""
    of_django = isinstance(error, CannotBeRead | FieldError | TypeError | ValueError)
    return str(error) if of_django else failures.named(error)


def _has_parts(of_field: models.Field[Any, Any]) -> bool:
    """Return whether values are arrays, ranges or mappings of PostgreSQL."""
    kind = of_field.get_internal_type()
    return hasattr(of_field, "base_field") or kind == "HStoreField"


def _of_paths_of_named(declaration: type[RowMetrics], rows: Rows) -> Iterator[Fault]:
    for name, named in declaration.declared(NamedBy).items():
        for message in named_faults.faults_of_paths(named, rows):
            yield Fault(f"{declaration.source_name()}.{name}", message)


def _of_paths(declaration: type[RowMetrics], rows: Rows) -> Iterator[Fault]:
    own = declaration.source_name()
    for name, one in declaration.declared(Identifying).items():
        try:
            of_path = field_at(rows, one.path)
        except Exception as error:
            yield Fault(f"{own}.{name}", _said(error))
            continue
        kind = type(of_path).__name__
        if isinstance(one, Attributes):
            if not isinstance(of_path, models.JSONField):
                yield Fault(
                    f"{own}.{name}",
                    f"{one.path!r} is a {kind}: attributes() reads a JSONField, "
                    f'attribute("{one.path}") one attribute',
                )
        elif isinstance(of_path, _NO_ATTRIBUTES) or _has_parts(of_path):
            yield Fault(
                f"{own}.{name}",
                f"{one.path!r} is a {kind}, which can't be an attribute: use "
                f"{_USE_KEYS if kind == 'JSONField' else _USE}",
            )
    grouped = is_grouped(declaration)
    for name, measure in declaration.declared(Valued).items():
        if grouped and not measure.aggregates:
            yield Fault(
                f"{own}.{name}",
                f"{measure.value!r} is a value of each row, and other instruments of "
                "the class are aggregates: move one kind to a class of its own",
            )
        try:
            for expression in measure.expressions:
                expression.resolve_expression(rows.query.chain())
        except Exception as error:
            yield Fault(f"{own}.{name}", _said(error))
