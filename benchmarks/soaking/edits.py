"""Which edits there are, and how often each."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from otel_sla.models import Agreement, Component, Rule, Schedule

from .contents import (
    TARGETS,
    ZONES,
    Change,
    Entry,
    Sections,
    changed,
    labels,
    shifted,
)
from .plans import Plan, change, first, less_overridden, no_orm, overridden, save

OVERRIDES_OF_COMPONENTS = 400
"""As many as there may be: the catalogue is to stay as large as it is."""


def rename(chance: random.Random, now: Sections) -> Plan:
    name, entry = _component(chance, now)
    new = f"{name.partition('-renamed')[0]}-renamed-{chance.randrange(10**6)}"
    return Plan(
        "rename a component",
        [Change("components", name, None), Change("components", new, entry)],
        lambda: save(Component.objects.get(name=name), name=new),
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
        [change(now, "components", name, agreement=agreement)],
        lambda: save(
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
        lambda: save(
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
    several = [one for one, of in now["components"].items() if of["overrides"]]
    if len(several) > OVERRIDES_OF_COMPONENTS or chance.random() < 0.4:
        return less_overridden(chance, now, "components", chance.choice(several))
    name, entry = _component(chance, now)
    schedule = now["agreements"][entry["agreement"]]["schedule"]
    return overridden(chance, now, "components", name, schedule)


def override_schedule(chance: random.Random, now: Sections) -> Plan:
    name = chance.choice([*now["schedules"]])
    if len(now["schedules"][name]["overrides"]) > chance.randrange(4):
        return less_overridden(chance, now, "schedules", name)
    return overridden(chance, now, "schedules", name, name)


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
        [change(now, "schedules", name, rules=rules)],
        lambda: save(first(Rule, schedule__name=name, **bounds), **new),
    )


def change_zone(chance: random.Random, now: Sections) -> Plan:
    name, zone = chance.choice([*now["schedules"]]), chance.choice(ZONES)
    return Plan(
        "change a time zone",
        [change(now, "schedules", name, timezone=zone)],
        lambda: save(Schedule.objects.get(name=name), timezone=zone),
    )


def change_target(chance: random.Random, now: Sections) -> Plan:
    name, target = chance.choice([*now["agreements"]]), chance.choice(TARGETS)
    return Plan(
        "change a target",
        [change(now, "agreements", name, target=target)],
        lambda: save(Agreement.objects.get(name=name), target=str(target)),
    )


def change_schedule(chance: random.Random, now: Sections) -> Plan:
    name = chance.choice([*now["agreements"]])
    schedule = chance.choice([*now["schedules"]])
    return Plan(
        "give an agreement another schedule",
        [change(now, "agreements", name, schedule=schedule)],
        lambda: save(
            Agreement.objects.get(name=name),
            schedule=Schedule.objects.get(name=schedule),
        ),
    )


def change_many(chance: random.Random, now: Sections) -> Plan:
    """A file in which schedules, agreements and components change together."""
    then, changes = now, {}
    for kind in chance.choices((shift_rule, change_target, relabel, move), k=40):
        plan = kind(chance, then)
        then = changed(then, plan.changes)
        changes.update({one[:2]: one for one in plan.changes})
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


def _of_component(now: Sections, what: str, name: str, **fields: Any) -> Plan:
    return Plan(
        what,
        [change(now, "components", name, **fields)],
        lambda: save(Component.objects.get(name=name), **fields),
    )
