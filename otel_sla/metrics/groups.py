"""Group components by agreement and schedule, and keep what rows have not changed.

A row that can't be used costs its own component, or those that depend on it, and no
other: it is a fault that is counted, not an exception.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial

from ..database.consistent_read import DatabaseRow
from ..labels import has
from ..schedule import Schedule as ScheduleDefinition
from ..schedule import State
from ..schedule.running_totals import Figures, RunningTotals
from .components import ExposedComponent, Fault, exposed_component, is_name
from .rows import Tables
from .sources import Sources

Select = Sequence[frozenset[str]]
"""Labels that are asked for: see labels.alternatives."""

_NONE: DatabaseRow = (None, None, None, None)


class Unit:
    """What is evaluated once: a schedule, with or without a component's overrides.

    `source` is all that it is made of, as one comparable value, `define` makes it, and
    `below` is the schedule without the overrides.
    """

    def __init__(
        self,
        source: DatabaseRow,
        define: Callable[[], ScheduleDefinition],
        below: Unit | None = None,
    ) -> None:
        self.source = source
        self.define = define
        self._below = below
        # Not cached properties: before Python 3.12 those of all units share a lock, and
        # a scrape would wait for what a page evaluates.
        self._definition: ScheduleDefinition | None = None
        self._state: State | None = None
        self._totals: RunningTotals | None = None

    def state(self, moment: int) -> State:
        """Return the state at the moment, the kept one while it holds.

        Raises whatever evaluating an invalid row raises.
        """
        if self._state is None or not self._state.holds_at(moment):
            self._state = self.definition.state(moment)
        return self._state

    def figures(self, moment: int, period: str) -> Figures:
        """Return what is counted at the moment, for agreements of the period.

        Raises whatever evaluating an invalid row raises.
        """
        return self._running_totals().figures(moment, period, self.state(moment))

    def _running_totals(self) -> RunningTotals:
        if self._totals is None:
            below = self._below._running_totals() if self._below else None
            self._totals = RunningTotals(self.definition, below)
        return self._totals

    @property
    def definition(self) -> ScheduleDefinition:
        """What is evaluated, also at other moments than the one whose state is kept.

        Raises whatever reading an invalid row raises.
        """
        if self._definition is None:
            self._definition = self.define()
        return self._definition


@dataclass(frozen=True, slots=True)
class Group:
    """Components that are under one agreement and open at the same times.

    `target` and `period` are those of the agreement, as its row has them: text;
    `target_ratio` is the target as a number up to 1, None where it is not a percentage.
    `series` and `described` are those of its members, in their order. A component
    with overrides of its own is a group by itself. `is_exported` is whether its
    members are of those that this process exports: all of them are, or none is.
    """

    agreement: str
    target: str
    target_ratio: float | None
    period: str
    schedule: str
    timezone: str
    unit: Unit
    is_of_one: bool
    is_exported: bool
    members: list[ExposedComponent] = field(default_factory=list)
    series: list[bytes] = field(default_factory=list)
    described: list[bytes] = field(default_factory=list)

    def add(self, member: ExposedComponent) -> None:
        self.members.append(member)
        self.series.append(member.series)
        self.described.append(member.described)


class Grouping:
    """The tables, and the groups made of them. Not changed once it is made."""

    def __init__(
        self, tables: Tables, before: Grouping | None = None, select: Select = ()
    ) -> None:
        """Group the components; what is the same as before is taken over.

        `unselected` are the ids of those without the labels of the selection.
        """
        self.tables = tables
        self.select = select
        self.unselected: set[int] = set()
        self.members: dict[int, ExposedComponent] = {}
        self.units: dict[Hashable, Unit] = {}
        self.groups: list[Group] = []
        self.faults: dict[int, tuple[str, Fault]] = {}
        self.sources: Sources = Sources(tables, before.sources if before else None)
        self._group(self.sources, before)

    def _group(self, sources: Sources, before: Grouping | None) -> None:
        known: Mapping[int, ExposedComponent] = before.members if before else {}
        groups: dict[Hashable, Group | Fault] = {}
        names: set[str] = set()
        for columns in self.tables.components:
            pk, agreement_id, name, _ = columns
            kept = known.get(pk)
            member = (
                kept if kept and kept.columns == columns else exposed_component(columns)
            )
            if isinstance(member, Fault):
                self.faults[pk] = str(name), member
                continue
            if name in names:
                duplicate = Fault("duplicate", "another component has the same name")
                self.faults[pk] = name, duplicate
                continue
            names.add(name)
            is_exported = not self.select or self._selects(member, before, kept)
            own = pk if pk in sources.of_component else None
            group = groups.get((agreement_id, own, is_exported))
            if group is None:
                group = self._make_group(
                    sources, before, agreement_id, own, is_exported
                )
                groups[agreement_id, own, is_exported] = group
            if isinstance(group, Fault):
                self.faults[pk] = name, group
                continue
            self.members[pk] = member
            group.add(member)
        self.groups = [one for one in groups.values() if isinstance(one, Group)]

    def _selects(
        self,
        member: ExposedComponent,
        before: Grouping | None,
        kept: ExposedComponent | None,
    ) -> bool:
        """Return whether the member has the labels of the selection."""
        pk = member.columns[0]
        if before and member is kept and before.select == self.select:
            selected = pk not in before.unselected
        else:
            selected = has(json.loads(member.columns[3]), self.select)
        if not selected:
            self.unselected.add(pk)
        return selected

    def _make_group(
        self,
        sources: Sources,
        before: Grouping | None,
        agreement_id: int,
        component_id: int | None,
        is_exported: bool,
    ) -> Group | Fault:
        """Make the group of an agreement, or of one component with overrides."""
        schedule_id, agreement, target, period = sources.agreements.get(
            agreement_id, _NONE
        )
        if not is_name(agreement):
            return _missing("agreement", agreement_id)
        schedule, timezone, *_ = sources.schedules.get(schedule_id, _NONE)
        if not is_name(schedule):
            return _missing("schedule", schedule_id)
        unit = self._make_unit(sources, before, schedule_id, None)
        if component_id is not None:
            unit = self._make_unit(sources, before, schedule_id, component_id, unit)
        return Group(
            agreement,
            str(target),
            _ratio(str(target)),
            str(period),
            schedule,
            str(timezone),
            unit,
            is_of_one=component_id is not None,
            is_exported=is_exported,
        )

    def _make_unit(
        self,
        sources: Sources,
        before: Grouping | None,
        schedule_id: int,
        component_id: int | None,
        below: Unit | None = None,
    ) -> Unit:
        """Make a unit, once; take over what is of the same rows as before."""
        key = schedule_id, component_id
        unit = self.units.get(key)
        if unit is None:
            source = sources.source(schedule_id, component_id)
            define = partial(sources.define, schedule_id, component_id)
            unit = before.units.get(key) if before else None
            if unit is None or unit.source != source:
                unit = Unit(source, define, below)
            # Also of one taken over, which would keep all the old rows in memory.
            unit.define = define
            self.units[key] = unit
        return unit


def _ratio(target: str) -> float | None:
    try:
        percent = Decimal(target)
        return float(percent / 100) if 0 < percent <= 100 else None
    except InvalidOperation:
        return None


def _missing(what: str, pk: object) -> Fault:
    return Fault(what, f"there is none with a usable name and the id {pk!r}")
