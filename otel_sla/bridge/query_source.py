"""A source that reads by queries, all of one state of a database."""

from abc import abstractmethod
from collections.abc import Sequence

from django.db import Error as DatabaseFailure
from django.db import OperationalError, connections

from ..database import consistent_read, pool
from ..database.consistent_read import DatabaseRow, Statement
from .interface import Kept, Read, S, Source


class QuerySource(Source[Kept, S]):
    """A source that gives its queries, and says what to keep of the rows of each."""

    @abstractmethod
    def database(self) -> str:
        """Return the alias of the database to read now."""

    @abstractmethod
    def statements(self, alias: str, vendor: str) -> Sequence[Statement]:
        """Return the queries, which are all read in one state of the database."""

    def read(self, read: Read, away: dict[str, str]) -> Sequence[list[DatabaseRow]]:
        """Return the rows of each query.

        A connection that an earlier request has opened, or a pool has kept, is dead
        once the database has restarted. Then they are read again by a new one.
        """
        alias = self.database()
        if alias in away:
            raise OperationalError(f"{away[alias]} (as for another source)")
        connection = connections[alias]
        while True:
            was_open = pool.is_pooled(connection) or connection.connection is not None
            try:
                return consistent_read.read(
                    alias,
                    lambda: self.statements(alias, connection.vendor),
                    read.deadline,
                    read.settled,
                )
            except DatabaseFailure as error:
                if connection.connection is None:
                    away[alias] = str(error)
                if (
                    not was_open
                    or read.left() <= 0
                    or connection.in_atomic_block
                    or (connection.connection is not None and connection.is_usable())
                ):
                    raise
            # A pool has one dead connection less then, so this ends.
            connection.close()
