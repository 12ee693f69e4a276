"""Rows counted by the values of their fields, in one line."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Count

from .declarations import (
    RowMetrics,
    Rows,
    attribute,
    gauge,
)

MAX_ZEROS = 1_000
"""Combinations of choices that are reported without rows, at most."""


def count_by(
    name: str,
    queryset: Rows | Callable[[], Rows],
    by: Iterable[str],
    *,
    help: str = "",
    unit: str = "",
) -> type[RowMetrics]:
    """Return a class with a gauge: the number of rows for each value of the fields.

    Where a field has choices, or is a boolean, values without rows count 0, up to
    MAX_ZEROS combinations. A path such as "warehouse__code" is the attribute
    warehouse_code.
    """
    paths = [by] if isinstance(by, str) else list(by)
    described = help or f"Rows by {', '.join(paths)}."
    members: dict[str, Any] = {
        "queryset": staticmethod(queryset) if callable(queryset) else queryset,
        "with_zeros": True,
        "rows_counted": gauge(name, Count("pk"), unit=unit, help=described),
    }
    for path in paths:
        called = path.replace("__", "_")
        if called in members:
            raise ValueError(
                f"count_by({name!r}, ...): {called!r} is there already, so that "
                f"{path!r} can't be an attribute of that name. Declare a class"
            )
        members[called] = attribute(path)
    return type(name, (RowMetrics,), members)
