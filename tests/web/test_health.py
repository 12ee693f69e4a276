"""Health: what answers to probes, whatever the site and its database are up to."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import psycopg
import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from otel_sla.database.deadline import Deadline
from otel_sla.metrics.source import snapshots
from otel_sla.web import health

from ..hosts.test_required_logins import require_logins
from ..site.test_outages import LATE, THREADED, Cluster, postgres_table
from ..support.make import make_component
from ..support.processes import GUNICORN, WSGI, make_site, sample_components, until
from ..telemetry.test_processes import routes_counted

SECRET = 'connection to server at "10.1.2.3", user "windows" failed'
PROBES = ["/healthz", "/readyz"]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    yield cluster
    cluster.remove()


def test_a_process_that_answers_is_alive_and_asks_no_database(client: Client) -> None:
    # pytest-django lets no query pass in a test that has not asked for the database.
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.parametrize("path", PROBES)
def test_probes_need_no_login_where_the_site_requires_logins(
    path: str, client: Client, settings: Any
) -> None:
    require_logins(settings, public=False)
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


@pytest.mark.django_db
def test_a_ready_process_reads_all_rows_once_and_then_asks_for_one(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_component()
    with django_assert_num_queries(8):
        assert client.get("/readyz").content == b"ok\n"
    with django_assert_num_queries(1):
        assert client.get("/readyz").content == b"ok\n"


@pytest.mark.django_db
def test_a_site_without_components_is_ready(client: Client) -> None:
    for _ in range(2):
        assert client.get("/readyz").status_code == 200


def test_rows_never_read_are_503_and_what_the_driver_says_goes_to_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    failure = OperationalError(SECRET)
    with patch("otel_sla.database.consistent_read.read", side_effect=failure):
        for _ in range(3):
            response = client.get("/readyz")
            assert response.status_code == 503
            assert response.content.startswith(b"not ready: the components can't be")
            assert b"10.1.2.3" not in response.content
    assert SECRET in caplog.text
    # Probes come every few seconds.
    assert sum(one.startswith("not ready: ") for one in caplog.messages) == 1


NO_ROWS: list[list[Any]] = [[], [], [], [], []]


def test_a_first_read_that_takes_long_goes_on_while_probes_come_and_go(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end, begun = threading.Event(), []

    def slow(alias: str, statements: Any, deadline: Deadline, *_: Any) -> Any:
        begun.append(deadline.left())
        assert may_end.wait(30)
        return NO_ROWS

    monkeypatch.setattr("otel_sla.database.consistent_read.read", slow)
    monkeypatch.setattr("otel_sla.web.health._WITHIN", 0.05)
    try:
        for _ in range(3):
            response = client.get("/readyz")
            assert response.status_code == 503
            assert b"are being read for the first time" in response.content
    finally:
        may_end.set()
    until(lambda: snapshots.has_rows, "the rows")
    (seconds,) = begun
    assert seconds > 7, "as long as a scrape may take"


def test_a_first_read_that_has_failed_is_begun_anew_by_the_next_probe(
    client: Client,
) -> None:
    outcomes = [OperationalError(SECRET), NO_ROWS]
    with patch("otel_sla.database.consistent_read.read", side_effect=outcomes):
        assert [client.get("/readyz").status_code for _ in range(2)] == [503, 200]


def test_a_first_read_that_fails_late_is_said_to_fail_while_it_is_tried_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    may_fail = threading.Event()

    def failing(*_: Any) -> Any:
        assert may_fail.wait(30)
        may_fail.clear()
        raise OperationalError(SECRET)

    monkeypatch.setattr("otel_sla.database.consistent_read.read", failing)
    monkeypatch.setattr("otel_sla.web.health._WITHIN", 0.05)
    first = client.get("/readyz")
    assert b"are being read for the first time" in first.content
    may_fail.set()
    until(lambda: SECRET in caplog.text, "the failure")
    until(lambda: b"log says why" in client.get("/readyz").content, "what is wrong")
    assert "not ready: the components can't be read" in caplog.text
    may_fail.set()


@pytest.mark.django_db(transaction=True)
def test_a_process_forked_during_the_first_read_reads_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = health.first_reads
    # The child has no thread that reads.
    with patch.object(health, "start"), pytest.raises(health.StillReading):
        first.wait(Deadline(0))
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with patch.object(health, "start") as begun, suppress(health.StillReading):
        first.wait(Deadline(0))
    assert begun.call_count == 1


def test_without_a_thread_for_the_first_read_a_process_is_not_ready_and_says_why(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    none_left = RuntimeError("can't start new thread")
    with patch("otel_sla.web.health.Thread", spec=threading.Thread) as thread:
        thread.return_value.start.side_effect = none_left
        assert client.get("/readyz").status_code == 503
    assert "not ready: the database can't be asked in time: can't start" in caplog.text


SESSIONS = (
    "SELECT wait_event_type FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_the_first_read_outlasts_its_probe_and_leaves_no_connection(
    tmp_path: Path,
) -> None:
    with (
        postgres_table(tmp_path) as locked,
        psycopg.connect(
            locked.site.environment["DATABASE_URL"], autocommit=True
        ) as observer,
        locked.site.serving(*THREADED, path="/healthz") as server,
    ):
        with locked.lock():
            for _ in range(2):
                assert "for the first time" in server.get("/readyz").text
            sessions = observer.execute(SESSIONS).fetchall()
            assert sessions.count(("Lock",)) == 1
        until(
            lambda: not observer.execute(SESSIONS).fetchall(), "no session but our own"
        )
        assert server.get("/readyz").text == "ok\n"
        assert "can't be read" not in server.output


@pytest.mark.django_db
def test_a_process_is_ready_while_its_last_rows_are_served_and_no_longer(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component()
    settings.OTEL_SLA = {**settings.OTEL_SLA, "MAX_SNAPSHOT_AGE": 60}
    clock = Mock(return_value=0.0)
    monkeypatch.setattr(snapshots, "_clock", clock)
    snapshots.take(int(time.time()))
    with patch("otel_sla.web.health.reading", side_effect=OperationalError(SECRET)):
        clock.return_value = 60.0
        last = client.get("/readyz")
        clock.return_value = 61.0
        over = client.get("/readyz")
    assert last.status_code == 200
    assert last.content == b"ok, with rows read 60 s ago: the database is unavailable\n"
    assert over.status_code == 503
    assert b"10.1.2.3" not in last.content + over.content


def test_a_database_that_stops_and_starts_is_told_by_readyz_and_not_by_healthz(
    cluster: Cluster, tmp_path: Path
) -> None:
    site = make_site(tmp_path, DATABASE_URL=cluster.url)
    with site.serving(*GUNICORN, WSGI, path="/healthz") as server:
        never = server.get("/readyz")
        assert (never.status, server.get("/healthz").status) == (503, 200)
        assert str(cluster.port) not in never.text
        assert "not ready: " in server.output
        cluster.start()
        assert server.get("/readyz").status == 503, "it is not migrated"
        site.load_sample()
        assert server.get("/readyz").text == "ok\n"
        cluster.stop()
        began = time.monotonic()
        during = server.get("/readyz")
        assert time.monotonic() - began < LATE
        assert (during.status, server.get("/healthz").status) == (200, 200)
        assert "the database is unavailable" in during.text
        cluster.start()
        until(lambda: server.get("/readyz").text == "ok\n", "the database again")
        assert sample_components() <= set(server.get("/metrics").text.split('"'))
        # Like scrapes, probes are no traffic.
        assert until(lambda: routes_counted(server), "a counted request") == {
            "admin/login/"
        }
        assert "Traceback" not in server.output
