"""One worker's own totals: collected, and saved before anybody sees them.

A collection for an answer asks the callbacks of observable instruments. Saving in
between collects only what is counted, because callbacks cost; what they said for the
last answer is saved with it.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from opentelemetry.sdk.metrics.export import MetricsData

from .aggregation import Totals, totals_of, updated
from .incidents import SAVING, Incidents
from .membership import Membership
from .memory import Incomplete

Collect = Callable[[], MetricsData | None]
IsShared = Callable[[Any], bool]


class OwnTotals:
    """The totals of this worker. Threads may share it. Parameters are FanIn's."""

    def __init__(
        self,
        collect: Collect,
        counted: Collect | None,
        is_shared: IsShared,
        incidents: Incidents,
    ) -> None:
        self.lock = Lock()
        self._collect = collect
        self._counted = counted
        self._is_shared = is_shared
        self._incidents = incidents
        self._totals: Totals = {}
        self._written = b"{}"
        self._saved = b""

    def collect(
        self, membership: Membership, patience: float, collect: Collect
    ) -> tuple[Totals, Totals]:
        """Collect for an answer of this worker, and save it.

        Return what is its own, and what is the same in all workers. Raises Incomplete
        where another thread collects for longer than `patience` seconds, and what
        `collect` raises.
        """
        with self._turn(patience):
            collected = collect()
            self._keep(self._own(collected))
            self._save(membership)
            return self._totals, totals_of(collected, self._is_shared)

    def answer(self, membership: Membership) -> bytes:
        """Collect for the answer of another worker, save it and return it; nothing
        where it can't be had."""
        with self._turn():
            return self._saved_as(membership, self._asked)

    def save(self, membership: Membership) -> None:
        """Save what is counted now, with what callbacks have said last."""
        with self._turn():
            self._saved_as(membership, self._counted_by_now)

    def _asked(self) -> Totals:
        return self._own(self._collect())

    def _counted_by_now(self) -> Totals:
        if self._counted is None:
            return self._asked()
        return updated(self._totals, self._own(self._counted()))

    def _own(self, collected: MetricsData | None) -> Totals:
        return totals_of(collected, lambda point: not self._is_shared(point))

    @contextmanager
    def _turn(self, patience: float = -1) -> Iterator[None]:
        # Collecting under the lock, too: an older collection must not be saved last.
        if not self.lock.acquire(timeout=patience):
            raise Incomplete(
                "what this worker has counted can't be saved: another thread has "
                f"collected it for {patience:.2f} s"
            )
        try:
            yield
        finally:
            self.lock.release()

    def _saved_as(self, membership: Membership, totals: Callable[[], Totals]) -> bytes:
        try:
            self._keep(totals())
        except Exception as error:
            # Others' callbacks run in it.
            self._incidents.fail(SAVING, str(error))
            return b""
        self._save(membership)
        return self._written

    def _keep(self, totals: Totals) -> None:
        if totals != self._totals:
            self._totals, self._written = totals, json.dumps(totals).encode()

    def _save(self, membership: Membership) -> None:
        files, name, written = membership.files, membership.name, self._written
        try:
            # In another directory only once what is remembered is restored there.
            is_saved = written == self._saved and files.file_of(name).exists()
            if membership.is_in() and not is_saved:
                files.save(name, written)
                self._saved = written
        except OSError as error:
            self._incidents.fail(SAVING, f"totals can't be saved: {error}")
        else:
            self._incidents.succeed(SAVING)
