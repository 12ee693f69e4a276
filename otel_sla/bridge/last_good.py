"""Read a source's rows by a deadline, and fall back to the last good ones."""

import time
from collections.abc import Callable
from typing import Generic, NoReturn

from django.db import Error as DatabaseFailure

from ..conf import conf
from ..database.deadline import Deadline
from ..database.failures import OF_THE_PROCESS, asking, named
from ..database.tenants import public_schema
from ..logs import ThrottledLog, get_logger
from ..text import iso_utc
from .instruments import Reading
from .interface import Kept, Read, Refused, S, Source
from .limited_lock import LimitedLock
from .newest_reading import NEVER, NewestReading, Span
from .no_rows import NoRows, NotYet
from .self_metrics import (
    READ,
    STAGES_OF_SOURCES,
    WAIT,
    collection_errors,
    source_errors,
)

logger = get_logger("otel_sla.snapshot")

# A reading that begins in this last part of the time is not the one that took it.
_LAST_PART = 0.15


class LastGood(Generic[Kept, S]):
    """Takes snapshots of a source, and keeps its rows from one to the next.

    While the rows can't be read, a snapshot is made of the last ones. A snapshot is of
    all rows: Source.exported() returns the part of it that this process exports.

    One lock guards what is kept. It is held while rows are compared with that and while
    a snapshot is made, but neither while rows are read nor while somebody waits for the
    source. Every wait for the lock has a limit. Between the reading of a thread
    and its snapshot, another may have kept later rows. Then the snapshot is of those.

    `ran_out_at` is when, by `clock`, the last reading ran out of time; 0 if it did not.
    `clock` returns monotonic seconds: the clock of the moments may be set back, and
    could not tell how old rows are or which of two readings is newer.
    """

    def __init__(
        self, source: Source[Kept, S], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.source = source
        self._clock = clock
        self._has_counters = not source.required and any(
            one.kind == "counter" for one in source.instruments
        )
        self.forget()

    def forget(self) -> None:
        """Start anew, as if nothing had been read yet."""
        self._lock = LimitedLock(self.source.rows_name)
        self._kept: Kept | None = None
        self._read_at = 0
        self._span = NEVER
        self._duration = 0.0
        self._newest = NewestReading(self.source.name)
        self.has_failed = False
        self.ran_out_at = 0.0
        rows = self.source.rows_name
        self._failures = ThrottledLog(
            f"the {rows} can't be read", f"failures to read the {rows}"
        )
        self.source.forget()

    def take(
        self,
        moment: int,
        deadline: Deadline | None = None,
        away: dict[str, str] | None = None,
        patience: float | None = None,
    ) -> S:
        """Read the rows, and return what follows at the moment, in Unix seconds.

        They are not read again within `refresh` seconds. `away` is that of
        Source.read(), `patience` that of Source.wait().

        Raises NoRows when they can't be read by the deadline and none have been
        read in the last OTEL_SLA["MAX_SNAPSHOT_AGE"] seconds, and when the source
        refuses what there is now. Raises NotYet when they are read, and the source
        can't make a snapshot of them by the deadline.
        """
        began = self._clock()
        if not self.source.required:
            for stage in STAGES_OF_SOURCES:
                # From 0, so that rates see the first failure. Sources that are not
                # exported have no such counters.
                source_errors.add((self.source.name, stage), 0)
        deadline = self._own(deadline or Deadline())
        with self._lock.held(deadline):
            if self._kept is not None and self._serves(moment):
                snapshot = self._snapshot(self._kept, moment, self._read_at, began)
                return self._unless_outdated(snapshot, self._span)
        away = {} if away is None else away
        # A source that gets hardly any time, because of others, is not slow itself.
        is_tried = deadline.left() > _LAST_PART * deadline.seconds
        ran_out_at, self.ran_out_at = self.ran_out_at, 0.0
        try:
            snapshot, span = self._taken(moment, deadline, away, patience)
            if deadline.left() > 0 and not self._may_show_counters(span):
                # Another worker may have seen more, and has answered already.
                snapshot, span = self._taken(moment, deadline, away, patience)
            return self._unless_outdated(snapshot, span)
        except Refused as error:
            return self._refused(str(error))
        except (DatabaseFailure, *OF_THE_PROCESS) as error:
            if deadline.left() <= 0:
                self.ran_out_at = self._clock() if is_tried else ran_out_at
            return self._without_reading(moment, READ, named(error), began)

    def _taken(
        self,
        moment: int,
        deadline: Deadline,
        away: dict[str, str],
        patience: float | None,
    ) -> tuple[S, Span]:
        """Read the rows; return a snapshot, and when the database had that state."""
        started, began = time.monotonic(), self._clock()
        settled: list[float] = []
        note = (lambda: settled.append(self._clock())) if self._has_counters else None
        read = Read(moment, deadline, note)
        with asking(), public_schema():
            rows = self.source.read(read, away)
        span = Span(began, settled[-1] if settled else self._clock())
        with self._lock.held(deadline):
            duration = time.monotonic() - started
            if self._kept is None or began >= self._span.began:
                # A slow reading must not replace one that began later.
                self._kept = self.source.keep(rows, self._kept)
                self._read_at, self._span, self._duration = moment, span, duration
            kept = self._kept
        self.source.wait(kept, moment, deadline, patience)
        with self._lock.held(deadline):
            if self._kept is not None:
                # Read now or later, so they are as recent as its own.
                kept, span = self._kept, self._span
            snapshot = self._snapshot(kept, moment, moment, began)
            self.has_failed = False
            if self._failures.end():
                logger.warning("the %s can be read again", self.source.rows_name)
            return snapshot, span

    def last_good(self, moment: int, why: str) -> S:
        """Return a snapshot of the last rows, because waiting for newer took too long.

        Raises NoRows.
        """
        return self._without_reading(moment, WAIT, why, self._clock())

    def wait(self, moment: int, deadline: Deadline) -> None:
        """Wait until a snapshot can be made of the rows that were read last.

        Raises NotYet where that takes longer, and as Source.wait() does.
        """
        if self._kept is not None and self.source.not_yet(self._kept):
            self.source.wait(self._kept, moment, deadline, None)
        if self._kept is not None and (why := self.source.not_yet(self._kept)):
            raise NotYet(why)

    def outdate(self) -> None:
        """Show no counters of rows read before now: another machine, whose readings are
        not noted on this one, may have shown newer ones."""
        if self._has_counters:
            now = self._clock()
            self._newest.note(Span(now, now))

    def reading(self, snapshot: S) -> Reading:
        """Return what there is to say about how the snapshot's rows were read."""
        return Reading(
            self.source.name,
            not self.has_failed,
            len(snapshot),
            snapshot.dropped,
            snapshot.read_at,
            self._duration,
        )

    @property
    def has_rows(self) -> bool:
        """Whether this process has read any."""
        return self._kept is not None

    def usable_age(self, moment: int, why: str) -> float:
        """Return how many seconds ago the last rows were read, while they can't be
        read anew. Raises NoRows where they are too old to be served."""
        with self._lock.held():
            self._usable(moment, why)
            return self._age(moment)

    def restart_if_forked_midway(self) -> None:
        """Start anew in a child process if its parent was not done with something.

        The thread that was is not there, and may have left the lock or a count as it
        was midway.
        """
        if self._lock.is_held or self.source.is_busy:
            self.forget()

    def _serves(self, moment: int) -> bool:
        """Return whether the last rows are recent enough not to read them again."""
        if not self.source.refresh or self._age(moment) >= self.source.refresh:
            return False
        return self._may_show_counters(self._span)

    def _may_show_counters(self, span: Span) -> bool:
        return not self._has_counters or self._newest.allows(span)

    def _unless_outdated(self, snapshot: S, span: Span) -> S:
        """Return the snapshot, without counters if another worker may have shown newer
        ones."""
        if not self._has_counters or self._newest.note(span):
            return snapshot
        return self.source.without_counters(snapshot)

    def _own(self, deadline: Deadline) -> Deadline:
        """Return by when this source has to be read."""
        budget = self.source.budget
        if budget is None or budget >= deadline.left():
            return deadline
        return Deadline(budget)

    def _without_reading(self, moment: int, stage: str, why: str, began: float) -> S:
        self._count_failure(stage)
        with self._lock.held():
            self.has_failed = True
            if stage == READ:
                self._note_failure(why)
            kept = self._usable(moment, why)
            try:
                snapshot = self._snapshot(kept, moment, self._read_at, began)
                return self._unless_outdated(snapshot, self._span)
            except NotYet as error:
                raise NoRows(f"{error}: {why}") from error
            except OF_THE_PROCESS as error:
                why = f"the {self.source.rows_name} can't be evaluated: {named(error)}"
                raise NoRows(why) from error

    def _refused(self, why: str) -> NoReturn:
        """Leave the source out at once, with what was read before."""
        self._count_failure(READ)
        with self._lock.held():
            self.has_failed = True
            self._kept = None
            self._note_failure(why)
        raise NoRows(f"the {self.source.rows_name} can't be reported: {why}")

    def _usable(self, moment: int, why: str) -> Kept:
        what = self.source.rows_name
        if self._kept is None:
            raise NoRows(
                f"the {what} can't be read, and never have been by this process: {why}"
            )
        age, limit = self._age(moment), conf.MAX_SNAPSHOT_AGE
        if age > limit:
            raise NoRows(
                f"the {what} can't be read: {why}; those read {age:.0f} s ago are "
                f'older than OTEL_SLA["MAX_SNAPSHOT_AGE"], {limit:g} s'
            )
        return self._kept

    def _age(self, moment: int) -> float:
        # If one of the clocks was set, more rather than less.
        return max(self._clock() - self._span.began, moment - self._read_at)

    def _snapshot(self, kept: Kept, moment: int, read_at: int, began: float) -> S:
        if why := self.source.not_yet(kept):
            raise NotYet(why)
        return self.source.snapshot(
            kept, moment, read_at, lambda: self._clock() - began
        )

    def _count_failure(self, stage: str) -> None:
        if self.source.required:
            collection_errors.add(stage)
        else:
            source_errors.add((self.source.name, stage))

    def _note_failure(self, why: str) -> None:
        instead = "503" if self.source.required else "nothing of them"
        if self._kept is not None:
            instead = f"those read at {iso_utc(self._read_at)}"
        if said := self._failures.note():
            logger.error("%s: %s; answering with %s", said, why, instead)
