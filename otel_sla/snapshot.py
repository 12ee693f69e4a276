"""All enabled components at one moment, read together and evaluated once.

The number of queries is constant, whatever the number of components. A state is
worked out per distinct schedule, not per component, and kept until its next
boundary or until the rows it was made of change.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.db import DatabaseError, connections, router

from . import definitions
from .labels import InvalidLabels, check_labels
from .models import Component, Override, Rule, Schedule
from .schedule import Override as OverrideDefinition
from .schedule import Schedule as ScheduleDefinition
from .schedule import State

logger = logging.getLogger(__name__)

Columns = tuple[Any, ...]

# One statement that opens a transaction in which every query sees the same rows.
# Plain BEGIN, because Django would make it IMMEDIATE where a site says so for its
# writers, and a scrape must not wait for those.
_BEGIN = {
    "sqlite": ("BEGIN",),
    "postgresql": ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",),
    "mysql": (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT",
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One component: what identifies it, and the state of its schedule."""

    component: str
    attributes: Mapping[str, str]
    agreement: str
    schedule: str
    timezone: str
    state: State


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All enabled components at one moment, in Unix seconds.

    `dropped` counts, by reason, the rows that can't be exposed: written past all
    validation, they cost their own component's samples and nobody else's.
    """

    moment: int
    rows: tuple[Row, ...]
    dropped: Mapping[str, int]


class Snapshots:
    """Takes snapshots, and keeps states from one to the next."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[tuple[int, int | None], _Kept] = {}
        self._reported: set[tuple[str, str]] = set()

    def take(self, moment: int) -> Snapshot:
        """Read and evaluate all enabled components at the moment, in Unix seconds.

        Raises django.db.Error when the rows can't be read.
        """
        tables = _read()
        with self._lock:
            return self._evaluate(tables, moment)

    def _evaluate(self, tables: _Tables, moment: int) -> Snapshot:
        kept: dict[tuple[int, int | None], _Kept] = {}
        rows: list[Row] = []
        faults: dict[tuple[str, str], Exception] = {}
        for component_id, name, labels, agreement, schedule_id in tables.components:
            overrides = tables.component_overrides.get(component_id, ())
            key = (schedule_id, component_id if overrides else None)
            try:
                check_labels(labels)
                if key not in kept:
                    source = (*tables.schedule(schedule_id), overrides)
                    kept[key] = _keep(self._kept.get(key), source, moment)
            except InvalidLabels as error:
                faults[name, "labels"] = error
                continue
            except Exception as error:
                # Whatever a row past all validation makes of evaluation, it must
                # not take the other components' samples with it.
                faults[name, "schedule"] = error
                continue
            schedule, timezone = tables.schedules[schedule_id][:2]
            attributes = {"component": name, **labels}
            state = kept[key].state
            rows.append(Row(name, attributes, agreement, schedule, timezone, state))
        self._kept = kept
        self._report(faults)
        dropped = Counter(reason for _, reason in faults)
        return Snapshot(moment, tuple(rows), dropped)

    def _report(self, faults: dict[tuple[str, str], Exception]) -> None:
        """Log each dropped row when it turns up, not at every scrape."""
        for fault in faults.keys() - self._reported:
            logger.error(
                "component %r is left out of the metrics, because its %s can't be "
                "used: %s",
                *fault,
                faults[fault],
            )
        self._reported = set(faults)


snapshots = Snapshots()
"""The one of this process."""


@dataclass(frozen=True, slots=True)
class _Kept:
    source: Columns
    definition: ScheduleDefinition
    state: State


@dataclass(frozen=True, slots=True)
class _Tables:
    """The rows as they were read, children grouped by what they belong to."""

    schedules: dict[int, Columns]
    rules: dict[int, tuple[Columns, ...]]
    schedule_overrides: dict[int, tuple[Columns, ...]]
    component_overrides: dict[int, tuple[Columns, ...]]
    components: list[Columns]

    def schedule(self, schedule_id: int) -> Columns:
        """All that decides when the schedule is open, comparable as one value."""
        _, *columns = self.schedules[schedule_id]
        return (
            *columns,
            self.rules.get(schedule_id, ()),
            self.schedule_overrides.get(schedule_id, ()),
        )


def _keep(before: _Kept | None, source: Columns, moment: int) -> _Kept:
    if before is not None and before.source == source:
        if before.state.holds_at(moment):
            return before
        definition = before.definition
    else:
        definition = _define(*source)
    return _Kept(source, definition, definition.state(moment))


def _define(
    timezone: str,
    always_open: bool,
    holidays: str,
    rules: tuple[Columns, ...],
    *layers: tuple[Columns, ...],
) -> ScheduleDefinition:
    return definitions.schedule(
        timezone,
        always_open,
        holidays,
        [
            definitions.rule(**dict(zip(Rule.COLUMNS, rule, strict=True)))
            for rule in rules
        ],
        *([OverrideDefinition(*override) for override in layer] for layer in layers),
    )


def _read() -> _Tables:
    """Read the tables in four queries that see the same state of the database."""
    with _one_view(router.db_for_read(Component)) as alias:
        schedules = {
            pk: columns
            for pk, *columns in Schedule.objects.using(alias)
            .order_by()
            .values_list("id", "name", "timezone", "always_open", "holidays")
        }
        rules = _grouped(
            Rule.objects.using(alias)
            .order_by("id")
            .values_list("schedule_id", *Rule.COLUMNS)
        )
        of_schedule: list[Columns] = []
        of_component: list[Columns] = []
        for schedule_id, component_id, *columns in (
            Override.objects.using(alias)
            .order_by("id")
            .values_list("schedule_id", "component_id", "start", "end", "kind")
        ):
            owners = of_schedule if component_id is None else of_component
            owners.append((component_id or schedule_id, *columns))
        components = list(
            Component.objects.using(alias)
            .enabled()
            .order_by("name")
            .values_list(
                "id", "name", "labels", "agreement__name", "agreement__schedule_id"
            )
        )
    return _Tables(
        {pk: tuple(columns) for pk, columns in schedules.items()},
        rules,
        _grouped(of_schedule),
        _grouped(of_component),
        components,
    )


def _grouped(rows: Any) -> dict[int, tuple[Columns, ...]]:
    groups: dict[int, list[Columns]] = defaultdict(list)
    for owner, *columns in rows:
        groups[owner].append(tuple(columns))
    return {owner: tuple(columns) for owner, columns in groups.items()}


@contextmanager
def _one_view(alias: str) -> Iterator[str]:
    """Let all queries see the same rows, or a component just loaded could be
    evaluated without its overrides. Inside atomic() that is the caller's affair."""
    connection = connections[alias]
    if not connection.get_autocommit() or connection.vendor not in _BEGIN:
        yield alias
        return
    with connection.cursor() as cursor:
        for statement in _BEGIN[connection.vendor]:
            cursor.execute(statement)
        try:
            yield alias
        finally:
            # A connection that broke meanwhile has its own error on the way.
            with suppress(DatabaseError):
                cursor.execute("ROLLBACK")
