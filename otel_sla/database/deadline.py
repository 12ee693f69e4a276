"""Deadlines for reading, and how each database is made to keep them."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Lock, Timer
from typing import Any

from django.db import Error as DatabaseFailure
from django.db.backends.base.base import BaseDatabaseWrapper

from .bounded_call import start

SHARE_FOR_READING = 0.8
"""Of the time that a scrape may take; the rest is kept for writing."""

DEFAULT = SHARE_FOR_READING * 10.0
"""Seconds, where nobody says how long an answer may take."""

Tell = Callable[[float], None]
"""Tells the database for how many seconds a statement may run from now on."""

# Seconds in which a database that is there ends a statement itself, at most.
_GRACE = 0.5

_WORTH_TELLING = 0.75
_STEPS_BETWEEN_LOOKS = 10_000


class Deadline:
    """An instant, so many seconds from now, that no change of the clock moves."""

    def __init__(self, seconds: float = DEFAULT) -> None:
        self.seconds = seconds
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left; negative once it has passed."""
        return self._at - time.monotonic()


@contextmanager
def bounded(
    connection: BaseDatabaseWrapper, deadline: Deadline
) -> Iterator[Callable[[], None]]:
    """Have the database end what runs, or waits for a lock, past the deadline.

    Yields what to call before each statement: it tells the database how much time
    is left, where that has become noticeably less. Within a transaction of the
    caller's own, in which nothing else runs.
    """
    with _BOUNDS[connection.vendor](connection) as tell:
        told = float("inf")

        def renew() -> None:
            nonlocal told
            left = max(deadline.left(), 0.001)
            if left < told * _WORTH_TELLING:
                tell(left)
                told = left

        yield renew


@contextmanager
def cut_off(
    connection: BaseDatabaseWrapper, deadline: Deadline, driver: Any = None
) -> Iterator[None]:
    """Break a connection on which nothing comes by the deadline: a host that is gone
    ends no statement, and the driver waits for it as long as TCP tries, a quarter of
    an hour.

    `driver` is what is to become the connection's, where it isn't yet.
    """
    if connection.vendor not in ("postgresql", "mysql"):
        yield
        return
    driver = driver or connection.connection
    lock = Lock()
    was_cut = False

    def cut() -> None:
        nonlocal was_cut
        with lock:
            if not timer.finished.is_set():
                was_cut = True
                _shut_down(driver)

    left = max(deadline.left(), 0.0)
    # Half of what is kept for writing.
    grace = left * (1 - SHARE_FOR_READING) / SHARE_FOR_READING / 2
    timer = Timer(left + min(_GRACE, max(grace, 0.1)), cut)
    timer.daemon = True
    start(timer)
    try:
        yield
    finally:
        with lock:
            timer.cancel()
        if was_cut:
            # Asked whether it is usable, PyMySQL would connect anew and wait for ever.
            with suppress(DatabaseFailure):
                connection.close()


def _shut_down(driver: Any) -> None:
    """Shut down the driver's socket, so that waiting for it ends at once.

    Takes no descriptor, of which none may be left.
    """
    own = driver.fileno() if hasattr(driver, "fileno") else driver._sock.fileno()
    with suppress(OSError):
        end = socket.socket(fileno=own)
        try:
            end.shutdown(socket.SHUT_RDWR)
        finally:
            # It stays the driver's.
            end.detach()


@contextmanager
def _postgresql(connection: BaseDatabaseWrapper) -> Iterator[Tell]:
    yield lambda left: execute(
        connection, f"SET LOCAL statement_timeout = {milliseconds(left)}"
    )


@contextmanager
def _mysql(connection: Any) -> Iterator[Tell]:
    name = "max_execution_time"
    amount: Callable[[float], object] = milliseconds
    if connection.mysql_is_mariadb:
        name, amount = "max_statement_time", "{:.3f}".format
    # The session goes on after us, with the value it had.
    execute(connection, f"SET @otel_sla_before = @@SESSION.{name}")
    undo = f"SET SESSION {name} = @otel_sla_before"
    with undoing(connection, lambda: execute(connection, undo)):
        yield lambda left: execute(connection, f"SET SESSION {name} = {amount(left)}")


@contextmanager
def _sqlite(connection: BaseDatabaseWrapper) -> Iterator[Tell]:
    # Waiting for a lock and running are bounded separately.
    before = busy_timeout(connection)
    driver = connection.connection

    def tell(left: float) -> None:
        end = Deadline(left)
        execute(connection, f"PRAGMA busy_timeout = {milliseconds(left)}")
        driver.set_progress_handler(lambda: end.left() < 0, _STEPS_BETWEEN_LOOKS)

    undo = f"PRAGMA busy_timeout = {before}"
    with undoing(connection, lambda: execute(connection, undo)):
        try:
            yield tell
        finally:
            # One that has been closed has no handler any more.
            with suppress(driver.ProgrammingError):
                driver.set_progress_handler(None, 0)


_BOUNDS: dict[str, Callable[[BaseDatabaseWrapper], AbstractContextManager[Tell]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "sqlite": _sqlite,
}


def busy_timeout(connection: BaseDatabaseWrapper) -> int:
    """Return how long SQLite waits for a lock, in milliseconds."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (milliseconds,) = cursor.fetchone()
    return int(milliseconds)


def milliseconds(seconds: float) -> int:
    """Return the seconds in milliseconds, at least 1: to databases 0 is unlimited."""
    return max(1, int(seconds * 1_000))


def execute(connection: BaseDatabaseWrapper, statement: str) -> None:
    """Run a statement that answers nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def undoing(
    connection: BaseDatabaseWrapper, undo: Callable[[], object]
) -> Iterator[None]:
    """Undo at the end what has been done to the connection, whatever happens meanwhile.

    Errors of that are not raised: they would replace the one that comes first. Instead
    the connection is closed, because it is not as it was before. Not for a connection
    in somebody else's transaction.
    """
    try:
        yield
    finally:
        try:
            if connection.connection is not None:
                undo()
        except Exception:
            with suppress(DatabaseFailure):
                connection.close()
