"""Read the model's rows as columns of text, all of one state of the database.

Text, whatever the column's type: a value that is none of its column's, written past
all validation, then costs its own row and no other, and rows that have not changed
cost a comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import DatabaseError, OperationalError, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from ..conf import conf
from ..database.connect import connect
from ..database.deadline import Deadline, bounded, cut_off, execute, undoing
from ..database.failures import asking
from ..models import Agreement, Component, Override, Rule, Schedule

Columns = tuple[Any, ...]

# What opens a transaction in which every query sees the same rows. Plain BEGIN,
# because Django would make it IMMEDIATE where a site says so for its writers, and a
# scrape must not wait for those; and because it is the only one that django-read-only
# lets through. MySQL's snapshot is that of the first query.
_BEGIN = {
    "sqlite": ("BEGIN",),
    "postgresql": (
        "BEGIN",
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    ),
    "mysql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "BEGIN"),
}


class UnreadableRows(DatabaseError):
    """A row holds what its column can't, written past the database's own checks."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows by ascending id; but for keys, every value is text or None."""

    schedules: list[Columns]
    rules: list[Columns]
    overrides: list[Columns]
    agreements: list[Columns]
    components: list[Columns]


def database() -> str:
    """Return the alias of the database that is read; once for what belongs together,
    because a site's router may choose another one every time."""
    return conf.DATABASE or router.db_for_read(Component)


def read(deadline: Deadline, alias: str | None = None) -> Tables:
    """Read the tables in five queries that see the same state of the database.

    Raises django.db.Error where that is not done by the deadline.
    """
    alias = alias or database()
    connection = connections[alias]
    with reading(deadline, alias) as renew, _dates_as_iso(connection):
        tables = []
        for statement in _statements(alias, connection.vendor):
            renew()
            tables.append(_fetch(connection, *statement))
    return Tables(*tables)


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
        with watched, one_view(alias) as alone:
            # Inside somebody else's transaction no bound is set on the time it takes.
            bound = bounded(connection, deadline) if alone else nullcontext(_unbounded)
            with bound as renew:
                yield renew


def _unbounded() -> None:
    """Tell the database nothing."""


@cache
def _statements(alias: str, vendor: str) -> list[tuple[str, tuple[Any, ...]]]:
    """The queries of the tables, compiled once: that takes longer than they do."""
    return [
        rows.order_by("id")
        .values_list(*keys, *(Cast(name, TextField()) for name in texts))
        .query.get_compiler(using=alias)
        .as_sql()
        for rows, keys, texts in _queries()
    ]


def _queries() -> Iterator[tuple[QuerySet[Any], tuple[str, ...], tuple[str, ...]]]:
    """Yield the rows of each table, the columns that are keys, and those of text."""
    yield (
        Schedule.objects.all(),
        ("id",),
        ("name", "timezone", "always_open", "holidays"),
    )
    yield Rule.objects.all(), ("schedule_id",), Rule.COLUMNS
    yield (
        Override.objects.all(),
        ("schedule_id", "component_id"),
        ("start", "end", "kind", "reason"),
    )
    yield (
        Agreement.objects.all(),
        ("id", "schedule_id"),
        ("name", "target", "period"),
    )
    yield Component.objects.enabled(), ("id", "agreement_id"), ("name", "labels")


def _fetch(
    connection: BaseDatabaseWrapper, sql: str, parameters: tuple[Any, ...]
) -> list[Columns]:
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())
        except OperationalError as error:
            if connection.vendor != "sqlite" or "decode to UTF-8" not in str(error):
                raise
        # SQLite keeps text of any bytes, and its driver gives up on the whole query.
        with _any_bytes(connection):
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())


@contextmanager
def _dates_as_iso(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Have PostgreSQL write dates as others do, for this transaction: a role or a
    server may have another style, and the text of every date would be refused."""
    if connection.vendor != "postgresql":
        yield
        return
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
    """Read bytes that are no text as lone surrogates, which are told apart later."""
    driver = connection.connection
    before = driver.text_factory
    driver.text_factory = lambda text: text.decode(errors="surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = before


@contextmanager
def one_view(alias: str) -> Iterator[bool]:
    """Let all queries see the same rows, or a component just loaded could be
    evaluated without its overrides. Inside atomic() that is the caller's affair.

    Yields whether it has opened a transaction of its own for that. Raises
    UnreadableRows for a stored value that is none of its column's.
    """
    connection = connections[alias]
    alone = connection.get_autocommit() and connection.vendor in _BEGIN
    # No code that a site runs around its queries can refuse rollback().
    with undoing(connection, connection.rollback) if alone else nullcontext():
        for statement in _BEGIN[connection.vendor] if alone else ():
            execute(connection, statement)
        try:
            yield alone
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise UnreadableRows(f"a stored value can't be read: {error}") from error
