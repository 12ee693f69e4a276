"""Compile querysets once: that takes longer than the queries do."""

from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from ..database.consistent_read import Statement


def compiled(
    rows: QuerySet[Any], keys: tuple[str, ...], texts: tuple[str, ...], alias: str
) -> Statement:
    """Return the query for the rows by ascending id: columns that are keys as they are,
    then those that are read as text, whatever their type."""
    columns: tuple[str | Combinable, ...] = (
        *keys,
        *(Cast(name, TextField()) for name in texts),
    )
    query = rows.order_by("id").values_list(*columns).query
    sql, parameters = query.get_compiler(using=alias).as_sql()
    return sql, tuple(parameters)
