"""A source that reads queries: of one state of a database, and again where need be."""

from abc import abstractmethod
from collections.abc import Sequence

from django.db import Error as DatabaseFailure
from django.db import OperationalError, connections

from ..database import consistent_read, pool
from ..database.consistent_read import DatabaseRow, Statement
from .interface import Kept, Read, S, Source


class QuerySource(Source[Kept, S]):
    """A source that says its queries, and what to keep of the rows of each."""

    @abstractmethod
    def database(self) -> str:
        """Return the alias of the database to read now."""

    @abstractmethod
    def statements(self, alias: str, vendor: str) -> Sequence[Statement]:
        """Return the queries, which are all read in one state of the database."""

    def read(self, read: Read, away: dict[str, str]) -> Sequence[list[DatabaseRow]]:
        """Return the rows of each query. They are read again where the connection was
        that of an earlier request and is dead, as are all that a pool has kept: a
        database that has restarted is there again.
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
            # A pool has one less then.
            connection.close()
