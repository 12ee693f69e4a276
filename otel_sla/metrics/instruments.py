"""The instruments, as a table, and what they say of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from opentelemetry.metrics import Observation

from ..bridge.families import Alike, Attributes, Block, Family, Kind
from ..bridge.self_metrics import (
    LOSSES,
    OUTCOMES,
    STAGES,
    collection_errors,
    exports,
    points_lost,
    workers_together,
)
from ..labels import series
from ..schedule.running_totals import START_OF_COUNT
from .components import REASONS
from .groups import Group
from .snapshot import Evaluated, Snapshot

Value = int | float | None


@dataclass(frozen=True, slots=True)
class PerComponent:
    """An observable instrument of every component: its value follows from the group's.

    Where `describes` is set, its observations also tell what the component is under.
    A counter counts since `since`, in Unix seconds, whatever process tells of it.
    """

    name: str
    unit: str
    description: str
    value: Callable[[Evaluated], Value]
    describes: bool = False
    kind: Kind = "gauge"
    since: int | None = None

    def more(self, group: Group) -> Mapping[str, str]:
        """What its observations carry besides the component's own attributes."""
        return _described(group) if self.describes else {}

    def observations(self, snapshot: Snapshot) -> Iterator[Observation]:
        for evaluated in snapshot.groups:
            value = self.value(evaluated)
            if value is not None:
                more = self.more(evaluated.group)
                for member in evaluated.group.members:
                    yield Observation(value, {**member.attributes, **more})

    def blocks(self, snapshot: Snapshot) -> Iterator[Block]:
        for evaluated in snapshot.groups:
            group, value = evaluated.group, self.value(evaluated)
            if value is None:
                continue
            if self.describes:
                yield Block(group.described, b"," + series(self.more(group)), value)
            else:
                yield Block(group.series, b"", value)


@dataclass(frozen=True, slots=True)
class PerProcess:
    """An observable instrument about the process itself, with few observations."""

    name: str
    unit: str
    description: str
    values: Callable[[Snapshot], Iterable[tuple[int | float, Mapping[str, str]]]]
    kind: Kind = "gauge"
    since: None = None

    def observations(self, snapshot: Snapshot) -> Iterator[Observation]:
        for value, attributes in self.values(snapshot):
            yield Observation(value, dict(attributes))

    def blocks(self, snapshot: Snapshot) -> Iterator[Block]:
        for value, attributes in self.values(snapshot):
            yield Block([series(attributes)], b"", value)


def _described(group: Group) -> dict[str, str]:
    """The info series' own attributes; they win over labels of the same name."""
    return {
        "agreement": group.agreement,
        "schedule": group.schedule,
        "timezone": group.timezone,
    }


INSTRUMENTS: tuple[PerComponent | PerProcess, ...] = (
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
    PerProcess(
        "service_window.workers.together",
        "",
        "Whether this process shows what all workers have counted: 1, or 0 while it "
        "does not; there only if it is one of several.",
        lambda _: [(one, {}) for one in workers_together.observed()],
    ),
    PerProcess(
        "service_window.collection.errors",
        "",
        "Failures of this process: to read the rows in time, to wait for another "
        "scrape that reads them, to collect the instruments of others, to hear from "
        "the other workers.",
        lambda _: [(collection_errors[one], {"stage": one}) for one in STAGES],
        kind="counter",
    ),
    PerProcess(
        "service_window.exports",
        "",
        "Exports of this process to an OTLP collector.",
        lambda _: [(exports[one], {"outcome": one}) for one in OUTCOMES],
        kind="counter",
    ),
    PerProcess(
        "service_window.export.points_lost",
        "",
        "Data points that were dropped with an export that failed, or that the "
        "collector has rejected.",
        lambda _: [(points_lost[one], {"reason": one}) for one in LOSSES],
        kind="counter",
    ),
)


def alike(snapshot: Snapshot, *, counters: bool) -> Iterator[Alike]:
    """Yield what the instruments say of the snapshot, row by row.

    Without `counters`, what a process counts is left out: it belongs with what else
    that process counts.
    """
    per_component = [one for one in INSTRUMENTS if isinstance(one, PerComponent)]
    for evaluated in snapshot.groups:
        group = evaluated.group
        values = [(one, one.more(group), one.value(evaluated)) for one in per_component]
        yield Alike(
            group.members,
            [(one, more, value) for one, more, value in values if value is not None],
        )
    for one in INSTRUMENTS:
        if isinstance(one, PerProcess) and (counters or not counts_this_process(one)):
            for value, attributes in one.values(snapshot):
                yield Alike([Attributes(attributes)], [(one, {}, value)])


def families(snapshot: Snapshot, *, counters: bool) -> Iterator[Family]:
    """Yield what the instruments say of the snapshot, past the SDK.

    Without `counters`, what a process counts is left out.
    """
    for one in INSTRUMENTS:
        if counters or not counts_this_process(one):
            family = _family(one, snapshot)
            if isinstance(one, PerProcess):
                family = replace(family, blocks=list(family.blocks))
            if family.blocks:
                yield family


def of_components(snapshot: Snapshot) -> Iterator[Family]:
    """Yield what the instruments say of the snapshot's components, not the process."""
    for one in INSTRUMENTS:
        if isinstance(one, PerComponent):
            yield _family(one, snapshot)


def counts_this_process(instrument: PerComponent | PerProcess) -> bool:
    """Whether every process has a number of its own, which only grows."""
    return isinstance(instrument, PerProcess) and instrument.kind == "counter"


def _family(one: PerComponent | PerProcess, snapshot: Snapshot) -> Family:
    blocks = one.blocks(snapshot)
    return Family(one.name, one.unit, one.description, one.kind, blocks)
