"""Instruments about a process or about a source as a whole, with few observations."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from .families import Instrument, Number, T
from .self_metrics import (
    LOSSES,
    OUTCOMES,
    STAGES,
    collection_errors,
    exports,
    points_lost,
    source_errors,
    workers_together,
)


@dataclass(frozen=True, slots=True)
class PerProcess(Instrument[T]):
    """An observable instrument whose few values are those of a snapshot as a whole."""

    values: Callable[[T], Iterable[tuple[Number, Mapping[str, str]]]]

    def points(self, snapshot: T) -> Iterable[tuple[Number, Mapping[str, str]]]:
        return self.values(snapshot)


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
"""Instruments about the process itself, in every process whatever its sources."""

SOURCE_ERRORS: PerProcess[Any] = PerProcess(
    "otel_sla.source.errors",
    "",
    "Failures of this process to read a source's rows in time, to wait for another "
    "scrape that reads them, to make samples of them.",
    lambda _: [
        (number, {"source": source, "stage": stage})
        for (source, stage), number in source_errors.all().items()
    ],
    kind="counter",
)
"""Counted in each process, for every source that is not required."""


class Reading(NamedTuple):
    """What there is to say about a source in one collection.

    `is_read` tells whether its rows were read for it, or recently enough; `rows` is
    None where it is left out. `dropped` counts rows that can't be exposed, by reason.
    Times are seconds, that of the reading is a Unix time.
    """

    source: str
    is_read: bool
    rows: int | None = None
    dropped: Mapping[str, int] = MappingProxyType({})
    read_at: int = 0
    duration: float = 0.0


def _of_each(
    value: Callable[[Reading], Number],
) -> Callable[[Sequence[Reading]], Iterable[tuple[Number, Mapping[str, str]]]]:
    return lambda readings: [
        (value(one), {"source": one.source}) for one in readings if one.rows is not None
    ]


SOURCES: tuple[PerProcess[Sequence[Reading]], ...] = (
    PerProcess(
        "otel_sla.source.up",
        "",
        "Whether the rows of the source were read for this collection: 1, or 0 where "
        "they are those of an earlier one, or left out.",
        lambda readings: [
            (int(one.is_read), {"source": one.source}) for one in readings
        ],
    ),
    PerProcess(
        "otel_sla.source.rows",
        "",
        "Rows of the source that are reported.",
        _of_each(lambda one: one.rows or 0),
    ),
    PerProcess(
        "otel_sla.source.rows_dropped",
        "",
        "Rows of the source that are left out, because they can't be exposed.",
        lambda readings: [
            (number, {"source": one.source, "reason": reason})
            for one in readings
            for reason, number in one.dropped.items()
        ],
    ),
    PerProcess(
        "otel_sla.source.timestamp",
        "s",
        "When the rows of the source that are reported were read, in Unix time.",
        _of_each(lambda one: one.read_at),
    ),
    PerProcess(
        "otel_sla.source.read.duration",
        "s",
        "How long it took to read the rows of the source that are reported.",
        _of_each(lambda one: one.duration),
    ),
)
"""Instruments about each source that is not required: that one has its own."""


def of_process(*, counters: bool) -> list[PerProcess[Any]]:
    """Return the instruments about this process; without `counters`, only the gauges.

    The SDK exports the counters then, together with all others of the process.
    """
    return [
        one for one in (*PROCESS, SOURCE_ERRORS) if counters or one.kind != "counter"
    ]
