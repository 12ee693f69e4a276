"""Write changes to the database in batches."""

from collections.abc import Iterable
from typing import Any

from django.db import connections, models

from ..database.batches import BATCH, batches
from ..models import (
    Agreement,
    CalendarDay,
    Component,
    HolidayCalendar,
    Rule,
    Schedule,
)
from ..schedule.attributes import (
    AGREEMENT,
    COMPONENT,
    RULE,
    SCHEDULE,
    Table,
)
from ..schedule.calendar_attributes import CALENDAR, CALENDAR_DAY
from ..schedule.kinds import REFERENCE, REFERENCES
from .changes import Change, Entry, Kind
from .db_overrides import replace_overrides, stored
from .db_read import edited
from .links import LINKS, others

_MODELS: dict[Kind, type[models.Model]] = {
    "calendar": HolidayCalendar,
    "schedule": Schedule,
    "agreement": Agreement,
    "component": Component,
}
_TABLES: dict[Kind, Table] = {
    "calendar": CALENDAR,
    "schedule": SCHEDULE,
    "agreement": AGREEMENT,
    "component": COMPONENT,
}
_ORDERED: dict[Kind, tuple[str, Table, Any]] = {
    "calendar": ("days", CALENDAR_DAY, CalendarDay),
    "schedule": ("rules", RULE, Rule),
}
"""Rows of an entry that have an order: its list, their table and their model."""

References = dict[str, dict[str, int]]
"""The ids of schedules or agreements that entries refer to, by kind and name."""


def ids(kind: Kind) -> dict[str, int]:
    """Return the ids of all rows of a kind, by name."""
    rows = _MODELS[kind]._default_manager.using(edited())
    return dict(rows.values_list("name", "pk"))


def save(kind: Kind, changes: list[Change], references: References) -> None:
    """Create and update rows of a kind, with those that belong to them."""
    saved = [one for one in changes if one.action != "delete"]
    for batch in batches(saved):
        _save_rows(kind, batch, references)
        _save_children(kind, batch)


def save_links(kind: Kind, changes: list[Change]) -> None:
    """Write what calendars or schedules are made of, when all of that exists."""
    for link in LINKS:
        differing = [
            one
            for one in changes
            if link.kind == kind
            and one.action != "delete"
            and others(link, one.before) != others(link, one.after)
        ]
        if not differing:
            continue
        owners, linked = ids(link.kind), ids(link.to)
        owner, other = link.columns
        rows = link.model._default_manager.using(edited())
        pks = [owners[one.name] for one in differing]
        for batch in batches(pks):
            rows.filter(**{f"{owner}__in": batch}).delete()
        rows.bulk_create(
            [
                link.model(
                    **{f"{owner}_id": owners[one.name], f"{other}_id": linked[name]}
                )
                for one in differing
                for name in others(link, one.after)
            ],
            batch_size=BATCH,
        )


def delete(kind: Kind, names: Iterable[str]) -> None:
    """Delete the rows of a kind with these names, to which nothing else refers."""
    names = list(names)
    for link in LINKS:
        owner = f"{link.columns[0]}__name__in"
        for batch in batches(names if link.kind == kind else ()):
            # In another batch may be what it refers to.
            link.model._default_manager.filter(**{owner: batch}).delete()
    for batch in batches(names):
        _MODELS[kind]._default_manager.filter(name__in=batch).delete()


def _save_rows(kind: Kind, changes: list[Change], references: References) -> None:
    """Insert new rows, and upsert changed ones by name.

    That is much cheaper than an UPDATE with a CASE for every row.
    """
    model = _MODELS[kind]
    features = connections[edited()].features
    by_name = ["name"] if features.supports_update_conflicts_with_target else None
    for action in ("create", "update"):
        columns = [
            {"name": one.name, **_columns(kind, one.after, references)}
            for one in changes
            if one.action == action
        ]
        rows = [model(**values) for values in columns]
        if not rows:
            continue
        if action == "create":
            model._default_manager.bulk_create(rows)
        else:
            model._default_manager.bulk_create(
                rows,
                update_conflicts=True,
                update_fields=[name for name in columns[0] if name != "name"],
                unique_fields=by_name,
            )


def _columns(kind: Kind, entry: Entry | None, references: References) -> dict[str, Any]:
    assert entry is not None, "a change that saves has its entry"
    table = [one for one in _TABLES[kind] if one.kind is not REFERENCES]
    values = stored(table, entry)
    for one in table:
        if one.kind is REFERENCE:
            values[f"{one.name}_id"] = references[one.name][values.pop(one.name)]
    return values


def _save_children(kind: Kind, changes: list[Change]) -> None:
    """Write what belongs to new rows, and to rows where it differs."""
    touched = [one for one in changes if _children(one.before) != _children(one.after)]
    names = [one.name for one in touched]
    rows = _MODELS[kind]._default_manager.using(edited()).filter(name__in=names)
    owners = dict(rows.values_list("name", "pk"))
    if kind in _ORDERED:
        _replace_ordered(kind, touched, owners)
    if kind in ("schedule", "component"):
        replace_overrides(kind, touched, owners)


def _children(entry: Entry | None) -> tuple[Any, ...]:
    """Return the rules, days and overrides of an entry, if it can have them."""
    return tuple(getattr(entry, one, ()) for one in ("rules", "days", "overrides"))


def _replace_ordered(kind: Kind, changes: list[Change], owners: dict[str, int]) -> None:
    """Write all rules or days again where any differs: their ids are their order."""
    field, table, model = _ORDERED[kind]
    differing = [
        one
        for one in changes
        if getattr(one.before, field, ()) != getattr(one.after, field, ())
    ]
    ids = [owners[one.name] for one in differing]
    model.objects.filter(**{f"{kind}__in": ids}).delete()
    model.objects.bulk_create(
        [
            model(**{f"{kind}_id": owners[one.name]}, **stored(table, row))
            for one in differing
            for row in getattr(one.after, field)
        ],
        batch_size=BATCH,
    )
