"""Connections of an earlier request or of a pool: alive, given in time, given back."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, OperationalError
from django.db.utils import ConnectionHandler
from django.test.utils import CaptureQueriesContext

from otel_sla.database.connect import connect
from otel_sla.database.consistent_read import UnreadableRows, read, reading
from otel_sla.database.deadline import Deadline
from otel_sla.database.failures import NotAsked
from otel_sla.database.single_thread import SingleThread

from .test_connect import SERVERS, server_at

pytestmark = pytest.mark.django_db


@pytest.fixture(params=SERVERS)
def kept(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A connection of an earlier request, of a site that has each checked."""
    with server_at(request.param) as (wrapper, _):
        connection: Any = wrapper
        connection.ensure_connection()
        # As at the beginning of a request.
        connection.health_check_enabled, connection.health_check_done = True, False
        yield connection


def die(connection: Any) -> None:
    """End a connection, of which the driver learns when it uses it."""
    driver = connection.connection
    own = driver.fileno() if hasattr(driver, "fileno") else driver._sock.fileno()
    with socket.socket(fileno=os.dup(own)) as end:
        end.shutdown(socket.SHUT_RDWR)


def test_a_connection_that_is_alive_is_checked_once_and_kept(kept: Any) -> None:
    driver = kept.connection
    with CaptureQueriesContext(kept) as queries:
        for _ in range(3):
            connect(kept, Deadline(5))
    assert kept.connection is driver
    assert [one["sql"] for one in queries.captured_queries] == ["SELECT 1"]


def test_a_connection_that_is_not_checked_is_asked_nothing(kept: Any) -> None:
    kept.health_check_enabled = False
    with CaptureQueriesContext(kept) as queries:
        connect(kept, Deadline(5))
    assert len(queries) == 0


def test_a_connection_that_is_dead_is_replaced(kept: Any) -> None:
    driver = kept.connection
    die(kept)
    connect(kept, Deadline(5))
    assert kept.connection is not driver
    assert kept.is_usable()


@pytest.mark.parametrize("left", [0.0, -1.0])
def test_a_connection_that_is_dead_is_not_replaced_when_there_is_no_time(
    left: float, kept: Any
) -> None:
    die(kept)
    with pytest.raises(DatabaseError):
        connect(kept, Deadline(left))
    assert kept.connection is None


@pytest.fixture
def pooled() -> Iterator[Any]:
    """A connection that comes from a pool of one, and is to be given within 0.3 s."""
    with server_at("PostgreSQL") as (wrapper, _):
        pool = {"min_size": 1, "max_size": 1, "timeout": 0.3}
        wrapper.settings_dict |= {"OPTIONS": {"pool": pool}}
        connection: Any = wrapper
        yield connection
        connection.close()
        connection.close_pool()


def another(wrapper: Any) -> Any:
    """Another thread's connection, which shares the pool."""
    return ConnectionHandler({"default": wrapper.settings_dict})["default"]


def test_a_pool_s_own_timeout_stays_where_it_is_shorter(pooled: Any) -> None:
    connect(pooled, Deadline(5))
    other = another(pooled)
    for seconds in (60, 0.05):
        began = time.monotonic()
        with pytest.raises(OperationalError):
            connect(other, Deadline(seconds))
        assert time.monotonic() - began < 30
    pooled.close()
    connect(other, Deadline(5))
    assert other.is_usable()
    other.close()


def test_a_thread_that_waits_for_another_gives_back_what_a_pool_has_given(
    pooled: Any,
) -> None:
    handler = ConnectionHandler({"default": pooled.settings_dict})

    def ask() -> Any:
        with closing(handler["default"]) as own, own.cursor() as cursor:
            return cursor.execute("SELECT 1").fetchone()

    thread = SingleThread("the work")
    handler["default"].ensure_connection()
    with patch("otel_sla.database.pool.connections", handler):
        assert thread.call(ask, 30) == (1,)
        handler["default"].set_autocommit(False)
        with pytest.raises(OperationalError):
            thread.call(ask, 30)
        handler["default"].set_autocommit(True)
        handler["default"].close()
    thread.stop()


@pytest.mark.parametrize("fails", ["init_connection_state", "get_new_connection"])
@pytest.mark.parametrize("is_checked", [True, False])
def test_what_a_pool_has_given_goes_back_to_it_whatever_comes_of_it(
    is_checked: bool, fails: str, pooled: Any
) -> None:
    pooled.settings_dict["CONN_HEALTH_CHECKS"] = is_checked
    with (
        patch.object(type(pooled), fails, side_effect=OperationalError("odd")),
        pytest.raises(OperationalError, match="odd"),
    ):
        connect(pooled, Deadline(5))
    pooled.close()
    for _ in range(2):
        connect(pooled, Deadline(5))
        assert pooled.is_usable()
        pooled.close()
    # Django's own way leads to the pool as well.
    pooled.ensure_connection()
    assert pooled.is_usable()


@pytest.mark.parametrize(
    "error",
    [
        ValueError("month must be in 1..12"),
        OverflowError("too large"),
        ZeroDivisionError("by zero"),
        RecursionError("too deep"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_stored_value_that_is_none_of_its_column_is_said_to_be_that(
    error: Exception,
) -> None:
    with (
        pytest.raises(UnreadableRows, match=f"a stored value can't be read: {error}"),
        reading(Deadline(5), "default"),
    ):
        raise error


def test_another_error_is_told_by_its_type_unless_the_caller_wants_it() -> None:
    with (
        pytest.raises(NotAsked, match=r"^KeyError: 'odd'$"),
        reading(Deadline(5), "default"),
    ):
        raise KeyError("odd")
    with pytest.raises(KeyError), reading(Deadline(5), "default", KeyError):
        raise KeyError("odd")
    with (
        pytest.raises(NotAsked, match=r"^MemoryError$"),
        reading(Deadline(5), "default"),
    ):
        raise MemoryError


def test_text_that_is_none_is_read_and_the_next_reading_is_as_before() -> None:
    handler = ConnectionHandler(
        {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    )
    wrapper: Any = handler["default"]
    odd = "SELECT CAST(x'61ff62' AS TEXT)"
    with patch("otel_sla.database.consistent_read.connections", handler):
        wrapper.ensure_connection()
        before = wrapper.connection.text_factory
        (((text,),),) = read("default", lambda: [(odd, ())], Deadline(5))
    assert text == "a\udcffb"
    assert wrapper.connection.text_factory is before
    wrapper.close()


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
@pytest.mark.parametrize("same_size", [True, False])
def test_a_file_that_was_replaced_is_read_and_one_that_was_not_stays_open(
    same_size: bool, journal: str, tmp_path: Path
) -> None:
    def write(file: Path, name: str) -> None:
        with closing(sqlite3.connect(file)) as made:
            made.execute(f"PRAGMA journal_mode = {journal}")
            made.execute("CREATE TABLE named (name text)")
            made.execute("INSERT INTO named VALUES (?)", [name])
            made.commit()

    def names() -> list[str]:
        (rows,) = read("default", lambda: [("SELECT name FROM named", ())], Deadline(5))
        return [name for (name,) in rows]

    file, new = tmp_path / "site.sqlite3", tmp_path / "new.sqlite3"
    write(file, "old")
    write(new, "new" if same_size else "n" * 100_000)
    settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}
    handler = ConnectionHandler({"default": settings})
    with patch("otel_sla.database.consistent_read.connections", handler):
        assert names() == names() == ["old"]
        driver = handler["default"].connection
        assert names() == ["old"]
        assert handler["default"].connection is driver
        new.replace(file)
        handler["default"].in_atomic_block = True
        connect(handler["default"], Deadline(5))
        with handler["default"].cursor() as cursor:
            # The caller's transaction goes on with what it has begun to read.
            assert cursor.execute("SELECT name FROM named").fetchone() == ("old",)
        handler["default"].in_atomic_block = False
        assert names() == ["new" if same_size else "n" * 100_000]
        file.unlink()
        with pytest.raises(OperationalError, match="there is no database file"):
            names()
        assert not file.exists()
    handler["default"].close()


INSIDE = {
    "PostgreSQL": "SELECT current_setting('transaction_isolation')",
    "MariaDB": "SELECT trx_isolation_level FROM information_schema.innodb_trx"
    " WHERE trx_mysql_thread_id = CONNECTION_ID()",
}
BEGUN = {
    "PostgreSQL": "SELECT 1",
    "MariaDB": "SELECT count(*) FROM mysql.innodb_table_stats",
}


@pytest.mark.parametrize("database", SERVERS)
def test_all_statements_of_a_reading_see_one_state(database: str) -> None:
    with server_at(database) as (wrapper, _):
        handler = {"default": wrapper}
        statements = [(BEGUN[database], ()), (INSIDE[database], ())]
        with patch("otel_sla.database.consistent_read.connections", handler):
            _, ((isolation,),) = read("default", lambda: statements, Deadline(30))
    assert isolation.lower() == "repeatable read"
