"""What differs between the database and a catalogue."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields, replace
from typing import Literal, TypeVar

from .entries import AgreementEntry, ComponentEntry, ScheduleEntry, in_order

Entry = ScheduleEntry | AgreementEntry | ComponentEntry
Action = Literal["create", "update", "delete"]
Kind = Literal["schedule", "agreement", "component"]
E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Change:
    """One thing that differs: what happens to it, and what it was and will be."""

    action: Action
    kind: Kind
    name: str
    before: Entry | None = None
    after: Entry | None = None

    def differing(self) -> list[str]:
        """The names of the fields that differ, in their order."""
        if self.before is None or self.after is None:
            return []
        return [
            one.name
            for one in fields(self.after)
            if getattr(self.before, one.name) != getattr(self.after, one.name)
        ]


@dataclass
class Changes:
    """How much differs between the database and a catalogue."""

    counts: Counter[Action] = field(default_factory=Counter)
    unchanged: int = 0

    def count(self, action: Action) -> int:
        """How many things are created, updated or deleted."""
        return self.counts[action]

    def __bool__(self) -> bool:
        return any(self.counts.values())


def change(kind: Kind, name: str, before: E | None, after: E) -> Change | None:
    """What becomes of a thing that a catalogue names."""
    if before is None:
        return Change("create", kind, name, after=after)
    if before != after:
        return Change("update", kind, name, before, after)
    return None


def wanted(before: E | None, named: E, *, prune: bool, components_only: bool) -> E:
    """Return what a thing is to be, by what it is and what the catalogue says.

    Overrides that were imported from a calendar are the calendar's, also those that
    a dump has: of what is there already they stay as they are. Else a load would undo
    each night what the import of the day before has moved, or deleted.
    """
    if isinstance(before, AgreementEntry | None) or isinstance(named, AgreementEntry):
        return named
    if components_only:
        return replace(named, overrides=before.overrides)
    if prune:
        return named
    own = [one for one in named.overrides if not one.uid]
    imported = [one for one in before.overrides if one.uid]
    return replace(named, overrides=in_order([*own, *imported]))
