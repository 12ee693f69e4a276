"""Rows as no form and no model would write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper


def write_raw(statement: str, parameters: Sequence[Any] = ()) -> bool:
    """Run a statement in spite of the constraints; say whether the row is in.

    SQLite lets any value into any column. Where a database refuses one by the type of
    its column, such a row can't be, and a test about it has nothing more to ask.
    """
    try:
        with (
            transaction.atomic(),
            connection.cursor() as cursor,
            UNCONSTRAINED[connection.vendor](cursor),
        ):
            cursor.execute(statement, parameters)
    except DatabaseError:
        if connection.vendor == "sqlite":
            raise
        return False
    return True


@contextmanager
def _sqlite(cursor: CursorWrapper) -> Iterator[None]:
    cursor.execute("PRAGMA ignore_check_constraints = ON")
    try:
        yield
    finally:
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


@contextmanager
def _postgresql(cursor: CursorWrapper) -> Iterator[None]:
    """Without the constraints, until the test's transaction is rolled back."""
    # No table is altered while a foreign key of its rows is still to be checked.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for model in apps.get_app_config("otel_sla").get_models():
        table = model._meta.db_table
        found = connection.introspection.get_constraints(cursor, table)
        for name, constraint in found.items():
            if constraint["check"]:
                cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    yield


@contextmanager
def _mysql(cursor: CursorWrapper) -> Iterator[None]:
    cursor.execute("SET check_constraint_checks = 0")
    cursor.execute("SET @strict = @@sql_mode")
    cursor.execute("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")
    try:
        yield
    finally:
        cursor.execute("SET sql_mode = @strict")
        cursor.execute("SET check_constraint_checks = 1")


UNCONSTRAINED: dict[str, Callable[[CursorWrapper], Any]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
}
