"""A database that is gone, locked or slow: the last rows, in time, and said so."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql

from ..support.at_once import parametrize_at_once
from ..support.databases import mariadb_url, postgres_url, sqlite_url
from ..support.parts import missing
from ..support.processes import (
    GUNICORN,
    WSGI,
    Answer,
    Server,
    Site,
    components_in,
    free_port,
    make_site,
    sample_components,
    until,
)
from ..support.silence import CHECKED, POOLED, falling_silent

THREADED = (*GUNICORN, "--threads", "4", WSGI)
TIMEOUT = 2
"""Seconds that the scrapes here allow; rows are to be read in a fifth less."""
LATE = 7.0
"""Seconds after which what a scrape allows can't have been heard: without it, 8.

That is all of an answer, which a busy machine makes late; its duration() is exact.
"""


def scrape(server: Server) -> tuple[Answer, float]:
    """Scrape as Prometheus does; return how long it took as well."""
    began = time.monotonic()
    answer = server.get("/metrics", X_Prometheus_Scrape_Timeout_Seconds=str(TIMEOUT))
    return answer, time.monotonic() - began


def value_of(sample: str, answer: Answer) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", answer.text, re.MULTILINE)
    assert found, sample
    return float(found[1])


def duration(answer: Answer) -> float:
    """Return the seconds that reading and evaluating took, in vain or not."""
    return value_of("service_window_collection_duration_seconds", answer)


def read_at(answer: Answer) -> float:
    return value_of("service_window_snapshot_timestamp_seconds", answer)


def errors(answer: Answer) -> float:
    return value_of('service_window_collection_errors_total{stage="read"}', answer)


@dataclass(frozen=True, slots=True)
class Locked:
    """A site, and what locks its components for everybody else."""

    site: Site
    lock: Callable[[], Any]


@contextmanager
def sqlite_file(directory: Path) -> Iterator[Locked]:
    site = make_site(directory, DATABASE_URL=sqlite_url(directory)).load_sample()
    file = directory / "site.sqlite3"

    @contextmanager
    def lock() -> Iterator[None]:
        other = sqlite3.connect(file, isolation_level=None)
        # In WAL mode a writer keeps no reader out; this does.
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()

    # Each scrape connects anew: a reader that is connected keeps the file open.
    yield Locked(site.having_settings("no_wal", NO_WAL), lock)


NO_WAL = """
DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=DELETE"
"""


@contextmanager
def postgres_table(directory: Path) -> Iterator[Locked]:
    with postgres_url() as url:
        site = make_site(directory, DATABASE_URL=url).load_sample()

        @contextmanager
        def lock() -> Iterator[None]:
            with psycopg.connect(url) as other:
                other.execute("LOCK TABLE otel_sla_component IN ACCESS EXCLUSIVE MODE")
                yield

        yield Locked(site, lock)


@contextmanager
def mariadb_table(directory: Path) -> Iterator[Locked]:
    with mariadb_url() as url:
        site = make_site(directory, DATABASE_URL=url).load_sample()
        address = urlsplit(url)

        @contextmanager
        def lock() -> Iterator[None]:
            other = pymysql.connect(
                host=address.hostname or "127.0.0.1",
                port=address.port or 3306,
                user=address.username or "root",
                password=unquote(address.password or ""),
                database=address.path.strip("/"),
            )
            with other, other.cursor() as cursor:
                cursor.execute("LOCK TABLES otel_sla_component WRITE")
                yield

        yield Locked(site, lock)


LOCKED = {
    "an SQLite file": sqlite_file,
    "a table of PostgreSQL": postgres_table,
    "a table of MariaDB": mariadb_table,
}


@parametrize_at_once("what", LOCKED)
def test_a_scrape_during_a_lock_answers_in_time_with_the_last_rows(
    what: str, tmp_path: Path
) -> None:
    with LOCKED[what](tmp_path) as locked, locked.site.serving(*THREADED) as server:
        before, _ = scrape(server)
        assert errors(before) == 0
        until(lambda: int(time.time()) > read_at(before), "the next second")
        with locked.lock():
            during, took = scrape(server)
        assert during.status == 200
        assert took < LATE
        assert duration(during) < TIMEOUT
        assert components_in(during.text) == sample_components()
        assert read_at(during) == read_at(before)
        assert errors(during) == 1
        after, _ = scrape(server)
        assert read_at(after) > read_at(before)
        assert errors(after) == 1
        assert server.output.count("the components can't be read: ") == 1
        assert server.output.count("the components can be read again") == 1
        assert "Traceback" not in server.output


def test_scrapes_do_not_wait_for_one_that_is_held_up(tmp_path: Path) -> None:
    with (
        postgres_table(tmp_path) as locked,
        locked.site.serving(*THREADED) as server,
    ):
        scrape(server)
        with locked.lock():
            held_up = threading.Thread(target=server.get, args=("/metrics",))
            held_up.start()
            waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            with psycopg.connect(locked.site.environment["DATABASE_URL"]) as observer:
                observer.autocommit = True
                until(lambda: observer.execute(waiting).fetchall(), "a scrape waiting")
            answer, took = scrape(server)
            held_up.join()
    assert took < LATE
    assert components_in(answer.text) == sample_components()
    waited = 'service_window_collection_errors_total{stage="wait"}'
    assert value_of(waited, answer) == 1


class Cluster:
    """A PostgreSQL server of the test's own, which it can stop and start."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        path = shutil.which("pg_ctl") or (str(found[-1]) if found else None)
        self._programs = Path(path or missing("pg_ctl")).parent
        self.port = free_port()
        # PostgreSQL refuses to run as root, and pytest's directories are root's own.
        self._user = {"user": "postgres"} if os.getuid() == 0 else {}
        self._data = Path(tempfile.mkdtemp(prefix="otel_sla_cluster_"))
        if self._user:
            shutil.chown(self._data, **self._user)
        self._run("initdb", "--username=postgres", "--auth=trust", "--no-sync")
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        sockets = f"-c unix_socket_directories={self._data}"
        self._run("pg_ctl", "start", "-w", "-o", f"{options} {sockets}")

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    def remove(self) -> None:
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._data)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self._data, *arguments],
            cwd=self._data,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
            **self._user,  # type: ignore[call-overload]
        )


@contextmanager
def new_cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    try:
        yield cluster
    finally:
        cluster.remove()


@parametrize_at_once("settings", ["", POOLED], ids=["kept", "pooled"])
def test_postgresql_stopped_and_started_again_is_noticed_and_got_over(
    settings: str, tmp_path: Path
) -> None:
    with new_cluster() as cluster:
        stop_and_start(cluster, settings, tmp_path)


def stop_and_start(cluster: Cluster, settings: str, tmp_path: Path) -> None:
    cluster.start()
    site = make_site(tmp_path, DATABASE_URL=cluster.url)
    site = site.having_settings("connected", settings).load_sample()
    with site.serving(*GUNICORN, WSGI) as server:
        before, _ = scrape(server)
        until(lambda: int(time.time()) > read_at(before), "the next second")
        cluster.stop()
        try:
            for failures in (1, 2, 3):
                during, took = scrape(server)
                assert (during.status, errors(during)) == (200, failures)
                assert took < LATE
                assert duration(during) < TIMEOUT
                assert components_in(during.text) == sample_components()
                assert read_at(during) == read_at(before)
        finally:
            cluster.start()

        def after_it() -> list[Answer]:
            answer, _ = scrape(server)
            return [answer] if read_at(answer) > read_at(before) else []

        (after,) = until(after_it, "rows that were read anew")
        if not settings:
            assert errors(after) == 3, "at the first scrape after it"
        # Restarted between two scrapes: the connection is dead, the database is not.
        cluster.stop()
        cluster.start()
        again, _ = scrape(server)
        assert errors(again) == errors(after)
        assert read_at(again) >= read_at(after)
        assert "Traceback" not in server.output


def test_rows_never_read_and_rows_too_old_are_503_that_says_why(
    tmp_path: Path,
) -> None:
    short = 'OTEL_SLA["MAX_SNAPSHOT_AGE"] = 0'
    with (
        new_cluster() as cluster,
        make_site(tmp_path, DATABASE_URL=cluster.url)
        .having_settings("short", short)
        .serving(*GUNICORN, WSGI) as server,
    ):
        never, _ = scrape(server)
        assert never.status == 503
        assert "never have been by this process: connection" in never.text
        assert "Connection refused" in never.text
        cluster.start()
        make_site(tmp_path, DATABASE_URL=cluster.url).load_sample()
        good, _ = scrape(server)
        assert good.status == 200
        cluster.stop()
        until(lambda: int(time.time()) > read_at(good), "the next second")
        old, _ = scrape(server)
        assert old.status == 503
        assert 'older than OTEL_SLA["MAX_SNAPSHOT_AGE"], 0 s' in old.text


TAKEN = """
import threading, time
from django.db import connection
from otel_sla.database.deadline import Deadline
from otel_sla.metrics.rows import read

def take(seconds):
    one = pool.getconn()
    time.sleep(seconds)
    pool.putconn(one)

def waiting(number):
    while len(pool._waiting) < number:
        time.sleep(0.01)

pool = connection.pool
pool.open()
held = pool.getconn()
first = threading.Thread(target=lambda: print(len(read(Deadline(20)).components)))
first.start()
waiting(1)
second = threading.Thread(target=take, args=(30,), daemon=True)
second.start()
waiting(2)
pool.putconn(held)
began = time.monotonic()
first.join()
print(time.monotonic() - began < 10)
"""


def test_a_connection_that_others_wait_for_is_kept_until_it_is_used(
    tmp_path: Path,
) -> None:
    with postgres_url() as url:
        site = make_site(tmp_path, DATABASE_URL=url).load_sample()
        site = site.having_settings(
            "one", POOLED.replace('"max_size": 2', '"max_size": 1')
        )
        said = site.manage("shell", "-v0", "-c", TAKEN).split()
    assert said == [str(len(sample_components())), "True"]


READ_ONLY = """
from django.db import connection
from django.test import Client
from datetime import UTC, datetime
from otel_sla.models import FeedToken

def status():
    return client.get(f"/calendar/{token}/all.ics").status_code

_, token = FeedToken.objects.issue("ops", datetime.now(UTC))
client = Client(headers={"host": "localhost"})
before = status()
FeedToken.objects.update(last_used=None)
with connection.cursor() as cursor:
    cursor.execute("SET default_transaction_read_only = on")
print(before, status(), FeedToken.objects.get().last_used)
"""


def test_a_database_that_may_only_be_read_serves_the_feeds_that_have_not_changed(
    tmp_path: Path,
) -> None:
    with postgres_url() as url:
        site = make_site(tmp_path, DATABASE_URL=url).load_sample()
        assert site.manage("shell", "-v0", "-c", READ_ONLY).split() == [
            *("200", "200", "None")
        ]


@parametrize_at_once(
    "database, settings",
    [
        ("PostgreSQL", ""),
        ("PostgreSQL", CHECKED),
        ("PostgreSQL", POOLED),
        ("PostgreSQL", POOLED + CHECKED),
        ("MariaDB", ""),
        ("MariaDB", CHECKED),
    ],
    ids=["kept", "checked", "pooled", "pooled-checked", "mariadb", "mariadb-checked"],
)
def test_a_database_that_falls_silent_holds_up_no_scrape(
    database: str, settings: str, tmp_path: Path
) -> None:
    with (
        falling_silent(tmp_path, database, settings) as (site, proxy),
        site.serving(*GUNICORN, WSGI) as server,
    ):
        before, _ = scrape(server)
        assert before.status == 200
        proxy.fall_silent()
        for failures in (1, 2, 3):
            during, took = scrape(server)
            assert took < LATE
            assert duration(during) < TIMEOUT
            assert components_in(during.text) == sample_components()
            assert errors(during) == failures
        assert "Traceback" not in server.output
