"""All enabled components at one moment, evaluated once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..schedule import State
from ..schedule.running_totals import Figures
from .components import Fault
from .groups import Group


class Row(NamedTuple):
    """One component: what identifies it, and the state of its schedule."""

    component: str
    attributes: Mapping[str, str]
    agreement: str
    schedule: str
    timezone: str
    state: State


class Evaluated(NamedTuple):
    """A group of components, and what they share: a state, and what is counted."""

    group: Group
    state: State
    figures: Figures

    @classmethod
    def at(cls, group: Group, moment: int) -> Evaluated:
        """Evaluate the group at the moment, in Unix seconds.

        Raises whatever evaluating an invalid row raises.
        """
        unit = group.unit
        return cls(group, unit.state(moment), unit.figures(moment, group.period))


class Found(NamedTuple):
    """A component's state, and the zone in which people read it."""

    state: State
    timezone: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All enabled components at one moment, in Unix seconds.

    `dropped` counts, by reason, the invalid rows that can't be exposed: they cost their
    own component's samples and no other's. `read_at` is the moment when the rows were
    read, `duration` the seconds it took to read and evaluate them. `dropped_here` is
    what is dropped of the components that this process exports, where those are not
    all: rows whose labels can't be read are among them. `pending` are the groups whose
    unit is not evaluated yet: their components are shown as before, or left out.
    `left_out` are the names of what is dropped and why, by primary key.
    """

    moment: int
    groups: tuple[Evaluated, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    read_at: int = 0
    duration: float = 0.0
    dropped_here: Mapping[str, int] | None = None
    pending: tuple[Group, ...] = ()
    left_out: Mapping[int, tuple[str, Fault]] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(len(group.members) for group, *_ in self.groups)

    @property
    def evaluations_pending(self) -> int:
        """The number of distinct schedules that are not evaluated yet; one with a
        component's own overrides counts as another."""
        return len({one.unit for one in self.pending})

    @property
    def rows(self) -> list[Row]:
        """The components, sorted by name."""
        rows = [
            Row(
                member.component,
                member.attributes,
                group.agreement,
                group.schedule,
                group.timezone,
                state,
            )
            for group, state, _ in self.groups
            for member in group.members
        ]
        return sorted(rows, key=lambda row: row.component)

    def states(self) -> dict[int, Found]:
        """Return the state of every component and its time zone, by primary key."""
        return {
            member.columns[0]: Found(state, group.timezone)
            for group, state, _ in self.groups
            for member in group.members
        }

    def exported(self) -> Snapshot:
        """Return the part that this process exports, by OTEL_SLA["SELECT"]."""
        if self.dropped_here is None:
            return self
        return replace(
            self,
            groups=tuple(one for one in self.groups if one.group.is_exported),
            dropped=self.dropped_here,
            pending=tuple(one for one in self.pending if one.is_exported),
        )

    def only(self, key: int) -> Snapshot:
        """Return this snapshot with only the component of that primary key."""
        groups = []
        for group, state, figures in self.groups:
            for member in group.members:
                if member.columns[0] == key:
                    alone = group.empty(is_exported=group.is_exported)
                    alone.add(member)
                    groups.append(Evaluated(alone, state, figures))
        return replace(self, groups=tuple(groups))
