"""Connections that are a pool's, as Django keeps one for PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from .bounded_call import in_time


def is_pooled(connection: BaseDatabaseWrapper) -> bool:
    """Whether connections are a pool's, and given back to it after each request."""
    return bool(connection.settings_dict["OPTIONS"].get("pool"))


def connect(connection: Any, seconds: float) -> None:
    """Have the pool give a connection within so many seconds, or its own timeout.

    Django would wait for too long, and so for one that was given back for a moment and
    that another has taken. Raises django.db.Error.
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
    connection._connection_pools = {connection.alias: _PoolOfOne(given)}
    try:
        connection.ensure_connection()
    finally:
        # The class's own is there again.
        del connection._connection_pools
        if connection.connection is None:
            pool.putconn(given)


class _PoolOfOne:
    """A pool that is open, and gives what has been given by the real one."""

    def __init__(self, given: Any) -> None:
        self._given = given

    def open(self) -> None:
        """It is."""

    def getconn(self) -> Any:
        return self._given
