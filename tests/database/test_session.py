"""A site's session and transactions are as they were, whatever a reading has done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from django.db import DatabaseError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from otel_sla.database.connect import connect
from otel_sla.database.consistent_read import read
from otel_sla.database.deadline import Deadline, bounded

from .test_connect import server_at

pytestmark = pytest.mark.django_db


class Product(NamedTuple):
    """How a database is asked for its session, for so many seconds of work, to begin
    a transaction, and which one it is in."""

    session: str
    lasting: Callable[[float], str]
    begin: str
    transaction: str


COUNT = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {:.0f})"
    " SELECT count(*) FROM n"
)
PRODUCTS = {
    "SQLite": Product(
        "SELECT timeout, 0 FROM pragma_busy_timeout()",
        lambda seconds: COUNT.format(1e9 * seconds),
        "BEGIN",
        "SELECT 0",
    ),
    "PostgreSQL": Product(
        "SELECT current_setting('statement_timeout'),"
        " current_setting('transaction_isolation'),"
        " current_setting('transaction_read_only'), current_setting('DateStyle')",
        lambda seconds: f"SELECT pg_sleep({seconds})",
        "SELECT 1",
        "SELECT txid_current()",
    ),
    "MariaDB": Product(
        "SELECT @@SESSION.max_statement_time, @@SESSION.tx_isolation",
        lambda seconds: f"SELECT SLEEP({seconds})",
        "START TRANSACTION",
        "SELECT @@in_transaction",
    ),
}


@pytest.fixture(params=PRODUCTS)
def product(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@contextmanager
def opened(product: str, directory: Path) -> Iterator[Any]:
    """A site's connection: unbounded, but for what the site itself has set."""
    if product == "SQLite":
        file = directory / "site.sqlite3"
        file.touch()
        wrapper = ConnectionHandler(
            {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}}
        )["default"]
        yield wrapper
        wrapper.close()
    else:
        with server_at(product) as (wrapper, _):
            yield wrapper


@pytest.fixture
def connection(product: str, tmp_path: Path) -> Iterator[Any]:
    with (
        opened(product, tmp_path) as wrapper,
        patch(
            "otel_sla.database.consistent_read.connections",
            {"default": wrapper},
        ),
    ):
        yield wrapper


def asked(connection: BaseDatabaseWrapper, statement: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        (row,) = cursor.fetchall()
    return tuple(row)


def state(product: str, connection: Any) -> list[Any]:
    """All of the session that a reading might leave changed."""
    return [
        asked(connection, PRODUCTS[product].session),
        getattr(getattr(connection.connection, "info", None), "transaction_status", 0),
        # In force for whatever the driver waits for.
        getattr(connection.connection, "_read_timeout", None),
        getattr(connection.connection, "text_factory", None),
        getattr(connection.connection, "in_transaction", None),
        connection.get_autocommit(),
    ]


GOOD, BAD = "SELECT 1", "SELECT * FROM nowhere"
READINGS: Mapping[str, tuple[str | float, float]] = {
    "that succeeds": (GOOD, 30),
    "that is refused": (BAD, 30),
    "that takes too long": (5.0, 0.3),
    "that comes too late": (GOOD, 0),
}


@pytest.mark.parametrize("reading", READINGS)
def test_a_session_goes_on_as_it_was_after_a_reading(
    reading: str, product: str, connection: Any
) -> None:
    statement, seconds = READINGS[reading]
    if isinstance(statement, float):
        statement = PRODUCTS[product].lasting(statement)
    connection.ensure_connection()
    driver = connection.connection
    before = state(product, connection)
    with suppress(DatabaseError):
        read("default", lambda: [(GOOD, ()), (statement, ())], Deadline(seconds))
    assert state(product, connection) == before
    if seconds > 1:
        assert connection.connection is driver, "it was of use, and stays open"


def test_the_database_itself_ends_what_lasts_past_the_deadline(
    product: str, connection: Any
) -> None:
    connection.ensure_connection()
    driver = connection.connection
    connection.set_autocommit(False)
    began = time.monotonic()
    with suppress(OperationalError), bounded(connection, Deadline(0.3)) as renew:
        with connection.cursor() as cursor:
            cursor.execute(PRODUCTS[product].begin)
        renew()
        asked(connection, PRODUCTS[product].lasting(9.0))
    assert 0.2 < time.monotonic() - began < 6
    connection.rollback()
    connection.set_autocommit(True)
    asked(connection, GOOD)
    assert connection.connection is driver


def test_what_has_bounded_a_reading_ends_nothing_of_the_site_s_afterwards(
    product: str, connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read("default", lambda: [(GOOD, ())], Deadline(0.3))
    monotonic = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + 60)
    # As many steps as SQLite makes between two looks at the time, and more.
    lasting = COUNT.format(50_000) if product == "SQLite" else None
    asked(connection, lasting or PRODUCTS[product].lasting(0.7))


@pytest.mark.parametrize("reading", ["that succeeds", "that lasts"])
def test_a_transaction_of_the_site_s_own_is_neither_bounded_nor_ended(
    reading: str, product: str, connection: Any
) -> None:
    connection.ensure_connection()
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute(PRODUCTS[product].begin)
    transaction = asked(connection, PRODUCTS[product].transaction)
    driver, before = connection.connection, state(product, connection)
    lasting = COUNT.format(50_000) if product == "SQLite" else None
    statement = (
        GOOD
        if reading == "that succeeds"
        else lasting or PRODUCTS[product].lasting(0.5)
    )
    (rows,) = read("default", lambda: [(statement, ())], Deadline(0.05))
    assert len(rows) == 1
    assert connection.connection is driver
    assert state(product, connection) == before
    assert asked(connection, PRODUCTS[product].transaction) == transaction
    connection.rollback()
    connection.set_autocommit(True)


@pytest.mark.parametrize("product", ["SQLite", "PostgreSQL"])
def test_a_transaction_of_the_site_s_own_keeps_what_it_has_written(
    product: str, connection: Any
) -> None:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE written (id integer)")
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO written VALUES (1)")
    with pytest.raises(DatabaseError):
        read("default", lambda: [(GOOD, ()), (BAD, ())], Deadline(30))
    connection.commit()
    connection.set_autocommit(True)
    assert asked(connection, "SELECT count(*) FROM written") == (1,)


@pytest.mark.parametrize("own", [None, 7], ids=["none", "the site's own"])
def test_connecting_in_time_leaves_the_site_its_own_timeouts(
    own: int | None, product: str, connection: Any
) -> None:
    option = {"SQLite": "timeout", "MariaDB": "read_timeout"}.get(product)
    given = connection.settings_dict["OPTIONS"] = (
        {option: own} if own and option else {}
    )
    connect(connection, Deadline(2))
    if product == "SQLite":
        assert asked(connection, "PRAGMA busy_timeout") == ((own or 5) * 1_000,)
    elif product == "MariaDB":
        assert connection.connection._read_timeout == own
    else:
        assert asked(connection, "SHOW statement_timeout") == ("0",)
    assert connection.settings_dict["OPTIONS"] is given
    connection.close()
    connection.ensure_connection()
    if product == "SQLite":
        assert asked(connection, "PRAGMA busy_timeout") == ((own or 5) * 1_000,)


def test_a_lock_timeout_that_a_site_sets_when_it_connects_stays(tmp_path: Path) -> None:
    with opened("SQLite", tmp_path) as wrapper:
        wrapper.settings_dict["OPTIONS"] = {
            "init_command": "PRAGMA busy_timeout = 1234",
            "timeout": 20,
        }
        connect(wrapper, Deadline(2))
        assert asked(wrapper, "PRAGMA busy_timeout") == (1234,)


def test_waiting_for_a_lock_is_bounded_while_connecting_and_reading(
    tmp_path: Path,
) -> None:
    with opened("SQLite", tmp_path) as wrapper, opened("SQLite", tmp_path) as other:
        wrapper.settings_dict["OPTIONS"] = {"timeout": 60}
        other.ensure_connection()
        asked(other, "PRAGMA locking_mode = EXCLUSIVE")
        with other.cursor() as cursor:
            cursor.execute("CREATE TABLE kept (id integer)")
            cursor.execute("BEGIN EXCLUSIVE")
        with patch(
            "otel_sla.database.consistent_read.connections", {"default": wrapper}
        ):
            began = time.monotonic()
            with pytest.raises(OperationalError, match="locked"):
                read("default", lambda: [("SELECT * FROM kept", ())], Deadline(0.2))
            assert time.monotonic() - began < 30
