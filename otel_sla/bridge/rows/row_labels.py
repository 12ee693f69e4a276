"""The attributes of rows as labels, and the rows that can't have any.

The attributes of all rows are compared with those of the last reading as a whole. If
they are equal, the text made of them is used again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import product, repeat
from math import prod
from reprlib import repr as shortened
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models

from ...database.consistent_read import DatabaseRow
from ...labels import (
    InvalidLabels,
    exposed,
    prometheus_name,
    series,
)
from ..declare.counted_rows import MAX_ZEROS
from .dropped_rows import (
    DUPLICATE,
    LABELS,
    Cause,
    Dropped,
)
from .row_queries import Named

Describe = Callable[[Sequence[Any]], dict[str, str]]
"""Returns the attributes of a row. Raises ValueError where it can't have any."""

_SPARE = 1_000


class Identity(NamedTuple):
    """The attributes of all rows: as columns of the database, and as labels.

    `labels` has None where they can't be used, for the cause in `dropped`.
    """

    describe: Describe
    columns: Sequence[tuple[Any, ...]]
    labels: Sequence[bytes | None]
    dropped: Dropped

    def attributes(self, row: int) -> dict[str, str]:
        """Return the attributes of a row that has labels."""
        return self.describe([one[row] for one in self.columns])


class KeptRow(NamedTuple):
    """A row that has labels; its attributes are made when they are asked for."""

    identity: Identity
    row: int

    @property
    def attributes(self) -> dict[str, str]:
        return self.identity.attributes(self.row)


class RowLabels:
    """Writes attributes as labels, and keeps the texts from reading to reading."""

    def __init__(self) -> None:
        self._texts: dict[DatabaseRow, bytes | None] = {}

    def identity(
        self,
        describe: Describe,
        columns: Sequence[tuple[Any, ...]],
        size: int,
        before: Identity | None,
    ) -> Identity:
        """Return the labels of `size` rows: `before` if their attributes are equal."""
        if before and len(before.labels) == size and before.columns == columns:
            return before
        labels, dropped = self.texts(describe, columns, size)
        if len(set(labels)) < len(labels):
            counted = Counter(labels)
            for position, text in enumerate(labels):
                if text is not None and counted[text] > 1:
                    dropped[position] = DUPLICATE
        return Identity(describe, columns, labels, dropped)

    def texts(
        self, describe: Describe, columns: Sequence[Sequence[Any]], size: int
    ) -> tuple[list[bytes | None], dict[int, Cause]]:
        """Return each row's labels as text, and why a row has none."""
        # Most rows were there in the reading before. A list of tuples of them all would
        # only slow down the garbage collector.
        labels = list(map(self._texts.get, _rows(columns, size)))
        dropped: dict[int, Cause] = {}
        if all(labels):
            return labels, dropped
        for position, text in enumerate(labels):
            if text is None:
                row = tuple([one[position] for one in columns])
                try:
                    text = series(exposed(describe(row), key=""))
                except ValueError:
                    dropped[position] = LABELS
                else:
                    self._texts[row] = labels[position] = text
        if len(self._texts) > 2 * size + _SPARE:
            self._texts = dict(zip(_rows(columns, size), labels, strict=True))
        return labels, dropped


def _rows(columns: Sequence[Sequence[Any]], size: int) -> Iterable[DatabaseRow]:
    return zip(*columns, strict=True) if columns else repeat((), size)


def attributes_of(named: Sequence[Named], row: Iterable[Any]) -> dict[str, str]:
    """Return the attributes of a row. What can't be text is left for labels to refuse.

    If names are known at run time only, attributes are sorted: the same ones are the
    same series, whichever column has them. Raises ValueError where two have one name,
    or a value is invalid.
    """
    found: dict[str, Any] = {}
    for (name, of_field), value in zip(named, row, strict=True):
        if value in (None, ""):
            continue
        more = {name: _text(value, of_field)} if name else _run_time_attributes(value)
        for one in found.keys() & more.keys():
            raise InvalidLabels("clashing_labels", name=one, other=one, shown=one)
        found |= more
    if all(name for name, _ in named):
        return found
    return dict(sorted(found.items(), key=lambda one: prometheus_name(one[0])))


def zeros(
    named: Sequence[Named], groups: Sequence[DatabaseRow]
) -> list[tuple[Any, ...]]:
    """Return the groups without rows, by the choices of those fields that have some.

    The list is empty if there would be more than MAX_ZEROS groups.
    """
    known = [_choices(of_field) for _, of_field in named]
    if not any(known):
        return []
    seen = {
        tuple(value for value, one in zip(row, known, strict=True) if not one)
        for row in groups
    }
    if all(known):
        seen = {()}
    if prod(map(len, filter(None, known))) * len(seen) > MAX_ZEROS:
        return []
    there = {_key(named, row) for row in groups}
    found: list[tuple[Any, ...]] = []
    for other in seen:
        others = iter(other)
        columns = [one or [next(others)] for one in known]
        found += [row for row in product(*columns) if _key(named, row) not in there]
    return found


def _key(named: Sequence[Named], row: DatabaseRow) -> object:
    """Return what is the same for rows of the same attributes."""
    try:
        return tuple(attributes_of(named, row).items())
    except ValueError:
        return row


def _text(value: Any, of_field: models.Field[Any, Any]) -> Any:
    """Return an attribute's value as the text that it is on every database."""
    if isinstance(of_field, models.BooleanField):
        return "true" if value else "false"
    if isinstance(of_field, models.UUIDField):
        return str(value if isinstance(value, UUID) else UUID(value))
    return value if isinstance(value, bytes | memoryview) else str(value)


def _run_time_attributes(value: Any) -> dict[str, Any]:
    """Return what a JSONField holds as attributes. Raises InvalidLabels."""
    try:
        found = json.loads(value) if isinstance(value, str | bytes) else value
    except (ValueError, RecursionError):
        found = value
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InvalidLabels("labels_not_a_mapping", value=shortened(found))
    return {name: _scalar(one) for name, one in found.items() if one not in (None, "")}


def _scalar(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _choices(of_field: models.Field[Any, Any]) -> list[Any]:
    """Return the values that a field can have, as drivers return them. The list is
    empty if they are not known."""
    if isinstance(of_field, models.BooleanField):
        # PostgreSQL's driver has booleans, others integers: both compare alike.
        return [False, True]
    return [value for value, _ in getattr(of_field, "flatchoices", None) or ()]
