"""When it is certain which state of the database a reading sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import dj_database_url
import pymysql
import pytest
from django.db.utils import ConnectionHandler

from otel_sla.database.consistent_read import read
from otel_sla.database.deadline import Deadline

from ..support.databases import DATABASES


@pytest.mark.django_db
@pytest.mark.parametrize("database", DATABASES)
def test_no_change_is_seen_that_comes_after_a_state_is_settled(
    database: str, tmp_path: Path
) -> None:
    pymysql.install_as_MySQLdb()
    with DATABASES[database](tmp_path) as url:
        settings: Any = dj_database_url.parse(url)
        one, another = (ConnectionHandler({"default": settings}) for _ in range(2))

        def write(statement: str) -> None:
            with another["default"].cursor() as cursor:
                cursor.execute(statement)

        def seen() -> list[Any]:
            return read("default", lambda: [count], Deadline(30), change)

        if database == "SQLite":
            # Where readers don't hold up whoever writes.
            write("PRAGMA journal_mode = WAL")
        write("CREATE TABLE counted (n INTEGER)")
        write("INSERT INTO counted VALUES (0)")
        count = ("SELECT n FROM counted", ())
        change = lambda: write("UPDATE counted SET n = n + 1")  # noqa: E731
        try:
            with patch("otel_sla.database.consistent_read.connections", one):
                assert [seen() for _ in range(3)] == [[[(n,)]] for n in range(3)]
                # Whoever has begun the transaction knows what it sees.
                one["default"].set_autocommit(False)
                assert seen() == [[(3,)]]
                one["default"].rollback()
        finally:
            one.close_all()
            another.close_all()
