"""All enabled components at one moment, read together and evaluated once.

The number of queries is constant, whatever the number of components. A state is
worked out per distinct schedule, not per component, and kept until its next
boundary or until the rows it was made of change. While the rows can't be read, the
last ones are evaluated: windows are arithmetic, so the answer stays right until
somebody edits a schedule.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock
from typing import NamedTuple

from django.db import Error as DatabaseFailure
from django.db import connections

from ..bridge.self_metrics import READ, WAIT, collection_errors
from ..conf import conf
from ..database import pool
from ..database.deadline import Deadline
from ..database.failures import OF_THE_PROCESS, asking, is_of_the_process, named
from ..labels import alternatives
from ..logs import get_logger
from ..schedule import State
from ..schedule.running_totals import Figures
from .components import Fault
from .groups import Group, Grouping, Select
from .rows import Tables, database, read

logger = get_logger("otel_sla.snapshot")

_NAMED = 5


class NoRows(Exception):
    """There is nothing to answer with: the message says why."""


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
        """The group at the moment, in Unix seconds.

        Raises whatever a row past all validation makes of evaluation.
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

    `dropped` counts, by reason, the rows that can't be exposed: written past all
    validation, they cost their own component's samples and nobody else's. `read_at`
    is the moment when the rows were read, `duration` the seconds it took to read
    and evaluate them. `dropped_here` is what is dropped of those that this process
    exports, where that are not all: rows whose labels can't be read are among them.
    """

    moment: int
    groups: tuple[Evaluated, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    read_at: int = 0
    duration: float = 0.0
    dropped_here: Mapping[str, int] | None = None

    def __len__(self) -> int:
        return sum(len(group.members) for group, *_ in self.groups)

    @property
    def rows(self) -> list[Row]:
        """The components by name."""
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
        """The state of every component, with its schedule's zone, by primary key."""
        return {
            member.columns[0]: Found(state, group.timezone)
            for group, state, _ in self.groups
            for member in group.members
        }

    def exported(self) -> Snapshot:
        """What this process exports of it: the components of OTEL_SLA["SELECT"]."""
        if self.dropped_here is None:
            return self
        groups = tuple(one for one in self.groups if one.group.is_exported)
        return replace(self, groups=groups, dropped=self.dropped_here)

    def only(self, key: int) -> Snapshot:
        """This snapshot as if the component of that primary key was all there is."""
        groups = []
        for group, state, figures in self.groups:
            for member in group.members:
                if member.columns[0] == key:
                    alone = replace(group, members=[], series=[], described=[])
                    alone.add(member)
                    groups.append(Evaluated(alone, state, figures))
        return replace(self, groups=tuple(groups))


class Snapshots:
    """Takes snapshots, and keeps rows and states from one to the next.

    `clock` tells how old rows are, and which of two readings came first: in seconds,
    and never set back, as that of the moments may be.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Start anew, as a process does that has read nothing yet."""
        self._lock = Lock()
        self._grouping: Grouping | None = None
        self._read_at = 0
        self._read_since = 0.0
        self._failing = ""
        self._reported: set[tuple[int, Fault]] = set()

    def take(self, moment: int, deadline: Deadline | None = None) -> Snapshot:
        """Read and evaluate all enabled components at the moment, in Unix seconds.

        Raises NoRows when they can't be read by the deadline and none have been
        read in the last OTEL_SLA["MAX_SNAPSHOT_AGE"] seconds.
        """
        began = self._clock()
        select = alternatives(conf.SELECT)
        try:
            with asking():
                tables = _read(deadline or Deadline())
            with self._lock:
                return self._with_rows(tables, select, moment, began)
        except (DatabaseFailure, *OF_THE_PROCESS) as error:
            return self._without_reading(moment, READ, named(error), began)

    def _with_rows(
        self, tables: Tables, select: Select, moment: int, began: float
    ) -> Snapshot:
        """Evaluate rows just read, and keep them once that is done."""
        grouping = self._grouping
        if grouping is None or grouping.tables != tables or grouping.select != select:
            grouping = Grouping(tables, grouping, select)
        snapshot = self._evaluate(grouping, moment, moment, began)
        if began >= self._read_since:
            # One that took long must not undo what another has read since.
            self._grouping = grouping
            self._read_at, self._read_since = moment, began
        self._note_failure("")
        return snapshot

    def last_good(self, moment: int, why: str) -> Snapshot:
        """Evaluate the last rows, because waiting for newer ones took too long."""
        return self._without_reading(moment, WAIT, why, self._clock())

    @property
    def has_rows(self) -> bool:
        """Whether this process has read any."""
        return self._grouping is not None

    def usable_age(self, moment: int, why: str) -> float:
        """Return how many seconds ago the last rows were read, while they can't be
        read anew. Raises NoRows where they are too old to be served."""
        with self._lock:
            self._usable(moment, why)
            return self._age(moment)

    def _without_reading(
        self, moment: int, stage: str, why: str, began: float
    ) -> Snapshot:
        collection_errors.add(stage)
        with self._lock:
            if stage == READ:
                self._note_failure(why)
            grouping = self._usable(moment, why)
            try:
                return self._evaluate(grouping, moment, self._read_at, began)
            except OF_THE_PROCESS as error:
                why = f"the components can't be evaluated: {named(error)}"
                raise NoRows(why) from error

    def _usable(self, moment: int, why: str) -> Grouping:
        if self._grouping is None:
            raise NoRows(
                f"the components can't be read, and never have been by this "
                f"process: {why}"
            )
        age, limit = self._age(moment), conf.MAX_SNAPSHOT_AGE
        if age > limit:
            raise NoRows(
                f"the components can't be read: {why}; those read {age:.0f} s ago are "
                f'older than OTEL_SLA["MAX_SNAPSHOT_AGE"], {limit:g} s'
            )
        return self._grouping

    def _age(self, moment: int) -> float:
        """By the clock or by the moments: more rather than less, if one was set."""
        return max(self._clock() - self._read_since, moment - self._read_at)

    def _evaluate(
        self, grouping: Grouping, moment: int, read_at: int, began: float
    ) -> Snapshot:
        faults = dict(grouping.faults)
        groups = []
        for group in grouping.groups:
            try:
                groups.append(Evaluated.at(group, moment))
            except Exception as error:
                if is_of_the_process(error):
                    raise
                # Whatever a row past all validation makes of evaluation, it must
                # not take the other components' samples with it.
                fault = Fault.of(error)
                for member in group.members:
                    faults[member.columns[0]] = (member.component, fault)
        self._report(faults)
        return Snapshot(
            moment,
            tuple(groups),
            Counter(fault.reason for _, fault in faults.values()),
            read_at,
            self._clock() - began,
            _dropped_here(grouping, faults),
        )

    def _note_failure(self, why: str) -> None:
        """Log when reading begins to fail and when it is over, not at every scrape."""
        if why and not self._failing:
            logger.error(
                "the components can't be read: %s; answering with %s",
                why,
                f"those read at {_iso(self._read_at)}" if self._grouping else "503",
            )
        elif self._failing and not why:
            logger.warning("the components can be read again")
        self._failing = why

    def _report(self, faults: Mapping[int, tuple[str, Fault]]) -> None:
        """Log a dropped row when it turns up, or is dropped for something else."""
        current = {(pk, fault) for pk, (_, fault) in faults.items()}
        alike: dict[Fault, list[str]] = defaultdict(list)
        for pk, fault in sorted(current - self._reported):
            alike[fault].append(faults[pk][0])
        for fault, names in alike.items():
            more = f" and {len(names) - _NAMED:,} more" if names[_NAMED:] else ""
            logger.error(
                "left out of the metrics: component %s%s, because of its %s: %s",
                ", ".join(map(repr, names[:_NAMED])),
                more,
                *fault,
            )
        self._reported = current


snapshots = Snapshots()
"""The one of this process."""


def _read(deadline: Deadline) -> Tables:
    """Read the tables; again where the connection was that of an earlier request and is
    dead, as are all that a pool has kept: a database that has restarted is there again.
    """
    alias = database()
    connection = connections[alias]
    while True:
        was_open = pool.is_pooled(connection) or connection.connection is not None
        try:
            return read(deadline, alias)
        except DatabaseFailure:
            if (
                not was_open
                or deadline.left() <= 0
                or connection.in_atomic_block
                or (connection.connection is not None and connection.is_usable())
            ):
                raise
        # A pool has one less then.
        connection.close()


def _dropped_here(
    grouping: Grouping, faults: Mapping[int, tuple[str, Fault]]
) -> Mapping[str, int] | None:
    if not grouping.select:
        return None
    return Counter(
        fault.reason
        for pk, (_, fault) in faults.items()
        if pk not in grouping.elsewhere
    )


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
