"""What an edit is made of, and how the ORM makes it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from otel_sla.models import Component, Override, Schedule

from .contents import Change, Entry, Sections, one_off


class Plan(NamedTuple):
    """What is to become of the catalogue, and how the ORM does it."""

    what: str
    changes: list[Change]
    by_orm: Callable[[], Any]
    file_can: bool = True
    is_whole: bool = False


def no_orm() -> None:
    """Stand for what only a file does."""
    raise NotImplementedError


def change(now: Sections, section: str, name: str, **fields: Any) -> Change:
    return Change(section, name, {**now[section][name], **fields})


def overridden(
    chance: random.Random, now: Sections, section: str, name: str, schedule: str
) -> Plan:
    new = one_off(chance, now["schedules"][schedule]["timezone"], time.time())
    overrides = [*now[section][name]["overrides"], new]
    owner, model = _OWNERS[section]
    return Plan(
        f"add an override of a {owner}",
        [change(now, section, name, overrides=overrides)],
        lambda: save(
            Override(**{owner: model.objects.get(name=name)}), **_columns(new)
        ),
    )


def less_overridden(
    chance: random.Random, now: Sections, section: str, name: str
) -> Plan:
    overrides = list(now[section][name]["overrides"])
    old = overrides.pop(chance.randrange(len(overrides)))
    owner, _ = _OWNERS[section]
    of = {f"{owner}__name": name, **_columns(old)}
    return Plan(
        f"remove an override of a {owner}",
        [change(now, section, name, overrides=overrides)],
        lambda: first(Override, **of).delete(),
    )


_OWNERS: dict[str, tuple[str, Any]] = {
    "components": ("component", Component),
    "schedules": ("schedule", Schedule),
}


def _columns(override: Entry) -> dict[str, str]:
    return {
        "start": override["from"],
        "end": override["to"],
        "kind": override["kind"],
    }


def first(model: Any, **of: Any) -> Any:
    """The one of those rows, or one of several that say the same."""
    return model.objects.filter(**of).order_by("id")[0]


def save(row: Any, **fields: Any) -> None:
    """Save it as a form does."""
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
