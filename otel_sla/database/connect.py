"""Connect to a database by a deadline: over a network, or to a file."""

import socket
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from django.db import DatabaseError
from django.db import Error as DatabaseFailure
from django.db.backends.base.base import BaseDatabaseWrapper

from . import pool
from .bounded_call import in_time
from .deadline import Deadline, busy_timeout, cut_off, execute, milliseconds
from .sqlite_file import close_if_replaced

_TIMEOUT = "connect_timeout"
# Seconds, and whole ones: what the drivers take for that option.
_LEAST_TIMEOUT = {"postgresql": 2, "mysql": 1}

_PYMYSQL_READS = "read_timeout"

# What the sqlite3 module takes where a site gives none.
_SQLITE_TIMEOUT = 5.0

# Seconds that connecting is given, however late it is.
_LEAST = 0.1


def connect(connection: BaseDatabaseWrapper, deadline: Deadline) -> None:
    """Connect by the deadline, unless there is a connection already.

    A host that is gone answers nothing, a name may take long to resolve, and a locked
    SQLite file makes even the first PRAGMA wait. A shorter timeout of the site's own
    stays. Raises django.db.Error.
    """
    if connection.vendor not in (*_LEAST_TIMEOUT, "sqlite"):
        return
    close_if_replaced(connection)
    _check_health(connection, deadline)
    if connection.connection is not None:
        return
    if connection.vendor == "sqlite":
        _connect_to_file(connection, deadline)
    elif pool.is_pooled(connection):
        pool.connect(connection, deadline.left())
    else:
        _connect_to_host(connection, deadline)


def _check_health(connection: Any, deadline: Deadline) -> None:
    """Check whether an open connection is alive, where the site has CONN_HEALTH_CHECKS:
    Django would wait for it, and for a new one, without end."""
    if (
        connection.connection is None
        or not connection.health_check_enabled
        or connection.health_check_done
    ):
        return
    connection.health_check_done = True
    try:
        with cut_off(connection, deadline), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseFailure:
        connection.close()
        if deadline.left() <= 0:
            raise


def _connect_to_host(connection: Any, deadline: Deadline) -> None:
    """Connect in a thread, which the driver's own timeout ends once it is given up.

    That timeout counts for each address anew, and not for resolving the name.
    """
    own = connection.get_new_connection

    def get_new_connection(params: dict[str, Any]) -> Any:
        def get() -> Any:
            share = deadline.left() / _addresses(params)
            return own({**params, **_timeouts(connection, params, share)})

        given = in_time(
            max(deadline.left(), _LEAST),
            get,
            lambda late: late.close(),
            f"the database {connection.alias!r}",
        )
        try:
            # Django asks it something before we do.
            watched.enter_context(cut_off(connection, deadline, given))
        except DatabaseError:
            given.close()
            raise
        return given

    connection.get_new_connection = get_new_connection
    try:
        with ExitStack() as watched:
            connection.ensure_connection()
    finally:
        # The class's own is there again.
        del connection.get_new_connection
    if _is_pymysql(connection):
        options = connection.settings_dict["OPTIONS"]
        connection.connection._read_timeout = options.get(_PYMYSQL_READS)


def _addresses(params: Mapping[str, Any]) -> int:
    """Return how many addresses the driver tries, one after another."""
    hosts = str(params.get("hostaddr") or params.get("host") or "").split(",")
    return max(1, sum(map(_addresses_of, hosts)))


def _addresses_of(host: str) -> int:
    if not host or host.startswith(("/", "@")):
        return 1
    try:
        return len(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        # Drivers pass over a name that nobody knows.
        return 0


def _timeouts(
    connection: BaseDatabaseWrapper, params: Mapping[str, Any], seconds: float
) -> dict[str, int]:
    """Return the driver's options for so many seconds at one address."""
    allowed = max(_LEAST_TIMEOUT[connection.vendor], int(seconds))
    # To the drivers 0 is unlimited.
    found = {_TIMEOUT: min(allowed, int(params.get(_TIMEOUT) or allowed))}
    if _is_pymysql(connection):
        # Its connect_timeout ends where a host accepts, though it says nothing more.
        own = params.get(_PYMYSQL_READS)
        found[_PYMYSQL_READS] = min(found[_TIMEOUT], own or allowed)
    return found


def _is_pymysql(connection: Any) -> bool:
    return bool(
        connection.vendor == "mysql" and connection.Database.__name__ == "pymysql"
    )


def _connect_to_file(connection: BaseDatabaseWrapper, deadline: Deadline) -> None:
    settings = connection.settings_dict
    options = settings["OPTIONS"]
    seconds = max(_LEAST, deadline.left())
    seconds = min(seconds, float(options.get("timeout") or seconds))
    bound = {**options, "timeout": seconds}
    connection.settings_dict = {**settings, "OPTIONS": bound}
    try:
        connection.ensure_connection()
    finally:
        connection.settings_dict = settings
    if busy_timeout(connection) == milliseconds(seconds):
        # The option goes on to hold for the site's writers, who have their own.
        own = milliseconds(float(options.get("timeout", _SQLITE_TIMEOUT)))
        execute(connection, f"PRAGMA busy_timeout = {own}")
