"""All enabled components at one moment, read together and evaluated once.

The number of queries is constant, whatever the number of components. A state is
worked out per distinct schedule, not per component, and kept until its next
boundary or until the rows it was made of change.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock

from . import definitions
from .labels import InvalidLabels, check_labels
from .models import Rule
from .schedule import InvalidDefinition, State
from .schedule import Override as OverrideDefinition
from .schedule import Schedule as ScheduleDefinition
from .tables import Columns, Tables, read

logger = logging.getLogger(__name__)

REASONS = ("labels", "schedule", "holidays", "timezone")
"""Why a row is dropped. Holidays and timezone: no such calendar or zone (any more)."""


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
        tables = read()
        with self._lock:
            return self._evaluate(tables, moment)

    def _evaluate(self, tables: Tables, moment: int) -> Snapshot:
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
                faults[name, _reason(error)] = error
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


def unusable_schedules() -> Iterator[tuple[str, Exception]]:
    """Yield the name of every schedule that can't be evaluated, and why."""
    tables = read()
    for schedule_id, (name, *_) in tables.schedules.items():
        try:
            _define(*tables.schedule(schedule_id))
        except Exception as error:
            yield name, error


def _reason(error: Exception) -> str:
    """The reason by which a row is counted that evaluation has failed for."""
    field = error.field if isinstance(error, InvalidDefinition) else ""
    return field if field in REASONS else "schedule"


@dataclass(frozen=True, slots=True)
class _Kept:
    source: Columns
    definition: ScheduleDefinition
    state: State


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
