"""Tell which Django expressions are aggregates, or contain some."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Aggregate, F, Window
from django.db.models.expressions import Combinable


def expression_of(value: str | Combinable) -> Combinable:
    """Return F() of a path, or the expression as it is."""
    return F(value) if isinstance(value, str) else value


def is_aggregate(expression: Any) -> bool:
    """Return whether the expression itself, not one within it, is an aggregate."""
    return isinstance(expression, Aggregate)


def aggregates(expression: Any) -> bool:
    """Return whether the expression is, or contains, an aggregate."""
    return any(map(is_aggregate, flattened(expression)))


def flattened(expression: Any) -> Iterator[Any]:
    """Yield the expression and all expressions in it.

    Those in a window are left out: aggregates there don't group rows.
    """
    yield expression
    if isinstance(expression, Window):
        return
    for one in getattr(expression, "get_source_expressions", list)():
        if one is not None:
            yield from flattened(one)
