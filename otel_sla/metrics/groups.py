"""Group components by agreement and schedule, and keep what rows have not changed.

A row that can't be used costs its own component, or those that depend on it, and no
other: it is a fault that is counted, not an exception.

While the unit of a group is not evaluated yet, its components are shown as they were
before: under the agreement and the schedule, and with the unit, of the group that
showed them last. Only their names and labels are the new ones. A component that has
never been shown is left out meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import partial

from ..database.consistent_read import DatabaseRow
from ..labels import has
from ..language import Sentence, gettext_noop
from .components import ExposedComponent, Fault, exposed_component, is_name
from .rows import Tables
from .sources import Sources
from .units import Evaluation, Unit

Select = Sequence[frozenset[str]]
"""Labels that are asked for: see labels.alternatives."""

_SAME_NAME = gettext_noop("another component has the same name")
_NONE: DatabaseRow = (None, None, None, None)


@dataclass(frozen=True, slots=True)
class Group:
    """Components that are under one agreement and open at the same times.

    `target` and `period` are those of the agreement, as its row has them: text;
    `target_ratio` is the target as a number up to 1, None where it is not a percentage.
    `series` and `described` are those of its members, in their order. A component
    with overrides of its own is a group by itself. `is_exported` is whether its
    members are of those that this process exports: all of them are, or none is.

    `stand_ins` show its members while its unit is not evaluated. `is_whole` is false
    for those, and for a group of one: an agreement may have other components.
    """

    agreement: str
    target: str
    target_ratio: float | None
    period: str
    schedule: str
    timezone: str
    unit: Unit
    is_whole: bool
    is_exported: bool
    members: list[ExposedComponent] = field(default_factory=list)
    series: list[bytes] = field(default_factory=list)
    described: list[bytes] = field(default_factory=list)
    stand_ins: list[Group] = field(default_factory=list)

    def add(self, member: ExposedComponent) -> None:
        self.members.append(member)
        self.series.append(member.series)
        self.described.append(member.described)

    def empty(self, *, is_exported: bool) -> Group:
        """Return a group that shows other members as this one does."""
        return replace(
            self,
            is_whole=False,
            is_exported=is_exported,
            members=[],
            series=[],
            described=[],
            stand_ins=[],
        )


class Grouping:
    """The tables, and the groups made of them. Not changed once it is made, but for
    stand-ins that are not needed any more."""

    def __init__(
        self,
        tables: Tables,
        before: Grouping | None = None,
        select: Select = (),
        read_at: float = 0.0,
    ) -> None:
        """Group the components; what is the same as before is taken over.

        `unselected` are the ids of those without the labels of the selection. `read_at`
        is in seconds of a monotonic clock.
        """
        self.tables = tables
        self.select = select
        self.unselected: set[int] = set()
        self.members: dict[int, ExposedComponent] = {}
        self.units: dict[Hashable, Unit] = {}
        self.groups: list[Group] = []
        self.faults: dict[int, tuple[str, Fault]] = {}
        self.sources: Sources = Sources(tables, before.sources if before else None)
        self._read_at = read_at
        self._evaluations: dict[Hashable, Evaluation] = {}
        self._group(self.sources, before)
        if before and self.pending:
            self._add_stand_ins(before)

    @property
    def pending(self) -> list[Group]:
        """The groups whose unit is not evaluated yet."""
        return [one for one in self.groups if not one.unit.evaluation.is_done]

    def shown(self) -> Iterator[Group]:
        """Yield the groups that can be shown now: those with a unit that is evaluated,
        and the stand-ins of the others."""
        for group in self.groups:
            if group.unit.evaluation.is_done:
                # They would keep the rows of before in memory.
                group.stand_ins.clear()
                yield group
            else:
                yield from group.stand_ins

    def to_evaluate(self) -> tuple[list[Evaluation], list[Evaluation]]:
        """Return what is left to evaluate of before, and what is new."""
        found = dict.fromkeys(one.unit.evaluation for one in self.pending)
        new = set(self._evaluations.values())
        return (
            [one for one in found if one not in new],
            [one for one in found if one in new],
        )

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
                duplicate = Fault("duplicate", Sentence(_SAME_NAME, {}))
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
        unit = self._make_unit(sources, before, schedule_id, component_id)
        return Group(
            agreement,
            str(target),
            _ratio(str(target)),
            str(period),
            schedule,
            str(timezone),
            unit,
            is_whole=component_id is None,
            is_exported=is_exported,
        )

    def _make_unit(
        self,
        sources: Sources,
        before: Grouping | None,
        schedule_id: int,
        component_id: int | None,
    ) -> Unit:
        """Make a unit, once; take over what is of the same rows as before."""
        key = schedule_id, component_id
        unit = self.units.get(key)
        if unit is None:
            source = sources.source(schedule_id, component_id)
            define = partial(sources.define, schedule_id, component_id)
            unit = before.units.get(key) if before else None
            if unit is None or unit.source != source:
                evaluation = self._evaluation(schedule_id, component_id)
                periods = sources.periods[schedule_id]
                unit = Unit(source, define, periods, evaluation)
            # Also of one taken over, which would keep all the old rows in memory.
            unit.define = define
            self.units[key] = unit
        return unit

    def _evaluation(self, schedule_id: int, component_id: int | None) -> Evaluation:
        """Return the evaluation of a new unit: that of all new units of components with
        the schedule, or one for the schedule alone."""
        key = schedule_id, component_id is None
        if key not in self._evaluations:
            below = partial(self.sources.define, schedule_id, None)
            self._evaluations[key] = Evaluation(
                self._read_at, None if component_id is None else below
            )
        return self._evaluations[key]

    def _add_stand_ins(self, before: Grouping) -> None:
        """Show the components of groups that are not evaluated as before, and keep the
        moment since when they are."""
        showed = {
            one.columns[0]: group for group in before.shown() for one in group.members
        }
        waiting = {
            one.columns[0]: group.unit.evaluation.since
            for group in before.pending
            for one in group.members
        }
        for group in self.pending:
            stand_ins: dict[int, Group] = {}
            evaluation = group.unit.evaluation
            for member in group.members:
                pk = member.columns[0]
                evaluation.since = min(
                    evaluation.since, waiting.get(pk, evaluation.since)
                )
                if old := showed.get(pk):
                    if id(old) not in stand_ins:
                        stand_ins[id(old)] = old.empty(is_exported=group.is_exported)
                    stand_ins[id(old)].add(member)
            group.stand_ins.extend(stand_ins.values())


def _ratio(target: str) -> float | None:
    try:
        percent = Decimal(target)
        return float(percent / 100) if 0 < percent <= 100 else None
    except InvalidOperation:
        return None


def _missing(what: str, pk: object) -> Fault:
    words = gettext_noop("there is none with a usable name and the id %(id)r")
    return Fault(what, Sentence(words, {"id": pk}))
