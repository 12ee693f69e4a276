"""What the expressions of Django's that instruments have for values are made of."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Aggregate, F, Window
from django.db.models.expressions import Combinable


def expression_of(value: str | Combinable) -> Combinable:
    """Return the expression that a path, or an expression, stands for."""
    return F(value) if isinstance(value, str) else value


def is_aggregate(expression: Any) -> bool:
    """Return whether the expression itself, not one within it, is an aggregate."""
    return isinstance(expression, Aggregate)


def aggregates(expression: Any) -> bool:
    """Return whether an aggregate is among what the expression is made of."""
    return any(map(is_aggregate, flattened(expression)))


def flattened(expression: Any) -> Iterator[Any]:
    """Yield the expression and all that it is made of.

    What is in a window is left out: its aggregates leave every row as it is.
    """
    yield expression
    if isinstance(expression, Window):
        return
    for one in getattr(expression, "get_source_expressions", list)():
        if one is not None:
            yield from flattened(one)
