"""Service windows as a source of metrics.

The number of queries is constant, whatever the number of components. A state is
worked out per distinct schedule, not per component, and kept until its next
boundary or until the rows it was made of change. While the rows can't be read, the
last ones are evaluated: windows are arithmetic, so the answer stays right until
somebody edits a schedule.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from ..bridge.families import RowGroup
from ..bridge.last_good import LastGood
from ..bridge.query_source import QuerySource
from ..conf import conf
from ..database.consistent_read import DatabaseRow, Statement
from ..database.failures import is_of_the_process
from ..labels import alternatives
from ..logs import get_logger
from .components import Fault
from .groups import Grouping
from .instruments import INSTRUMENTS, of_snapshot
from .rows import Tables, database, statements
from .snapshot import Evaluated, Snapshot

logger = get_logger("otel_sla.snapshot")

_NAMED = 5


class ServiceWindows(QuerySource[Grouping, Snapshot]):
    """The enabled components, and when their service windows are open."""

    name = "service_windows"
    rows_name = "components"
    required = True
    instruments = INSTRUMENTS

    def __init__(self) -> None:
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
        grouping = Grouping(tables, before, select)
        self._warn(set(grouping.sources.unmatched()))
        return grouping

    def snapshot(
        self, kept: Grouping, moment: int, read_at: int, elapsed: Callable[[], float]
    ) -> Snapshot:
        faults = dict(kept.faults)
        groups = []
        for group in kept.groups:
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
        )

    def exported(self, snapshot: Snapshot) -> Snapshot:
        return snapshot.exported()

    def row_groups(self, snapshot: Snapshot) -> Iterator[RowGroup]:
        return of_snapshot(snapshot)

    def forget(self) -> None:
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
        super().__init__(ServiceWindows(), clock)


snapshots = Snapshots()
"""The one of this process."""


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
