"""Write the overrides of schedules and components where they differ."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any

from ..database.batches import BATCH, batches
from ..models import Override
from ..models.overrides import DECISIVE
from ..schedule import Override as OverrideDefinition
from ..schedule.attributes import OVERRIDE, Attribute
from .changes import Change, Kind
from .db_read import overrides_of

_what = attrgetter(*DECISIVE)

Gone = dict[int, Counter[OverrideDefinition]]
New = dict[int, dict[Any, list[OverrideDefinition]]]
"""Overrides to create by their owner, and by what they open or close."""


def replace_overrides(
    kind: Kind, changes: list[Change], owners: dict[str, int]
) -> None:
    """Write differences only, and keep what another process has added meanwhile.

    One that opens or closes the same as before remains the same row, made when it was.
    """
    gone: Gone = {}
    new: New = defaultdict(lambda: defaultdict(list))
    for one in changes:
        owner = owners[one.name]
        had, has = (
            Counter[OverrideDefinition](getattr(entry, "overrides", ()))
            for entry in (one.before, one.after)
        )
        if had - has:
            gone[owner] = had - has
        for override in (has - had).elements():
            new[owner][_what(override)].append(override)
    kept = list(_delete_others(kind, gone, new))
    Override.objects.bulk_update(kept, ["reason", "uid"], batch_size=BATCH)
    created = [
        Override(**{f"{kind}_id": owner}, **stored(OVERRIDE, override))
        for owner, several in new.items()
        for overrides in several.values()
        for override in overrides
    ]
    Override.objects.bulk_create(created, batch_size=BATCH)


def _delete_others(kind: Kind, gone: Gone, new: New) -> Iterator[Override]:
    """Delete what is gone, and yield the rows that become new ones instead."""
    found = []
    for owner, overrides in overrides_of(kind, gone).items() if gone else ():
        for pk, override in overrides:
            if gone[owner][override] <= 0:
                continue
            gone[owner][override] -= 1
            if same := new[owner][_what(override)]:
                yield Override(pk=pk, **stored(OVERRIDE, same.pop(0)))
            else:
                found.append(pk)
    for batch in batches(found):
        Override.objects.filter(pk__in=batch).delete()


def stored(table: Iterable[Attribute], row: object) -> dict[str, Any]:
    """Return the columns of a row."""
    return {one.name: one.kind.store(getattr(row, one.name)) for one in table}
