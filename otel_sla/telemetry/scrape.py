"""Answer scrapes, with one collection at a time for all that ask at that time."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.sdk.metrics.export import MetricsData
from prometheus_client import Metric

from ..bridge.families import Family
from ..bridge.name_clashes import NameClashes, taken
from ..bridge.no_rows import NoRows
from ..bridge.registry import Collection, Registry, registry
from ..bridge.self_metrics import OTHERS, collection_errors, workers_together
from ..bridge.single_flight import Flight, SingleFlight, TookTooLong
from ..database.deadline import SHARE_FOR_READING, Deadline
from ..database.single_thread import HeldUp
from ..logs import ThrottledLog, get_logger
from . import callbacks
from .exposition import write
from .negotiation import Format, negotiate
from .sdk_reader import DirectReader, StockReader, Unheard

logger = get_logger(__name__)

_LONGEST_TIMEOUT = 120.0
# Seconds for reading. No Prometheus waits for less; what else says so can be answered
# late, but a reading given up at once would be a failure that others share.
_LEAST = 0.5

# Of what is kept for writing, where reading has taken all its time.
_SHARE_FOR_OTHERS = 0.25


@dataclass(frozen=True, slots=True)
class Answer:
    """A response body, and the headers that describe it."""

    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Collected:
    """What is answered with: all sources, and what the SDK has, None if it has failed.

    `bodies` are the answers made of both, by what makes them differ.
    """

    ours: Collection
    by_sdk: Sequence[Metric] | None
    bodies: Flight = field(default_factory=Flight)

    @property
    def is_poor(self) -> bool:
        """Whether something is missing, or from an earlier reading."""
        return self.ours.is_poor or self.by_sdk is None


class Scrapes:
    """The scrapes of one reader.

    Direct: our own instruments are written from the snapshots. Otherwise they go
    through the SDK like all others, and the samples are the same. `gather` collects,
    and adds what the other workers have collected; `together` says whether it does.
    """

    def __init__(
        self,
        reader: DirectReader | StockReader,
        *,
        direct: bool,
        scope: bytes = b"",
        gather: Callable[
            [Callable[[], Any], Deadline], MetricsData | None
        ] = lambda collect, deadline: collect(),
        together: Callable[[], bool] = lambda: False,
        sources: Registry = registry,
    ) -> None:
        self._reader = reader
        self._sources = sources
        self._gather = gather
        self._together = together
        self._direct = direct
        self._scope = scope
        self._flights = SingleFlight()
        self._clashes = NameClashes()
        self._without: set[str] = set()
        self._not_collected = ThrottledLog(
            "the instruments of others can't be collected",
            "failures to collect the instruments of others",
        )
        self._not_written = ThrottledLog(
            "the instruments of others can't be written",
            "failures to write the instruments of others",
        )

    def answer(self, accept: str, accept_encoding: str, timeout: str) -> Answer:
        """Return the exposition that the request's headers ask for, in time.

        Raises NoRows where there is nothing to answer with.
        """
        form = negotiate(accept, accept_encoding)
        deadline = reading_deadline(timeout)
        with self._flights.join() as flight:
            try:
                collected = flight.once(
                    "collected",
                    lambda: self._collect(deadline),
                    deadline,
                    is_poor=lambda made: made.is_poor,
                )
            except TookTooLong:
                # The scrape that reads the rows is held up: don't wait any longer.
                why = "another scrape that reads them is not done"
                ours = self._sources.last_good(int(time.time()), why)
                collected = self._collected(ours, deadline)
            body = collected.bodies.once(
                (form.openmetrics, form.gzip), lambda: self._write(collected, form)
            )
        return Answer(body, form.headers)

    def lines_of(self, families: Iterable[Family]) -> list[str]:
        """Return the samples of the families as the lines of text that a scrape has at
        that moment."""
        text = write(families, (), negotiate("", ""), self._scope).decode()
        # Not splitlines(): a label's value may hold what it takes for the end of one.
        lines = text.removesuffix("\n").split("\n")
        return [line for line in lines if line and not line.startswith("#")]

    def _collect(self, deadline: Deadline) -> Collected:
        ours = self._sources.collect(int(time.time()), deadline)
        return self._collected(ours, deadline)

    def _collected(self, ours: Collection, deadline: Deadline) -> Collected:
        by_sdk = self._by_sdk(ours, deadline)
        if self._direct and by_sdk:
            # A scrape that has a family twice is invalid as a whole.
            by_sdk = self._without_declared(by_sdk)
            if any(one.source.at_most for one in ours.parts):
                names = frozenset().union(*map(_names, by_sdk))
                ours = ours.beside({one: one for one in names}, self._clashes)
        return Collected(ours, by_sdk)

    def _without_declared(self, by_sdk: Sequence[Metric]) -> Sequence[Metric]:
        """Return the metrics without those whose names instruments of ours have."""
        declared = taken(
            one for kept in self._sources for one in kept.source.instruments
        )
        clashing = [one for one in by_sdk if not _names(one).isdisjoint(declared)]
        names = {one.name for one in clashing}
        if new := names - self._without:
            logger.error(
                "left out of the metrics: the site's other instruments that have the "
                "name of a source's instrument, at least in Prometheus: %s",
                ", ".join(sorted(new)),
            )
        self._without = names
        return [one for one in by_sdk if one not in clashing] if clashing else by_sdk

    def _by_sdk(self, ours: Collection, deadline: Deadline) -> Sequence[Metric] | None:
        try:
            with callbacks.silent() if self._direct else callbacks.serving(ours):
                collected: Any = self._gather(
                    lambda: self._reader.own(self._patience(deadline)), deadline
                )
            found = self._reader.shown(collected)
        except Unheard:
            return None
        except Exception as error:
            # Others' callbacks run in it, and the whole collection fails when one of
            # them does, or takes too long.
            collection_errors.add(OTHERS)
            if not self._direct:
                raise NoRows(f"the SDK can't collect: {error}") from error
            if said := self._not_collected.note():
                # Where others' callbacks hang, ours is not the place to look.
                traced = not isinstance(error, HeldUp)
                logger.error("%s: %s", said, error, exc_info=traced)
            return None
        self._not_collected.end()
        return found

    def _patience(self, deadline: Deadline) -> float:
        """Return for how many seconds to wait for the SDK: as long as for rows, or a
        moment where those have taken all the time. Where all goes through the SDK
        there is nothing to answer without it, until Prometheus gives up."""
        kept = deadline.seconds / SHARE_FOR_READING - deadline.seconds
        if self._direct:
            return max(deadline.left(), kept * _SHARE_FOR_OTHERS)
        return deadline.left() + kept

    def _write(self, collected: Collected, form: Format) -> bytes:
        by_sdk = collected.by_sdk
        # Where workers count together, one alone would have counters go back.
        alone = not self._together()
        workers_together.is_shown = by_sdk is not None
        ours = self._ours(collected.ours, counters=by_sdk is None and alone)
        try:
            body = write(ours, by_sdk or (), form, self._scope)
            self._not_written.end()
            return body
        except Exception as error:
            # What others observe may be no text, or no number.
            collection_errors.add(OTHERS)
            if not self._direct:
                raise NoRows(f"the SDK's metrics can't be written: {error}") from error
            if said := self._not_written.note():
                logger.exception("%s: %s", said, error)
            workers_together.is_shown = False
            ours = self._ours(collected.ours, counters=alone)
            return write(ours, (), form, self._scope)

    def _ours(self, ours: Collection, *, counters: bool) -> Iterable[Family]:
        return ours.families(counters=counters) if self._direct else ()


def _names(metric: Metric) -> frozenset[str]:
    """Return the names of a family and of its samples."""
    return frozenset({metric.name, *(one.name for one in metric.samples)})


def reading_deadline(timeout: str) -> Deadline:
    """Return by when the rows have to be read to answer a scrape in time.

    `timeout` is the header X-Prometheus-Scrape-Timeout-Seconds; a fifth of it is
    kept for writing. Without a usable one, Prometheus's own default of 10 s counts.
    """
    try:
        seconds = float(timeout)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        return Deadline()
    share = SHARE_FOR_READING * min(seconds, _LONGEST_TIMEOUT)
    return Deadline(max(share, _LEAST))
