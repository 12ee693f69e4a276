"""By when the rows have to be read, and how a database is held to it."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Lock, Timer
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from . import pooling

DEFAULT = 8.0
"""Seconds, where nobody says how long an answer may take."""

Tell = Callable[[float], None]
"""Tells the database how many seconds a statement may take from now on."""

_CONNECT_OPTION = {
    "postgresql": ("connect_timeout", 2),
    "mysql": ("connect_timeout", 1),
    "sqlite": ("timeout", 0.1),
}
"""The option that bounds how long connecting takes, and its least value: seconds."""

_PYMYSQL_READS = "read_timeout"

_SQLITE_TIMEOUT = 5.0
"""What the sqlite3 module takes where a site gives none."""

_GRACE = 0.5
"""Seconds in which a database that is there ends a statement itself, at most."""

_WORTH_TELLING = 0.75
_STEPS_BETWEEN_LOOKS = 10_000


class Deadline:
    """An instant, so many seconds after its making, that no clock change moves."""

    def __init__(self, seconds: float = DEFAULT) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left; negative once it has passed."""
        return self._at - time.monotonic()


def connect(connection: BaseDatabaseWrapper, deadline: Deadline) -> None:
    """Connect, if need be, by the deadline: a host that is gone answers nothing, and
    a locked SQLite file makes even its first PRAGMA wait.

    A shorter timeout of the site's own stays.
    """
    settings = connection.settings_dict
    options = settings["OPTIONS"]
    if connection.vendor not in _CONNECT_OPTION:
        return
    _check_health(connection, deadline)
    if connection.connection is not None:
        return
    if pooling.is_pooled(connection):
        pooling.connect(connection, deadline.left())
        return
    name, least = _CONNECT_OPTION[connection.vendor]
    seconds = type(least)(max(least, deadline.left()))
    # 0 is no bound at all to the drivers.
    seconds = min(seconds, type(least)(options.get(name) or seconds))
    bound = {name: seconds}
    if _is_pymysql(connection):
        # Its connect_timeout ends where a host accepts, though it says nothing more.
        bound[_PYMYSQL_READS] = min(seconds, options.get(_PYMYSQL_READS) or seconds)
    connection.settings_dict = {**settings, "OPTIONS": {**options, **bound}}
    try:
        connection.ensure_connection()
    finally:
        connection.settings_dict = settings
    if _is_pymysql(connection):
        driver: Any = connection.connection
        driver._read_timeout = options.get(_PYMYSQL_READS)
    if connection.vendor == "sqlite" and _busy_timeout(connection) == _milliseconds(
        seconds
    ):
        # The option goes on to hold for the site's writers, who have their own.
        own = _milliseconds(float(options.get(name, _SQLITE_TIMEOUT)))
        _execute(connection, f"PRAGMA busy_timeout = {own}")


def _is_pymysql(connection: Any) -> bool:
    return bool(
        connection.vendor == "mysql" and connection.Database.__name__ == "pymysql"
    )


def _check_health(connection: Any, deadline: Deadline) -> None:
    """See whether a connection of before is alive, where the site has that done: Django
    would wait for it, and for a new one, without end."""
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
    except DatabaseError:
        connection.close()
        if deadline.left() <= 0:
            raise


@contextmanager
def bounded(
    connection: BaseDatabaseWrapper, deadline: Deadline
) -> Iterator[Callable[[], None]]:
    """Have the database end what runs, or waits for a lock, past the deadline.

    Yields what to call before each statement: it tells the database how much time
    is left, where that has become noticeably less. Within a transaction of the
    caller's own, in which nothing else runs.
    """
    with _BOUNDS[_product(connection)](connection) as tell:
        told = float("inf")

        def renew() -> None:
            nonlocal told
            left = max(deadline.left(), 0.001)
            if left < told * _WORTH_TELLING:
                tell(left)
                told = left

        yield renew


@contextmanager
def cut_off(connection: BaseDatabaseWrapper, deadline: Deadline) -> Iterator[None]:
    """Break a connection on which nothing comes by the deadline: a host that is gone
    ends no statement, and the driver waits for it as long as TCP tries, a quarter of
    an hour.
    """
    if connection.vendor not in ("postgresql", "mysql"):
        yield
        return
    driver = connection.connection
    lock = Lock()
    was_cut = False

    def cut() -> None:
        nonlocal was_cut
        with lock:
            if not timer.finished.is_set():
                was_cut = True
                _shut_down(driver)

    left = max(deadline.left(), 0.0)
    # A fifth of Prometheus's timeout is left after the deadline, a quarter of this.
    timer = Timer(left + min(_GRACE, max(left / 8, 0.1)), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            timer.cancel()
        if was_cut:
            # Asked whether it is usable, PyMySQL would connect anew and wait for ever.
            with suppress(DatabaseError):
                connection.close()


def _shut_down(driver: Any) -> None:
    """Whoever waits for the socket learns at once that nothing comes any more."""
    own = driver.fileno() if hasattr(driver, "fileno") else driver._sock.fileno()
    with suppress(OSError), socket.socket(fileno=os.dup(own)) as end:
        end.shutdown(socket.SHUT_RDWR)


def _product(connection: BaseDatabaseWrapper) -> str:
    if connection.vendor == "mysql" and getattr(connection, "mysql_is_mariadb", False):
        return "mariadb"
    return connection.vendor


@contextmanager
def _postgresql(connection: BaseDatabaseWrapper) -> Iterator[Tell]:
    yield lambda left: _execute(
        connection, f"SET LOCAL statement_timeout = {_milliseconds(left)}"
    )


@contextmanager
def _mariadb(connection: BaseDatabaseWrapper) -> Iterator[Tell]:
    with _session_variable(connection, "max_statement_time", "{:.3f}".format) as tell:
        yield tell


@contextmanager
def _mysql(connection: BaseDatabaseWrapper) -> Iterator[Tell]:
    with _session_variable(connection, "max_execution_time", _milliseconds) as tell:
        yield tell


@contextmanager
def _session_variable(
    connection: BaseDatabaseWrapper, name: str, amount: Callable[[float], object]
) -> Iterator[Tell]:
    """The session goes on after us, with the value it had."""
    _execute(connection, f"SET @otel_sla_before = @@SESSION.{name}")
    try:
        yield lambda left: _execute(connection, f"SET SESSION {name} = {amount(left)}")
    finally:
        _execute(connection, f"SET SESSION {name} = @otel_sla_before")


@contextmanager
def _sqlite(connection: BaseDatabaseWrapper) -> Iterator[Tell]:
    """Waiting for a lock and running are bounded apart."""
    before = _busy_timeout(connection)

    def tell(left: float) -> None:
        end = Deadline(left)
        _execute(connection, f"PRAGMA busy_timeout = {_milliseconds(left)}")
        connection.connection.set_progress_handler(
            lambda: end.left() < 0, _STEPS_BETWEEN_LOOKS
        )

    try:
        yield tell
    finally:
        connection.connection.set_progress_handler(None, 0)
        _execute(connection, f"PRAGMA busy_timeout = {before}")


_BOUNDS: dict[str, Callable[[BaseDatabaseWrapper], AbstractContextManager[Tell]]] = {
    "postgresql": _postgresql,
    "mariadb": _mariadb,
    "mysql": _mysql,
    "sqlite": _sqlite,
}


def _busy_timeout(connection: BaseDatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (milliseconds,) = cursor.fetchone()
    return int(milliseconds)


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1_000))


def _execute(connection: BaseDatabaseWrapper, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
