"""Instruments about a process or about a source as a whole, with few observations."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .families import Instrument, Number, T
from .self_metrics import (
    LOSSES,
    OUTCOMES,
    STAGES,
    collection_errors,
    exports,
    points_lost,
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


def of_process(*, counters: bool) -> list[PerProcess[Any]]:
    """Return the instruments about this process; without `counters`, only the gauges.

    The SDK exports the counters then, together with all others of the process.
    """
    return [one for one in PROCESS if counters or one.kind != "counter"]
