"""The interface of a source of metrics: what it reads, keeps, and exports."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from ..database.consistent_read import DatabaseRow, Statement
from . import families
from .families import Family, Instrument, RowGroup


class Snapshot(Protocol):
    """A source at one moment, in Unix seconds; its length is the number of its rows.

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


class Source(ABC, Generic[Kept, S]):
    """A source of metrics: rows of a database, and the instruments made of them.

    The bridge reads by the deadline, keeps the last good rows, and writes all formats.
    A source says what to read, what to keep of it, and what follows at a moment. Where
    it is `required`, there is no answer without it.

    `keep` and `snapshot` run in one thread at a time. What they, the instruments and
    the other methods raise leaves a source that is not required out of the answer.
    """

    name: str
    """Its name among the sources of the site."""

    rows_name: str
    """Plural noun for its rows in logs and errors: "orders"."""

    required: bool = False

    refresh: float = 0.0
    """Seconds for which one reading serves."""

    budget: float | None = None
    """Seconds that reading may take at most. None: as many as are left."""

    instruments: Sequence[Instrument[S]]

    @abstractmethod
    def database(self) -> str:
        """Return the alias of the database to read now."""

    @abstractmethod
    def statements(self, alias: str, vendor: str) -> Sequence[Statement]:
        """Return the queries, which are all read in one state of the database."""

    @abstractmethod
    def keep(self, rows: Sequence[list[DatabaseRow]], before: Kept | None) -> Kept:
        """Return what is kept of the rows of each query; `before` if it is the same."""

    @abstractmethod
    def snapshot(
        self, kept: Kept, moment: int, read_at: int, elapsed: Callable[[], float]
    ) -> S:
        """Return what follows at the moment; both moments are in Unix seconds.

        `elapsed` returns the seconds since reading began.
        """

    def exported(self, snapshot: S) -> S:
        """Return the part of the snapshot that this process exports."""
        return snapshot

    def without_counters(self, snapshot: S) -> S:
        """Return the snapshot without counters that depend on when it was read,
        because another worker has answered with rows that were read later."""
        return snapshot

    def row_groups(self, snapshot: S) -> Iterator[RowGroup]:
        """Yield the rows and their values, row by row, as OTLP has them.

        They have to be the same as those of families().
        """
        return families.row_groups(self.instruments, snapshot)

    def families(self, snapshot: S) -> Iterator[Family]:
        """Yield the samples of the snapshot, instrument by instrument."""
        return families.families(self.instruments, snapshot)

    def forget(self) -> None:
        """Drop what is remembered from one snapshot to the next."""
