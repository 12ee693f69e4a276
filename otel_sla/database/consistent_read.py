"""Read rows that are all of one state of the database, by a deadline."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from django.db import DatabaseError, DataError, OperationalError, connections
from django.db import Error as DatabaseFailure
from django.db.backends.base.base import BaseDatabaseWrapper

from .connect import connect
from .deadline import Deadline, bounded, cut_off, execute, undoing
from .failures import asking

DatabaseRow = tuple[Any, ...]
"""The values of a row's columns, as the driver gives them."""

Statement = tuple[str, tuple[Any, ...]]
"""SQL, and its parameters."""

# What opens a transaction in which every query sees the same rows. Plain BEGIN,
# because Django would make it IMMEDIATE where a site says so for its writers, and a
# scrape must not wait for those; and because it is the only one that django-read-only
# lets through.
_CONSISTENT = "START TRANSACTION WITH CONSISTENT SNAPSHOT"
_BEGIN = {
    "sqlite": ("BEGIN",),
    "postgresql": (
        "BEGIN",
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    ),
    "mysql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", _CONSISTENT),
}

# The state that all queries see is that of the first one, which costs next to nothing
# here. MySQL's is that of the beginning.
_SETTLE = {"sqlite": "SELECT 1 FROM sqlite_master LIMIT 1", "postgresql": "SELECT 1"}


class UnreadableRows(DatabaseError):
    """A stored value is invalid in its column: SQLite and raw SQL allow that."""


def read(
    alias: str,
    statements: Callable[[], Sequence[Statement]],
    deadline: Deadline,
    settled: Callable[[], object] | None = None,
) -> list[list[DatabaseRow]]:
    """Return the rows of each statement, all of one state of the database.

    `statements` is called once there is a connection: compiling some queries needs one.
    `settled` is called as soon as later changes can't be in that state, which is before
    the first statement; inside somebody else's transaction it isn't called.
    Raises django.db.Error where that is not done by the deadline.
    """
    connection = connections[alias]
    found = []
    with reading(deadline, alias) as renew, _dates_as_iso(connection):
        alone = connection.get_autocommit() and connection.vendor in _BEGIN
        if settled is not None and alone:
            if connection.vendor in _SETTLE:
                renew()
                _fetch(connection, _SETTLE[connection.vendor], ())
            settled()
        for statement in statements():
            renew()
            found.append(_fetch(connection, *statement))
    return found


@contextmanager
def reading(
    deadline: Deadline, alias: str, *passing: type[Exception]
) -> Iterator[Callable[[], None]]:
    """Let all queries see the same state of the database of that alias, by the
    deadline.

    Yields what to call before each of them. Raises django.db.Error for whatever is
    raised meanwhile, except for the given types.
    """
    with asking(*passing):
        connection = connections[alias]
        connect(connection, deadline)
        # Somebody else's transaction is theirs to break off.
        ours = connection.get_autocommit()
        watched = cut_off(connection, deadline) if ours else nullcontext()
        with watched, _intact(connection), one_view(alias) as alone:
            # Inside somebody else's transaction no bound is set on the time it takes.
            bound = (
                bounded(connection, deadline) if alone else nullcontext(lambda: None)
            )
            with bound as renew:
                yield renew


@contextmanager
def one_view(alias: str) -> Iterator[bool]:
    """Let all queries see the same rows, because rows of one refer to rows of another.
    Inside atomic() the caller sees to that.

    Yields whether it has opened a transaction of its own for that. Raises
    UnreadableRows for a stored value that is invalid in its column.
    """
    connection = connections[alias]
    alone = connection.get_autocommit() and connection.vendor in _BEGIN
    # No code that a site runs around its queries can refuse rollback().
    with undoing(connection, connection.rollback) if alone else nullcontext():
        for statement in _BEGIN[connection.vendor] if alone else ():
            # Packages that let only known statements through don't know this one.
            run = _by_driver if statement == _CONSISTENT else execute
            run(connection, statement)
        try:
            yield alone
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise UnreadableRows(f"a stored value can't be read: {error}") from error


@contextmanager
def _intact(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Keep somebody else's transaction as it is, whatever fails meanwhile: PostgreSQL
    breaks it off at the first error, and makes its COMMIT a rollback without another.
    """
    if connection.vendor != "postgresql" or connection.get_autocommit():
        yield
        return
    savepoint = "SAVEPOINT otel_sla"
    _by_driver(connection, savepoint)
    try:
        yield
    except BaseException:
        with suppress(DatabaseFailure):
            _by_driver(connection, f"ROLLBACK TO {savepoint}; RELEASE {savepoint}")
        raise
    _by_driver(connection, f"RELEASE {savepoint}")


def _by_driver(connection: BaseDatabaseWrapper, statement: str) -> None:
    """Run a statement that no code of a site's around its queries can refuse."""
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(statement)


def _fetch(
    connection: BaseDatabaseWrapper, sql: str, parameters: tuple[Any, ...]
) -> list[DatabaseRow]:
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())
        except DataError as error:
            of_server = getattr(error.__cause__, "sqlstate", None) is not None
            if of_server or not hasattr(cursor.cursor, "adapters"):
                raise
            # psycopg gives up on all rows where a date is none to Python.
            _read_any_date(cursor.cursor)
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())
        except OperationalError as error:
            if connection.vendor != "sqlite" or "decode to UTF-8" not in str(error):
                raise
        # SQLite keeps text of any bytes, and its driver gives up on the whole query.
        with _any_bytes(connection):
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())


def _read_any_date(cursor: Any) -> None:
    """Have a cursor of psycopg return dates that Python has not got, such as infinity,
    as text, which is recognised later."""
    from psycopg.adapt import Loader
    from psycopg.pq import Format

    def lenient(usual: type[Loader]) -> type[Loader]:
        class OrText(Loader):
            def load(self, data: Any) -> Any:
                try:
                    return usual(self.oid, cursor).load(data)
                except Exception:
                    return bytes(data).decode()

        return OrText

    for name in ("date", "timestamp", "timestamptz"):
        oid = cursor.adapters.types[name].oid
        usual = cursor.adapters.get_loader(oid, Format.TEXT)
        cursor.adapters.register_loader(oid, lenient(usual))


@contextmanager
def _dates_as_iso(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Have PostgreSQL write dates as others do, for this transaction: a role or a
    server may have another style, and the text of every date would be refused."""
    style = ""
    if connection.vendor == "postgresql":
        # It tells its clients unasked.
        style = connection.connection.info.parameter_status("DateStyle")
    if not style or style.startswith("ISO"):
        yield
        return
    execute(connection, "SET LOCAL datestyle = 'ISO'")
    try:
        yield
    finally:
        # The transaction may be somebody else's, and it may have failed.
        with suppress(Exception):
            execute(connection, f"SET LOCAL datestyle = '{style}'")


@contextmanager
def _any_bytes(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Read bytes that are not UTF-8 as lone surrogates, which are recognised later."""
    driver = connection.connection
    before = driver.text_factory
    driver.text_factory = lambda text: text.decode(errors="surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = before
