"""Connect by a deadline through the pool that Django keeps for PostgreSQL."""

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from django.db import DatabaseError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .bounded_call import in_time


def is_pooled(connection: BaseDatabaseWrapper) -> bool:
    """Return whether connections come from a pool, and go back after each request."""
    return bool(connection.settings_dict["OPTIONS"].get("pool"))


def give_back() -> None:
    """Return this thread's connections to their pools, unless in a transaction.

    For a thread that waits for another: if all that a pool has are with threads that
    wait, none of those that they wait for is given one.
    """
    for one in connections.all(initialized_only=True):
        if is_pooled(one) and one.autocommit and not one.in_atomic_block:
            with suppress(DatabaseError, OSError):
                one.close()


def connect(connection: Any, seconds: float) -> None:
    """Connect through the pool within so many seconds, or its own shorter timeout.

    Django would wait for too long. Raises django.db.Error.
    """
    pool = connection.pool
    seconds = max(min(seconds, pool.timeout), 0.1)
    with connection.wrap_database_errors:
        try:
            pool.open()
        except RuntimeError as error:
            # It starts threads, and one that lacks some would never give anything.
            connection.close_pool()
            raise OperationalError(f"the pool can't be opened: {error}") from error
        if connection.settings_dict["CONN_HEALTH_CHECKS"]:
            # Nothing bounds how long the pool takes to see whether a connection is
            # alive, where the host is gone.
            given = in_time(
                seconds, lambda: pool.getconn(seconds), pool.putconn, "the pool"
            )
        else:
            given = pool.getconn(seconds)
    # In place of the pool, one that is open and gives what that has given.
    opened = SimpleNamespace(open=lambda: None, getconn=lambda: given)
    connection._connection_pools = {connection.alias: opened}
    try:
        connection.ensure_connection()
    finally:
        # The class's own is there again.
        del connection._connection_pools
        if connection.connection is None:
            pool.putconn(given)
