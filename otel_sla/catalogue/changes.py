"""Differences between the database and a catalogue."""

from collections import Counter
from dataclasses import dataclass, field, fields, replace
from typing import Literal, TypeVar

from .entries import (
    AgreementEntry,
    CalendarEntry,
    ComponentEntry,
    ScheduleEntry,
    in_order,
)

Entry = CalendarEntry | ScheduleEntry | AgreementEntry | ComponentEntry
Action = Literal["create", "update", "delete"]
Kind = Literal["calendar", "schedule", "agreement", "component"]
E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Change:
    """One row that is created, updated or deleted, as it was and as it will be."""

    action: Action
    kind: Kind
    name: str
    before: Entry | None = None
    after: Entry | None = None

    def differing(self) -> list[str]:
        """Return the names of the fields that differ, in their order."""
        if self.before is None or self.after is None:
            return []
        return [
            one.name
            for one in fields(self.after)
            if getattr(self.before, one.name) != getattr(self.after, one.name)
        ]


@dataclass
class Changes:
    """The number of differences between the database and a catalogue."""

    counts: Counter[Action] = field(default_factory=Counter)
    unchanged: int = 0

    def count(self, action: Action) -> int:
        """Return how many rows are created, updated or deleted."""
        return self.counts[action]

    def __bool__(self) -> bool:
        return any(self.counts.values())


def change(kind: Kind, name: str, before: E | None, after: E) -> Change | None:
    """Return the change of an entry that a catalogue names, if there is one."""
    if before is None:
        return Change("create", kind, name, after=after)
    if before != after:
        return Change("update", kind, name, before, after)
    return None


def wanted(before: E | None, named: E, *, prune: bool, components_only: bool) -> E:
    """Return what an entry should become, given its state and the catalogue.

    Overrides imported from a calendar belong to the calendar, also if a dump has
    them: those of existing entries stay as they are. Otherwise each load would undo
    what an import has moved or deleted since the dump.
    """
    if before is None:
        return named
    if isinstance(before, CalendarEntry | AgreementEntry):
        return named
    if isinstance(named, CalendarEntry | AgreementEntry):
        return named
    if components_only:
        return replace(named, overrides=before.overrides)
    if prune:
        return named
    own = [one for one in named.overrides if not one.uid]
    imported = [one for one in before.overrides if one.uid]
    return replace(named, overrides=in_order([*own, *imported]))
