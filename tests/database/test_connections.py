"""Database connections under ASGI and WSGI: closed where they can't be used again."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db.utils import ConnectionHandler
from django.test import override_settings

from otel_sla import checks

from ..support.databases import POSTGRES, postgres_url, sqlite_url
from ..support.processes import GUNICORN, MANAGE, WSGI, Server, Site, make_site, until

PERSISTENT = """
for one in DATABASES.values():
    one["CONN_MAX_AGE"] = None
SESSION_SAVE_EVERY_REQUEST = True
"""
"""What a host of WSGI may have chosen, and what has each response write a session."""

LOG_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
user = User.objects.create_superuser("ada")
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(session.session_key)
"""
UVICORN = (
    *(sys.executable, "-m", "uvicorn", "--port", "{port}", "--log-level", "error"),
    "sla_site.asgi:application",
)
TWO_WORKERS = (*UVICORN, "--workers", "2")
GTHREAD = (*GUNICORN, "--workers", "1", "--threads", "2", WSGI)
OPEN = """
import time
import django
django.setup()
from django.db import connection

def are_open(expected):
    end = time.monotonic() + 5
    while (found := asked()) != expected and time.monotonic() < end:
        time.sleep(0.05)
    return found

def asked():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        )
        return cursor.fetchone()[0]

"""
"""Counts the connections of the database, its own among them."""

OTHER_THREADS = f"""{OPEN}
import gc
from threading import Thread
from opentelemetry import metrics
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from otel_sla.database.single_thread import SingleThread

gc.disable()
reader = InMemoryMetricReader()
metrics.get_meter_provider().add_metric_reader(reader)
for _ in range(5):
    thread = Thread(target=reader.collect)
    thread.start()
    thread.join()
assert "web-shop" in reader.get_metrics_data().to_json()
print("after a host's collections", are_open(1))

thread = SingleThread("the work")
thread.call(asked, 10)
print("in a thread that is kept", are_open(2))
thread.stop()
print("when it has ended", are_open(1))
"""

KEPT = f"""{OPEN}
import asyncio
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler
from django.db import transaction
from otel_sla.database.closing import close_after_request

asked()
close_after_request(sender=None)
print("for a test client", connection.connection is not None)
with transaction.atomic():
    close_after_request(sender=ASGIHandler)
    print("inside atomic()", asked())

async def request(application):
    about = {{"type": "http", "method": "GET", "path": "/readyz"}}
    about["headers"] = [(b"host", b"localhost")]
    messages, sent = [{{"type": "http.request"}}], []

    async def receive():
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def send(message):
        sent.append(message)

    await application(about, receive, send)
    assert sent[0]["status"] == 200

async def main(application):
    async with ThreadSensitiveContext():
        for number in range(3):
            await request(application)
            kept = await sync_to_async(lambda: connection.connection is not None)()
            print("after request", number, kept)

asyncio.run(main(get_asgi_application()))
"""

AGES = """
import {module}
from django.conf import settings
print({{name: given["CONN_MAX_AGE"] for name, given in settings.DATABASES.items()}})
"""
TOKEN = "tests-only-0123456789abcdef"
MOST = 12
SOON = 5.0


class Backends:
    """The connections that PostgreSQL has for one database."""

    def __init__(self, url: str) -> None:
        self._name = urlsplit(url).path.removeprefix("/")

    def pids(self) -> set[int]:
        with psycopg.connect(POSTGRES, autocommit=True) as asking:
            rows = asking.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s", [self._name]
            )
            return {pid for (pid,) in rows}

    def are_few(self, most: int = MOST) -> bool:
        return len(self.pids()) <= most


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres_url() as url:
        yield url


@pytest.fixture(scope="module")
def backends(url: str) -> Backends:
    return Backends(url)


@pytest.fixture(scope="module")
def site(url: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with persistent connections, on PostgreSQL."""
    directory = tmp_path_factory.mktemp("connections")
    return _persistent(directory, url).load_sample()


@pytest.fixture(scope="module")
def session(site: Site) -> str:
    """The key of a session of somebody who has logged in."""
    return site.manage("shell", "-v", "0", "-c", LOG_IN).strip()


@pytest.fixture(scope="module")
def running(site: Site) -> Iterator[Server]:
    """The site under ASGI, with two workers."""
    with site.serving(*TWO_WORKERS, path="/healthz") as server:
        yield server


def _persistent(directory: Path, url: str) -> Site:
    site = make_site(
        directory,
        DATABASE_URL=url,
        DJANGO_PUBLIC_METRICS="0",
        DJANGO_METRICS_TOKENS=TOKEN,
    )
    return site.having_settings("persistent", PERSISTENT)


def _scrape(server: Server) -> int:
    return server.get("/metrics", Authorization=f"Bearer {TOKEN}").status


def test_sequential_requests_under_asgi_leave_no_connections(
    running: Server, session: str, backends: Backends
) -> None:
    cookie = f"sessionid={session}"
    for _ in range(30):
        assert _scrape(running) == 200
        assert running.get("/readyz").status == 200
        assert running.get("/", Cookie=cookie).status == 200
        assert running.get("/api/v1/components", Cookie=cookie).status == 200
    until(backends.are_few, "the connections of requests are closed", SOON)


def test_many_clients_without_a_login_under_asgi_leave_no_connections(
    running: Server, backends: Backends
) -> None:
    def five(_: int) -> set[int]:
        return {
            running.get(path).status
            for path in ("/metrics", "/readyz", "/", "/api/v1/components", "/readyz")
        }

    with ThreadPoolExecutor(40) as clients:
        assert set.union(*clients.map(five, range(40))) == {200, 302, 401}
    until(backends.are_few, "the connections of requests are closed", SOON)


def test_logged_in_pages_under_asgi_leave_no_connections(
    running: Server, session: str, backends: Backends
) -> None:
    cookie = f"sessionid={session}"
    paths = ("/", "/timeline", "/components/web-shop", "/admin/", "/nothing-here")
    for path in paths * 12:
        status = running.get(path, Cookie=cookie).status
        assert status == (404 if path == "/nothing-here" else 200)
    until(backends.are_few, "the connections of requests are closed", SOON)


def test_clients_that_hang_up_under_asgi_leave_no_connections(
    running: Server, session: str, backends: Backends
) -> None:
    cookie = f"Cookie: sessionid={session}"
    request = "\r\n".join(("GET / HTTP/1.1", "Host: localhost", cookie, "", ""))
    for _ in range(40):
        with socket.create_connection(("127.0.0.1", running.port)) as client:
            client.sendall(request.encode())
    until(lambda: running.get("/readyz").status == 200, "an answer")
    until(backends.are_few, "the connections of requests are closed", SOON)


def test_requests_under_asgi_leave_no_sqlite_descriptors(tmp_path: Path) -> None:
    site = _persistent(tmp_path, sqlite_url(tmp_path)).load_sample()
    with site.serving(*UVICORN, path="/healthz") as running:

        def descriptors() -> int:
            targets = list[str]()
            for pid in running.pids():
                for one in Path(f"/proc/{pid}/fd").iterdir():
                    with suppress(FileNotFoundError):
                        targets.append(os.readlink(one))
            return sum("site.sqlite3" in target for target in targets)

        for _ in range(40):
            assert _scrape(running) == 200
            assert running.get("/readyz").status == 200
        until(lambda: descriptors() <= MOST, "the file is closed", SOON)


def test_threads_under_wsgi_go_on_using_their_connections(
    site: Site, session: str, backends: Backends
) -> None:
    with site.serving(*GTHREAD, path="/readyz") as running:

        def ask() -> None:
            for _ in range(20):
                assert _scrape(running) == 200
                assert running.get("/", Cookie=f"sessionid={session}").status == 200

        before = backends.pids()
        ask()
        kept = backends.pids() - before
        assert kept
        ask()
        assert kept <= backends.pids()
        assert len(backends.pids() - before) <= 3


def test_threads_that_are_no_request_s_leave_no_connections(site: Site) -> None:
    done = site.run(sys.executable, "-c", OTHER_THREADS)
    assert done.stdout.splitlines() == [
        "after a host's collections 1",
        "in a thread that is kept 2",
        "when it has ended 1",
    ], done.stderr


def test_a_transaction_and_the_connections_of_a_thread_that_is_kept_stay(
    site: Site,
) -> None:
    done = site.run(sys.executable, "-c", KEPT)
    assert done.stdout.splitlines() == [
        "for a test client True",
        "inside atomic() 1",
        "after request 0 False",
        "after request 1 True",
        "after request 2 True",
    ], done.stderr


@pytest.mark.parametrize(("server", "age"), [("wsgi", 60), ("asgi", 0)])
def test_the_reference_site_keeps_connections_under_wsgi_only(
    server: str, age: int, tmp_path: Path
) -> None:
    site = make_site(
        tmp_path,
        DATABASE_URL=sqlite_url(tmp_path),
        REPLICA_URL=sqlite_url(tmp_path),
        DJANGO_SETTINGS_MODULE="deploy.settings",
        DJANGO_CONN_MAX_AGE="",
    )
    done = site.run(sys.executable, "-c", AGES.format(module=f"sla_site.{server}"))
    assert done.stdout.strip() == str({"default": age, "replica": age}), done.stderr


def _aged(age: int | None, **options: Any) -> dict[str, Any]:
    return {"default": {"CONN_MAX_AGE": age, "OPTIONS": options}}


@pytest.mark.parametrize(
    ("application", "databases", "warned"),
    [
        ("site.asgi.application", _aged(60), True),
        ("site.asgi.application", _aged(None), True),
        ("site.asgi.application", _aged(0), False),
        ("site.asgi.application", _aged(0, pool={"max_size": 4}), False),
        ("site.asgi.application", _aged(60, pool={"max_size": 4}), False),
        # What startproject writes: WSGI_APPLICATION only.
        (None, _aged(60), False),
    ],
)
def test_a_check_names_the_database_whose_connections_are_kept_in_vain(
    application: str | None,
    databases: dict[str, Any],
    warned: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "connections", ConnectionHandler(databases))
    with override_settings(ASGI_APPLICATION=application):
        found = checks.check_persistent_connections(None)
    assert [one.id for one in found] == ["otel_sla.W012"] * warned
    assert all("'default' has CONN_MAX_AGE" in one.msg for one in found)


def test_the_check_is_run(site: Site) -> None:
    assert "otel_sla.W012" in site.run(*MANAGE, "check").stderr
