"""Which edits there are, and how the ORM makes them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from otel_sla.models import Agreement, Component, Override, Rule, Schedule

from .contents import (
    TARGETS,
    ZONES,
    Change,
    Entry,
    Sections,
    changed,
    labels,
    one_off,
    shifted,
)

OVERRIDES_OF_COMPONENTS = 400
"""As many as there may be: the catalogue is to stay as large as it is."""


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


def rename(chance: random.Random, now: Sections) -> Plan:
    name, entry = _component(chance, now)
    new = f"{name.partition('-renamed')[0]}-renamed-{chance.randrange(10**6)}"
    return Plan(
        "rename a component",
        [Change("components", name, None), Change("components", new, entry)],
        lambda: _save(Component.objects.get(name=name), name=new),
        file_can=False,
    )


def enable(chance: random.Random, now: Sections) -> Plan:
    disabled = [one for one, of in now["components"].items() if not of["enabled"]]
    name = chance.choice(disabled) if disabled else chance.choice([*now["components"]])
    return _of_component(now, "enable a component", name, enabled=True)


def disable(chance: random.Random, now: Sections) -> Plan:
    name, _ = _component(chance, now)
    return _of_component(now, "disable a component", name, enabled=False)


def relabel(chance: random.Random, now: Sections) -> Plan:
    name, entry = _component(chance, now)
    new = {**entry["labels"], "team": f"team-{chance.randrange(20)}"}
    if new.pop("note", None) is None:
        new["note"] = chance.choice(('says "no"', "back\\slash", "zwölf", "a b"))
    return _of_component(now, "change labels", name, labels=new)


def move(chance: random.Random, now: Sections) -> Plan:
    name, _ = _component(chance, now)
    agreement = chance.choice([*now["agreements"]])
    return Plan(
        "move a component to another agreement",
        [_changed(now, "components", name, agreement=agreement)],
        lambda: _save(
            Component.objects.get(name=name),
            agreement=Agreement.objects.get(name=agreement),
        ),
    )


def create(chance: random.Random, now: Sections) -> Plan:
    name = f"component-new-{chance.randrange(10**9)}"
    agreement = chance.choice([*now["agreements"]])
    own = labels(chance)
    entry = {"agreement": agreement, "labels": own, "enabled": True, "overrides": []}
    return Plan(
        "create a component",
        [Change("components", name, entry)],
        lambda: _save(
            Component(name=name),
            agreement=Agreement.objects.get(name=agreement),
            labels=own,
        ),
    )


def delete(chance: random.Random, now: Sections) -> Plan:
    name, _ = _component(chance, now)
    return Plan(
        "delete a component",
        [Change("components", name, None)],
        lambda: Component.objects.get(name=name).delete(),
        file_can=False,
    )


def override_component(chance: random.Random, now: Sections) -> Plan:
    overridden = [one for one, of in now["components"].items() if of["overrides"]]
    if len(overridden) > OVERRIDES_OF_COMPONENTS or chance.random() < 0.4:
        return _less_overridden(chance, now, "components", chance.choice(overridden))
    name, entry = _component(chance, now)
    schedule = now["agreements"][entry["agreement"]]["schedule"]
    return _overridden(chance, now, "components", name, schedule)


def override_schedule(chance: random.Random, now: Sections) -> Plan:
    name = chance.choice([*now["schedules"]])
    if len(now["schedules"][name]["overrides"]) > chance.randrange(4):
        return _less_overridden(chance, now, "schedules", name)
    return _overridden(chance, now, "schedules", name, name)


def shift_rule(chance: random.Random, now: Sections) -> Plan:
    name = chance.choice(
        [one for one, of in now["schedules"].items() if of.get("rules")]
    )
    rules = list(now["schedules"][name]["rules"])
    at = chance.randrange(len(rules))
    old, rules[at] = rules[at], shifted(chance, rules[at])
    bounds = {"start": old["start"], "end": old["end"]}
    new = {"start": rules[at]["start"], "end": rules[at]["end"], "end_day": None}
    return Plan(
        "change a rule",
        [_changed(now, "schedules", name, rules=rules)],
        lambda: _save(_first(Rule, schedule__name=name, **bounds), **new),
    )


def change_zone(chance: random.Random, now: Sections) -> Plan:
    name, zone = chance.choice([*now["schedules"]]), chance.choice(ZONES)
    return Plan(
        "change a time zone",
        [_changed(now, "schedules", name, timezone=zone)],
        lambda: _save(Schedule.objects.get(name=name), timezone=zone),
    )


def change_target(chance: random.Random, now: Sections) -> Plan:
    name, target = chance.choice([*now["agreements"]]), chance.choice(TARGETS)
    return Plan(
        "change a target",
        [_changed(now, "agreements", name, target=target)],
        lambda: _save(Agreement.objects.get(name=name), target=str(target)),
    )


def change_schedule(chance: random.Random, now: Sections) -> Plan:
    name = chance.choice([*now["agreements"]])
    schedule = chance.choice([*now["schedules"]])
    return Plan(
        "give an agreement another schedule",
        [_changed(now, "agreements", name, schedule=schedule)],
        lambda: _save(
            Agreement.objects.get(name=name),
            schedule=Schedule.objects.get(name=schedule),
        ),
    )


def change_many(chance: random.Random, now: Sections) -> Plan:
    """A file in which schedules, agreements and components change together."""
    then, changes = now, {}
    for one in chance.choices((shift_rule, change_target, relabel, move), k=40):
        plan = one(chance, then)
        then = changed(then, plan.changes)
        changes.update({change[:2]: change for change in plan.changes})
    return Plan("40 changes in one file", [*changes.values()], no_orm)


def change_all(chance: random.Random, now: Sections) -> Plan:
    """The same, in a file of the whole catalogue."""
    what = "40 changes in a file of the whole catalogue"
    return change_many(chance, now)._replace(what=what, is_whole=True)


PLANS: dict[Callable[[random.Random, Sections], Plan], int] = {
    rename: 10,
    enable: 10,
    disable: 10,
    relabel: 10,
    move: 10,
    create: 5,
    delete: 5,
    override_component: 15,
    override_schedule: 15,
    shift_rule: 15,
    change_zone: 3,
    change_target: 5,
    change_schedule: 3,
    change_many: 4,
    change_all: 1,
}
"""How often, in relation to each other."""


def plan(chance: random.Random, now: Sections) -> Plan:
    [one] = chance.choices([*PLANS], [*PLANS.values()])
    return one(chance, now)


def _component(chance: random.Random, now: Sections) -> tuple[str, Entry]:
    name = chance.choice([*now["components"]])
    return name, now["components"][name]


def _changed(now: Sections, section: str, name: str, **fields: Any) -> Change:
    return Change(section, name, {**now[section][name], **fields})


def _of_component(now: Sections, what: str, name: str, **fields: Any) -> Plan:
    return Plan(
        what,
        [_changed(now, "components", name, **fields)],
        lambda: _save(Component.objects.get(name=name), **fields),
    )


def _overridden(
    chance: random.Random, now: Sections, section: str, name: str, schedule: str
) -> Plan:
    new = one_off(chance, now["schedules"][schedule]["timezone"], time.time())
    overrides = [*now[section][name]["overrides"], new]
    owner, model = _OWNERS[section]
    return Plan(
        f"add an override of a {owner}",
        [_changed(now, section, name, overrides=overrides)],
        lambda: _save(
            Override(**{owner: model.objects.get(name=name)}), **_columns(new)
        ),
    )


def _less_overridden(
    chance: random.Random, now: Sections, section: str, name: str
) -> Plan:
    overrides = list(now[section][name]["overrides"])
    old = overrides.pop(chance.randrange(len(overrides)))
    owner, _ = _OWNERS[section]
    of = {f"{owner}__name": name, **_columns(old)}
    return Plan(
        f"remove an override of a {owner}",
        [_changed(now, section, name, overrides=overrides)],
        lambda: _first(Override, **of).delete(),
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


def _first(model: Any, **of: Any) -> Any:
    """The one of those rows, or one of several that say the same."""
    return model.objects.filter(**of).order_by("id")[0]


def _save(row: Any, **fields: Any) -> None:
    """Save it as a form does."""
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
