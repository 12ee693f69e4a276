"""Which version of a row, with the rows that belong to it, is stored: a digest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from django.db.models import Model

from ..models import (
    CalendarDay,
    CalendarInclusion,
    Component,
    HolidayCalendar,
    Override,
    Rule,
    Schedule,
    ScheduleCalendar,
    ScheduleExclusion,
    ScheduleInclusion,
)
from ..models.locks import lock_definitions

_PARTS: dict[type[Model], tuple[tuple[type[Model], str], ...]] = {
    Component: ((Override, "component"),),
    HolidayCalendar: ((CalendarDay, "calendar"), (CalendarInclusion, "calendar")),
    Schedule: (
        (Rule, "schedule"),
        (Override, "schedule"),
        (ScheduleCalendar, "schedule"),
        (ScheduleInclusion, "schedule"),
        (ScheduleExclusion, "schedule"),
    ),
}
"""The rows that belong to another, with the column that says to which."""


def stored_version(row: Any, alias: str) -> str:
    """Return a digest of the columns of a row, and of all rows that belong to it.

    Empty if the row is gone. Whatever changes it, changes the digest.
    """
    stored = list(_columns(type(row), alias, pk=row.pk))
    if not stored:
        return ""
    for model, owner in _PARTS.get(type(row), ()):
        stored += [(model._meta.label,), *_columns(model, alias, **{owner: row.pk})]
    return sha256(json.dumps(stored, default=str).encode()).hexdigest()


def lock(row: Any, alias: str) -> None:
    """Have other writers of the row wait until the transaction ends.

    A catalogue that is being loaded, which locks the definitions, is waited for.
    """
    lock_definitions(alias)
    rows = type(row)._default_manager.using(alias).filter(pk=row.pk)
    list(rows.select_for_update().values_list("pk"))


def _columns(model: type[Model], alias: str, **only: Any) -> Iterator[tuple[Any, ...]]:
    names = [field.attname for field in model._meta.concrete_fields]
    rows = model._default_manager.using(alias).filter(**only).order_by("pk")
    yield from rows.values_list(*names).iterator()
