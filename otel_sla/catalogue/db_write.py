"""Write changes to the database in batches."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from django.db import connections, models

from ..database.batches import BATCH, batches
from ..models import Agreement, Component, Override, Rule, Schedule
from ..schedule import Override as OverrideDefinition
from ..schedule.attributes import OVERRIDE, RULE, Table
from .changes import Change, Entry, Kind
from .db_read import edited, overrides_of

_MODELS: dict[Kind, type[models.Model]] = {
    "schedule": Schedule,
    "agreement": Agreement,
    "component": Component,
}
_CHILDREN = {"rules", "overrides"}

References = dict[str, dict[str, int]]
"""The ids of schedules or agreements that entries refer to, by kind and name."""


def ids(kind: Kind) -> dict[str, int]:
    """Return the ids of all rows of a kind, by name."""
    rows = _MODELS[kind]._default_manager.using(edited())
    return dict(rows.values_list("name", "pk"))


def save(kind: Kind, changes: list[Change], references: References) -> None:
    """Create and update rows of a kind, with their rules and overrides."""
    saved = [one for one in changes if one.action != "delete"]
    for batch in batches(saved):
        _save_rows(kind, batch, references)
        if kind != "agreement":
            _save_children(kind, batch)


def delete(kind: Kind, names: Iterable[str]) -> None:
    """Delete the rows of a kind with these names."""
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
            {"name": one.name, **_columns(one.after, references)}
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


def _columns(entry: Entry | None, references: References) -> dict[str, Any]:
    assert entry is not None, "a change that saves has its entry"
    values = {
        one.name: getattr(entry, one.name)
        for one in fields(entry)
        if one.name not in _CHILDREN
    }
    for kind, of_kind in references.items():
        if kind in values:
            values[f"{kind}_id"] = of_kind[values.pop(kind)]
    return values


def _save_children(kind: Kind, changes: list[Change]) -> None:
    """Write the rules and overrides of new rows, and of rows where they differ."""
    touched = [one for one in changes if _children(one.before) != _children(one.after)]
    names = [one.name for one in touched]
    rows = _MODELS[kind]._default_manager.using(edited()).filter(name__in=names)
    owners = dict(rows.values_list("name", "pk"))
    if kind == "schedule":
        _replace_rules(touched, owners)
    _replace_overrides(kind, touched, owners)


def _children(entry: Entry | None) -> tuple[Any, ...]:
    """Return the rules and the overrides of an entry, if it can have them."""
    return getattr(entry, "rules", ()), getattr(entry, "overrides", ())


def _replace_rules(changes: list[Change], owners: dict[str, int]) -> None:
    """Write all rules again where any differs: their ids are their order."""
    differing = [
        one for one in changes if _children(one.before)[0] != _children(one.after)[0]
    ]
    Rule.objects.filter(schedule__in=[owners[one.name] for one in differing]).delete()
    Rule.objects.bulk_create(
        [
            Rule(schedule_id=owners[one.name], **_stored(RULE, rule))
            for one in differing
            for rule in _children(one.after)[0]
        ],
        batch_size=BATCH,
    )


def _replace_overrides(
    kind: Kind, changes: list[Change], owners: dict[str, int]
) -> None:
    """Write differences only, and keep what another process has added meanwhile."""
    gone: dict[int, Counter[OverrideDefinition]] = {}
    new: list[Override] = []
    for one in changes:
        owner = owners[one.name]
        had, has = (
            Counter[OverrideDefinition](_children(entry)[1])
            for entry in (one.before, one.after)
        )
        if had - has:
            gone[owner] = had - has
        new += [
            Override(**{f"{kind}_id": owner}, **_stored(OVERRIDE, override))
            for override in (has - had).elements()
        ]
    _delete_overrides(kind, gone)
    Override.objects.bulk_create(new, batch_size=BATCH)


def _delete_overrides(kind: Kind, gone: dict[int, Counter[OverrideDefinition]]) -> None:
    found = []
    for owner, overrides in overrides_of(kind, gone).items() if gone else ():
        for pk, override in overrides:
            if gone[owner][override] > 0:
                gone[owner][override] -= 1
                found.append(pk)
    for batch in batches(found):
        Override.objects.filter(pk__in=batch).delete()


def _stored(table: Table, row: object) -> dict[str, Any]:
    """Return the columns of a rule or an override."""
    return {one.name: one.kind.store(getattr(row, one.name)) for one in table}
