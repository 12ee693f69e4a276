"""The interface of a source of metrics: what it reads, keeps, and exports."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from django.db import DatabaseError

from ..database.deadline import Deadline
from . import families
from .families import Family, Instrument, RowGroup


class Snapshot(Protocol):
    """A source's rows at one moment, in Unix seconds; its length is their number.

    `read_at` is the moment when the rows were read; `dropped` counts, by reason, those
    that can't be exposed.
    """

    @property
    def moment(self) -> int: ...
    @property
    def read_at(self) -> int: ...
    @property
    def dropped(self) -> Mapping[str, int]: ...
    def __len__(self) -> int: ...


Kept = TypeVar("Kept")
S = TypeVar("S", bound=Snapshot)


@dataclass(frozen=True, slots=True)
class Read:
    """One reading: the moment it is for, in Unix seconds, and how long it may take.

    A source calls `settled`, if it is given, as soon as the state that it reads is
    fixed: later changes can't be in it. A source that can't tell doesn't call it.
    """

    moment: int
    deadline: Deadline = field(repr=False)
    settled: Callable[[], object] | None = field(default=None, repr=False)

    def left(self) -> float:
        """Return the seconds that are left; negative after that."""
        return self.deadline.left()


class Refused(DatabaseError):
    """The source can't be reported, nor what was read before. The message says why."""


class Source(ABC, Generic[Kept, S]):
    """A source of metrics: rows of a database, and the instruments made of them.

    The bridge reads by the deadline, keeps the last good rows, and writes all formats.
    A source says what to read, what to keep of it, and what follows at a moment. If it
    is `required`, no scrape is answered without it. Most are a QuerySource, which gives
    its queries.

    `read` and `keep` raise Refused where the source is to be left out at once.

    `keep` and `snapshot` run in one thread at a time, under a lock, so they are to be
    quick. What takes long may go on in the background, for which `wait` waits without
    the lock. If they, other methods or the instruments raise an exception, a source
    that is not required is left out.
    """

    name: str
    """Its name among the sources of the site."""

    rows_name: str
    """Plural noun for its rows in logs and errors: "orders"."""

    required: bool = False

    refresh: float = 0.0
    """Seconds for which the rows of one reading are used."""

    budget: float | None = None
    """Seconds that reading may take at most. None: as many as are left."""

    instruments: Sequence[Instrument[S]]

    at_most: int = 0
    """How many instruments whose names are data there may be at once, besides
    `instruments`."""

    @abstractmethod
    def read(self, read: Read, away: dict[str, str]) -> Any:
        """Return what `keep` takes. Any exception is a failure to read.

        `away` says, by alias, why databases could not be used in this collection. They
        are not tried again.
        """

    @abstractmethod
    def keep(self, rows: Any, before: Kept | None) -> Kept:
        """Return what is kept of what was read; `before` if it is the same."""

    def wait(
        self, kept: Kept, moment: int, deadline: Deadline, patience: float | None
    ) -> None:
        """Wait until what is kept can be used at the moment, in Unix seconds.

        For `patience` seconds at most where snapshots can be made of an earlier state
        meanwhile, for none where it is 0, and else until the deadline.
        """

    def not_yet(self, kept: Kept) -> str:
        """Return why no snapshot can be made of it yet; empty if one can."""
        return ""

    @property
    def is_busy(self) -> bool:
        """Whether something goes on in the background."""
        return False

    @abstractmethod
    def snapshot(
        self, kept: Kept, moment: int, read_at: int, elapsed: Callable[[], float]
    ) -> S:
        """Return the snapshot at the moment, of rows that were read at `read_at`.

        Both are in Unix seconds. `elapsed` returns the seconds since reading began.
        """

    def exported(self, snapshot: S) -> S:
        """Return the part of the snapshot that this process exports."""
        return snapshot

    def instruments_of(self, snapshot: S) -> Sequence[Instrument[S]]:
        """Return the instruments of the snapshot whose names are data."""
        return ()

    def without(self, snapshot: S, names: frozenset[str]) -> S:
        """Return the snapshot without the instruments of instruments_of() that have
        these names, which clash with others."""
        return snapshot

    def without_counters(self, snapshot: S) -> S:
        """Return the snapshot without counters that depend on when it was read,
        because another worker has answered with rows that were read later."""
        return snapshot

    def row_groups(self, snapshot: S) -> Iterator[RowGroup]:
        """Yield the rows and their values, row by row, as OTLP has them.

        They have to be the same as those of families(), and have the rows of each
        instrument in the same order.
        """
        return families.row_groups(self.instruments, snapshot)

    def families(self, snapshot: S) -> Iterator[Family]:
        """Yield the samples of the snapshot, instrument by instrument."""
        return families.families(self.instruments, snapshot)

    def forget(self) -> None:
        """Drop what is remembered from one snapshot to the next."""
