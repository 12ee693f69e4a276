"""Connections that are closed at the end, and those that others go on using."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connections
from django.db.utils import ConnectionHandler

from otel_sla.bridge.registry import Registry
from otel_sla.database.closing import close_after_request, closing_new
from otel_sla.telemetry import callbacks

pytestmark = pytest.mark.django_db


@pytest.fixture
def databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Databases of a site, none of which is connected to."""
    handler = ConnectionHandler(
        {
            name: {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(tmp_path / name),
            }
            for name in ("default", "replica", "unused")
        }
    )
    monkeypatch.setattr("otel_sla.database.closing.connections", handler)
    return handler


def opened(databases: Any) -> set[str]:
    return {
        name
        for name in ("default", "replica", "unused")
        if databases[name].connection is not None
    }


def test_what_was_open_before_stays_open_and_what_is_new_is_closed(
    databases: Any,
) -> None:
    def fails() -> None:
        with closing_new():
            databases["replica"].ensure_connection()
            assert opened(databases) == {"default", "replica"}
            raise OperationalError

    databases["default"].ensure_connection()
    with pytest.raises(OperationalError):
        fails()
    assert opened(databases) == {"default"}
    databases["default"].close()


def test_what_is_in_a_transaction_is_not_closed(databases: Any) -> None:
    with closing_new():
        databases["default"].ensure_connection()
        databases["default"].in_atomic_block = True
    with databases["default"].cursor() as cursor:
        assert cursor.execute("SELECT 7").fetchone() == (7,)
    assert not databases["default"].closed_in_transaction
    databases["default"].in_atomic_block = False
    databases["default"].close()


@pytest.mark.parametrize("handler", [ASGIHandler, WSGIHandler, None])
def test_a_thread_s_connections_are_closed_after_its_first_asgi_request_only(
    handler: Any, databases: Any
) -> None:
    found: list[set[str]] = []

    def requests() -> None:
        for _ in range(3):
            databases["default"].ensure_connection()
            close_after_request(sender=handler)
            found.append(opened(databases))
        databases["default"].close()

    thread = Thread(target=requests)
    thread.start()
    thread.join()
    first = set() if handler is ASGIHandler else {"default"}
    assert found == [first, {"default"}, {"default"}]


@pytest.mark.parametrize("is_in_transaction", [True, False])
def test_a_collection_closes_nothing_of_a_transaction_and_else_what_is_stale(
    is_in_transaction: bool,
) -> None:
    """Django would close a connection in atomic(), whose autocommit differs."""
    wrapper = connections["default"]
    wrapper.ensure_connection()
    with patch.multiple(
        wrapper,
        in_atomic_block=is_in_transaction,
        close_if_unusable_or_obsolete=Mock(),
        close=Mock(),
    ):
        collection = callbacks.collect_now(Registry())
        stale: Any = wrapper.close_if_unusable_or_obsolete
        assert stale.call_count == (0 if is_in_transaction else 2)
        assert len(collection) == 0
