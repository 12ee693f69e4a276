"""Connections that are a pool's, as Django keeps one for PostgreSQL."""

from __future__ import annotations

from threading import Lock, Thread
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper


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
        pool.open()
        if connection.settings_dict["CONN_HEALTH_CHECKS"]:
            given = _Getting(pool, seconds).wait()
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


class _Getting:
    """Getting a connection from a pool that sees first whether it is alive: nothing
    bounds how long that takes where the host is gone."""

    def __init__(self, pool: Any, seconds: float) -> None:
        self._pool = pool
        self._seconds = seconds
        self._lock = Lock()
        self._given_up = False
        self._given: Any = None
        self._error: Exception | None = None

    def wait(self) -> Any:
        """Return the connection; raise what the pool raises, or that it took too long.

        The pool gets back what comes later.
        """
        thread = Thread(target=self._get, name="otel_sla pool", daemon=True)
        thread.start()
        thread.join(self._seconds)
        with self._lock:
            self._given_up = self._given is None
        if self._given is None:
            raise self._error or OperationalError(
                f"the pool has given no connection within {self._seconds:.2f} s"
            )
        return self._given

    def _get(self) -> None:
        try:
            given = self._pool.getconn(self._seconds)
        except Exception as error:
            self._error = error
            return
        with self._lock:
            if not self._given_up:
                self._given = given
                return
        self._pool.putconn(given)
