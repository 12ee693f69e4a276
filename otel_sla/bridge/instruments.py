"""Instruments about a process or about a source as a whole, with few observations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..labels import series
from .families import Alike, Attributes, Block, Family, Instrument, Kind
from .self_metrics import (
    LOSSES,
    OUTCOMES,
    STAGES,
    collection_errors,
    exports,
    points_lost,
    workers_together,
)
from .source import Number, family

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PerProcess(Generic[T]):
    """An observable instrument whose few values are those of a snapshot as a whole."""

    name: str
    unit: str
    description: str
    values: Callable[[T], Iterable[tuple[Number, Mapping[str, str]]]]
    kind: Kind = "gauge"
    since: None = None

    def points(self, snapshot: T) -> Iterator[tuple[Number, Mapping[str, str]]]:
        for value, attributes in self.values(snapshot):
            yield value, dict(attributes)

    def blocks(self, snapshot: T) -> Iterator[Block]:
        for value, attributes in self.values(snapshot):
            yield Block([series(attributes)], b"", value)


PROCESS: tuple[PerProcess[Any], ...] = (
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
"""What a process says of itself, whatever its sources."""


def families_of_process(*, counters: bool) -> Iterator[Family]:
    """Yield what this process says of itself; without `counters`, not what it counts:
    that belongs with what else the process counts."""
    for one in PROCESS:
        if counters or not counts(one):
            found = family(one, None)
            if found.blocks:
                yield found


def alike_of_process(*, counters: bool) -> Iterator[Alike]:
    """Yield the same, as OTLP has it."""
    for one in PROCESS:
        if not counters and counts(one):
            continue
        for value, attributes in one.points(None):
            yield Alike([Attributes(attributes)], [(one, {}, value)])


def counts(instrument: Instrument) -> bool:
    """Whether every process has a number of its own, which only grows."""
    return instrument.kind == "counter"
