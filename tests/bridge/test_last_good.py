"""Reading again where a connection was dead, and where it must not be."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.db import OperationalError, connection, connections

from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.no_rows import NoRows

from .test_registry import Ones

ROWS = [[(1,)]]


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """What reads the rows, and fails at first."""
    read = Mock(side_effect=[OperationalError("server closed"), ROWS])
    monkeypatch.setattr("otel_sla.database.consistent_read.read", read)
    return read


def outside_transactions(is_usable: bool) -> Any:
    """Have the test's connection be as one of an earlier request."""
    return patch.multiple(
        connections["default"],
        in_atomic_block=False,
        is_usable=lambda: is_usable,
        close=Mock(),
    )


@pytest.mark.django_db
def test_rows_are_read_again_where_the_connection_of_before_is_dead(
    reading: Mock,
) -> None:
    with connection.cursor(), outside_transactions(is_usable=False):
        assert LastGood(Ones("one", required=True)).take(7).read_at == 7
        connections["default"].close.assert_called_once_with()  # type: ignore[attr-defined]
    assert reading.call_count == 2


@pytest.mark.django_db
def test_rows_are_not_read_again_where_the_connection_is_of_use(reading: Mock) -> None:
    with (
        connection.cursor(),
        outside_transactions(is_usable=True),
        pytest.raises(NoRows, match="server closed"),
    ):
        LastGood(Ones("one", required=True)).take(7)
    assert reading.call_count == 1


@pytest.mark.django_db
def test_a_transaction_of_the_caller_s_is_not_closed_to_read_again(
    reading: Mock,
) -> None:
    with (
        connection.cursor(),
        patch.multiple(connections["default"], is_usable=lambda: False, close=Mock()),
        pytest.raises(NoRows, match="server closed"),
    ):
        LastGood(Ones("one", required=True)).take(7)
    assert reading.call_count == 1
