"""Leases: taken by one at a time, by the clock of the database."""

from __future__ import annotations

import time
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ConnectionHandler
from django.test import override_settings

from otel_sla.models.leases import DatabaseClock, Lease, LeaseQuerySet, acquire

from ..database.test_connect import SERVERS, server_at

pytestmark = pytest.mark.django_db


def moment(wrapper: Any) -> float:
    """Return what the database's clock says."""
    query = Lease.objects.all().query
    compiler = wrapper.ops.compiler("SQLCompiler")(query, wrapper, "default")
    sql, parameters = compiler.compile(DatabaseClock())
    with wrapper.cursor() as cursor:
        cursor.execute(f"SELECT {sql}", parameters)
        (found,) = cursor.fetchone()
    return float(found)


ELSEWHERE = {
    "PostgreSQL": "SET TIME ZONE 'Asia/Kathmandu'",
    "MariaDB": "SET time_zone = '+05:45'",
}


@pytest.mark.parametrize("database", SERVERS)
def test_the_clock_is_that_of_no_zone(database: str) -> None:
    with server_at(database) as (wrapper, _):
        with wrapper.cursor() as cursor:
            cursor.execute(ELSEWHERE[database])
        assert moment(wrapper) == pytest.approx(time.time(), abs=60)


def test_the_clock_of_sqlite_is_in_seconds_and_parts_of_one() -> None:
    settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    wrapper = ConnectionHandler({"default": settings})["default"]
    assert moment(wrapper) == pytest.approx(time.time(), abs=1)
    wrapper.close()


def test_a_holder_renews_its_lease_and_another_waits_for_what_is_left() -> None:
    assert acquire("a", "one", 60) == 0
    assert acquire("a", "one", 60) == 0
    assert 58 < acquire("a", "another", 60) <= 60
    assert acquire("b", "another", 60) == 0, "another lease"
    Lease.objects.filter(name="a").update(expires=DatabaseClock() + 20)
    assert 18 < acquire("a", "another", 60) <= 20
    Lease.objects.filter(name="a").update(expires=DatabaseClock())
    assert acquire("a", "another", 60) == 0
    assert 58 < acquire("a", "one", 60) <= 60


@pytest.mark.parametrize(("left", "is_free"), [(-1, True), (64, False), (70, True)])
def test_a_lease_that_lasts_longer_than_any_may_was_taken_by_another_clock(
    left: int, is_free: bool
) -> None:
    acquire("a", "one", 60)
    Lease.objects.update(expires=DatabaseClock() + left)
    assert (acquire("a", "another", 60) == 0) == is_free


def test_a_lease_that_expires_while_it_is_asked_for_is_not_had() -> None:
    """Nobody has it then, and who asks again has."""
    acquire("a", "one", 60)
    Lease.objects.update(expires=DatabaseClock() - 1)
    with patch.object(LeaseQuerySet, "update", return_value=0):
        assert 0 < acquire("a", "another", 60) < 1
    assert Lease.objects.get().holder == "one"


def test_who_comes_second_to_a_lease_that_is_new_waits_and_keeps_its_transaction() -> (
    None
):
    acquire("a", "one", 60)
    with transaction.atomic():
        Lease.objects.create(name="mine", holder="me", expires=0)
        nothing = patch.object(
            LeaseQuerySet, "filter", lambda rows, *given, **named: rows.none()
        )
        with nothing:
            assert acquire("a", "another", 60) == 60
        assert Lease.objects.get(name="mine").holder == "me"
    assert Lease.objects.get(name="a").holder == "one"
    assert connection.is_usable()
    with pytest.raises(IntegrityError), transaction.atomic():
        Lease.objects.create(name="a", holder="another", expires=0)


class Replica:
    """A router of a site that reads from another database than it writes to."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"


def test_a_lease_is_taken_in_the_database_that_is_written_to() -> None:
    with override_settings(DATABASE_ROUTERS=[Replica()]):
        assert acquire("a", "one", 60) == 0
        assert acquire("a", "another", 60) > 0
    assert Lease.objects.get().holder == "one"
