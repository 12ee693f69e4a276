"""The table of the instruments, and the samples of a snapshot."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..bridge.families import (
    Block,
    Family,
    Instrument,
    Number,
    RowGroup,
    families,
    row_groups,
)
from ..bridge.instruments import PerProcess
from ..labels import series
from ..schedule.running_totals import START_OF_COUNT
from .components import REASONS
from .groups import Group
from .snapshot import Evaluated, Snapshot


@dataclass(frozen=True, slots=True)
class PerComponent(Instrument[Snapshot]):
    """An observable instrument of every component: its value follows from the group's.

    Where `describes` is set, its observations also tell what the component is under.
    """

    value: Callable[[Evaluated], Number | None]
    describes: bool = False

    def more(self, group: Group) -> Mapping[str, str]:
        """Return what its observations carry besides the component's own attributes,
        over labels of the same name."""
        if not self.describes:
            return {}
        return {
            "agreement": group.agreement,
            "schedule": group.schedule,
            "timezone": group.timezone,
        }

    def points(self, snapshot: Snapshot) -> Iterator[tuple[Number, Mapping[str, str]]]:
        for evaluated in snapshot.groups:
            value = self.value(evaluated)
            if value is not None:
                more = self.more(evaluated.group)
                for member in evaluated.group.members:
                    yield value, {**member.attributes, **more}

    def blocks(self, snapshot: Snapshot) -> Iterator[Block]:
        for evaluated in snapshot.groups:
            group, value = evaluated.group, self.value(evaluated)
            if value is None:
                continue
            if self.describes:
                yield Block(group.described, b"," + series(self.more(group)), value)
            else:
                yield Block(group.series, b"", value)


INSTRUMENTS: tuple[PerComponent | PerProcess[Snapshot], ...] = (
    PerComponent(
        "service_window.last_start",
        "s",
        "When the service window last started, in Unix time.",
        lambda one: one.state.last_start,
    ),
    PerComponent(
        "service_window.last_end",
        "s",
        "When the service window last ended, in Unix time.",
        lambda one: one.state.last_end,
    ),
    PerComponent(
        "service_window.next_start",
        "s",
        "When the service window next starts, in Unix time.",
        lambda one: one.state.next_start,
    ),
    PerComponent(
        "service_window.next_end",
        "s",
        "When the service window next ends, in Unix time.",
        lambda one: one.state.next_end,
    ),
    PerComponent(
        "service_window.in_window",
        "",
        "Whether the service window is open now: 1 or 0.",
        lambda one: int(one.state.in_window),
    ),
    PerComponent(
        "service_window.info",
        "",
        "Always 1; tells the component's agreement, schedule and time zone.",
        lambda _: 1,
        describes=True,
    ),
    PerComponent(
        "service_window.sla_target_ratio",
        "1",
        "The availability that is promised within the service window, up to 1.",
        lambda one: one.group.target_ratio,
    ),
    PerComponent(
        "service_window.period.start",
        "s",
        "When the period began over which availability is promised, in Unix time.",
        lambda one: one.figures.period_start,
    ),
    PerComponent(
        "service_window.period.scheduled",
        "s",
        "How long the service window is open in the whole of that period.",
        lambda one: one.figures.scheduled,
    ),
    PerComponent(
        "service_window.open.time",
        "s",
        "How long the service window has been open since 2026-01-01T00:00:00Z.",
        lambda one: one.figures.open_time,
        kind="counter",
        since=START_OF_COUNT,
    ),
    PerProcess(
        "service_window.components",
        "",
        "Components that are reported.",
        lambda snapshot: [(len(snapshot), {})],
    ),
    PerProcess(
        "service_window.rows_dropped",
        "",
        "Components left out because what the database holds of them can't be used.",
        lambda snapshot: [
            (snapshot.dropped.get(reason, 0), {"reason": reason}) for reason in REASONS
        ],
    ),
    PerProcess(
        "service_window.evaluations_pending",
        "",
        "Distinct schedules that were changed and are not evaluated yet; normally 0. "
        "Their components are reported as before the change, for at most 30 s.",
        lambda snapshot: [(snapshot.evaluations_pending, {})],
    ),
    PerProcess(
        "service_window.snapshot.timestamp",
        "s",
        "When the rows that are reported were read, in Unix time.",
        lambda snapshot: [(snapshot.read_at, {})],
    ),
    PerProcess(
        "service_window.collection.duration",
        "s",
        "How long it took to read and evaluate the rows.",
        lambda snapshot: [(snapshot.duration, {})],
    ),
)


COMPONENTS = [one for one in INSTRUMENTS if isinstance(one, PerComponent)]
WHOLE = [one for one in INSTRUMENTS if isinstance(one, PerProcess)]


def of_snapshot(snapshot: Snapshot) -> Iterator[RowGroup]:
    """Yield the values of the snapshot, group by group."""
    for evaluated in snapshot.groups:
        group = evaluated.group
        values = [
            (one, one.more(group), value)
            for one in COMPONENTS
            if (value := one.value(evaluated)) is not None
        ]
        yield RowGroup(group.members, values)
    yield from row_groups(WHOLE, snapshot)


def of_components(snapshot: Snapshot) -> Iterator[Family]:
    """Yield the samples of the snapshot's components, without those of the process."""
    return families(COMPONENTS, snapshot)
