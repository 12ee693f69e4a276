"""Service windows as a source of metrics.

The number of queries is constant, whatever the number of components. A state is
worked out per distinct schedule, not per component, and kept until its next
boundary or until the rows it was made of change. While the rows can't be read, the
last ones are evaluated: windows are arithmetic, so the answer stays right until
somebody edits a schedule.

What is new is evaluated for the first time in the background (evaluator.py; units.py
says why no thread sees another's work half done). `keep` hands it over, `wait` waits
for it, without a lock, and `snapshot` shows what is not done yet as it was before
(groups.py). A process that has not evaluated everything once makes no snapshot.
"""

import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from ..bridge.families import RowGroup
from ..bridge.last_good import LastGood
from ..bridge.query_source import QuerySource
from ..conf import conf
from ..database.consistent_read import DatabaseRow, Statement
from ..database.deadline import Deadline
from ..database.failures import is_of_the_process
from ..labels import alternatives
from ..language import Sentence
from ..language import gettext_noop as _
from ..logs import get_logger
from .components import Fault
from .evaluator import Evaluator
from .groups import Grouping
from .instruments import INSTRUMENTS, of_snapshot
from .rows import Tables, database, statements
from .snapshot import Evaluated, Snapshot

logger = get_logger("otel_sla.snapshot")

_NAMED = 5

OUTDATED_AT_MOST = 30.0
"""Seconds for which a changed schedule is shown as before, until it is evaluated."""


class ServiceWindows(QuerySource[Grouping, Snapshot]):
    """The enabled components, and when their service windows are open."""

    name = "service_windows"
    rows_name = "components"
    required = True
    instruments = INSTRUMENTS

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.forget()

    def database(self) -> str:
        return database()

    def statements(self, alias: str, vendor: str) -> Sequence[Statement]:
        return statements(alias, vendor)

    def keep(
        self, rows: Sequence[list[DatabaseRow]], before: Grouping | None
    ) -> Grouping:
        tables, select = Tables(*rows), alternatives(conf.SELECT)
        if before and before.tables == tables and before.select == select:
            return before
        grouping = Grouping(tables, before, select, self._clock())
        self._warn(set(grouping.sources.unmatched()))
        # Last, because it gives up what is left of before.
        self._evaluator.replace(*grouping.to_evaluate())
        return grouping

    def wait(
        self,
        kept: Grouping,
        moment: int,
        deadline: Deadline,
        patience: float | None,
    ) -> None:
        if patience is not None:
            seconds = min(patience, deadline.left())
            self._evaluator.wait_for_newest(moment, seconds)
        # Asked now, and not before: the time for which changes may be shown as before
        # may have ended meanwhile.
        if patience is None or (patience and self.not_yet(kept)):
            self._evaluator.wait_for_all(moment, deadline.left())

    def not_yet(self, kept: Grouping) -> str:
        pending = {one.unit: one.unit.evaluation.since for one in kept.pending}
        if not pending:
            self._is_complete = True
            return ""
        if not self._is_complete:
            count = len(kept.units)
            done = count - len(pending)
            return Sentence(
                _("evaluating the schedules, %(done)s of %(count)s done"),
                {"done": f"{done:,}", "count": f"{count:,}"},
            )
        limit = OUTDATED_AT_MOST
        if self._evaluator.has_failed:
            # As where the rows can't be read.
            limit = max(limit, conf.MAX_SNAPSHOT_AGE)
        if self._clock() - min(pending.values()) <= limit:
            return ""
        return Sentence(
            _(
                "evaluating changes of schedules that are older than %(limit)s s, "
                "%(left)s left"
            ),
            {"limit": f"{limit:g}", "left": f"{len(pending):,}"},
        )

    @property
    def is_busy(self) -> bool:
        return self._evaluator.is_busy

    def snapshot(
        self, kept: Grouping, moment: int, read_at: int, elapsed: Callable[[], float]
    ) -> Snapshot:
        faults, pending = dict(kept.faults), tuple(kept.pending)
        groups = []
        for group in kept.shown():
            try:
                groups.append(Evaluated.at(group, moment))
            except Exception as error:
                if is_of_the_process(error):
                    raise
                # An invalid row must not cost the other components' samples.
                fault = Fault.of(error)
                for member in group.members:
                    faults[member.columns[0]] = (member.component, fault)
        self._report(faults)
        return Snapshot(
            moment,
            tuple(groups),
            Counter(fault.reason for _, fault in faults.values()),
            read_at,
            elapsed(),
            _dropped_here(kept, faults),
            pending,
            faults,
        )

    def exported(self, snapshot: Snapshot) -> Snapshot:
        return snapshot.exported()

    def row_groups(self, snapshot: Snapshot) -> Iterator[RowGroup]:
        return of_snapshot(snapshot)

    def forget(self) -> None:
        self._evaluator = Evaluator()
        self._is_complete = False
        self._reported: set[tuple[int, Fault]] = set()
        self._warned: set[tuple[str, str]] = set()

    def _warn(self, unmatched: set[tuple[str, str]]) -> None:
        """Log texts of `without` that match no day: the library may have renamed it."""
        for calendar, text in sorted(unmatched - self._warned):
            logger.warning(
                "calendar %r is without %r, which matches no day that it includes "
                "from 2000 to 2050",
                calendar,
                text,
            )
        self._warned = unmatched

    def _report(self, faults: Mapping[int, tuple[str, Fault]]) -> None:
        """Log a dropped row when it turns up, or is dropped for something else."""
        current = {(pk, fault) for pk, (_, fault) in faults.items()}
        names_of: dict[Fault, list[str]] = defaultdict(list)
        for pk, fault in sorted(current - self._reported):
            names_of[fault].append(faults[pk][0])
        for fault, names in names_of.items():
            listed = ", ".join(map(repr, names[:_NAMED]))
            if names[_NAMED:]:
                listed += f" and {len(names) - _NAMED:,} more"
            logger.error(
                "left out of the metrics: component %s, because of its %s: %s",
                listed,
                *fault,
            )
        self._reported = current


class Snapshots(LastGood[Grouping, Snapshot]):
    """Takes snapshots of all enabled components."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(ServiceWindows(clock), clock)


snapshots = Snapshots()
"""The one of this process."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=snapshots.restart_if_forked_midway)


def _dropped_here(
    grouping: Grouping, faults: Mapping[int, tuple[str, Fault]]
) -> Mapping[str, int] | None:
    if not grouping.select:
        return None
    return Counter(
        fault.reason
        for pk, (_, fault) in faults.items()
        if pk not in grouping.unselected
    )
