"""Every kind of process a site has: servers that measure, commands that stay idle."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import django
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text

from otel_sla.bridge.instruments import PROCESS
from otel_sla.bridge.prometheus_names import names
from otel_sla.metrics.instruments import INSTRUMENTS

from ..support.databases import sqlite_url
from ..support.processes import (
    GUNICORN,
    MANAGE,
    WSGI,
    Server,
    Site,
    components_in,
    listening_ports,
    make_site,
    sample_components,
    thread_count,
    until,
)
from .test_exposition import meaning

RUNSERVER = (*MANAGE, "runserver", "127.0.0.1:{port}")
UVICORN = (sys.executable, "-m", "uvicorn")
SERVERS = {
    "runserver": RUNSERVER,
    "runserver without the autoreloader": (*RUNSERVER, "--noreload"),
    "gunicorn": (*GUNICORN, "--workers", "2", WSGI),
    "gunicorn that preloads": (*GUNICORN, "--workers", "2", "--preload", WSGI),
    "uvicorn": (*UVICORN, "--port", "{port}", "sla_site.asgi:application"),
}

PROBE = """\
import json, os, sqlite3, sys, threading

events = os.open({file!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
start = threading.Thread.start

def record(kind, what):
    os.write(events, json.dumps([kind, what]).encode() + b"\\n")

def recorded_start(thread):
    target = getattr(thread, "_target", None) or type(thread)
    frame, callers = sys._getframe(), []
    while frame:
        callers.append(frame.f_code.co_name)
        frame = frame.f_back
    record("thread", [f"{{target.__module__}}.{{target.__qualname__}}", callers])
    start(thread)

class RecordingCursor(sqlite3.dbapi2.Cursor):
    def execute(self, sql, *parameters):
        record("statement", sql)
        return super().execute(sql, *parameters)

def hook(event, arguments):
    if event == "socket.__new__" and arguments[1] in (2, 10):
        record("socket", arguments[1])
    elif event == "sqlite3.connect":
        record("database", os.fspath(arguments[0]))

threading.Thread.start = recorded_start
sqlite3.dbapi2.Cursor = RecordingCursor
sys.addaudithook(hook)
record("process", os.getpid())
"""
"""Writes down each thread, IP socket, SQLite connection and statement of Django's."""

OURS = re.compile(r"(otel_sla|opentelemetry|prometheus_client)\b")
READS_ROWS = re.compile(r'\s*SELECT\b.*"otel_sla_', re.IGNORECASE | re.DOTALL)


class Probed:
    """A site whose processes write down what they start, from their first line on."""

    def __init__(self, site: Site, directory: Path) -> None:
        self._events = directory / "events.jsonl"
        probe = directory / "sitecustomize.py"
        probe.write_text(PROBE.format(file=str(self._events)), "utf-8")
        path = f"{directory}{os.pathsep}{site.environment['PYTHONPATH']}"
        self.site = site.having(PYTHONPATH=path)

    def seen(self, kind: str) -> list[Any]:
        """Return what was written down of a kind."""
        lines = self._events.read_text("utf-8").splitlines()
        return [what for seen, what in map(json.loads, lines) if seen == kind]

    def threads(self) -> list[str]:
        """Return what the threads run that outlive the call which started them.

        Importing the SDK runs its resource detectors in a pool, and joins it.
        """
        return [
            target
            for target, callers in self.seen("thread")
            if "get_aggregated_resources" not in callers
        ]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site whose database does not exist yet."""
    return make_site(tmp_path, DATABASE_URL=sqlite_url(tmp_path))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with the sample catalogue."""
    directory = tmp_path_factory.mktemp("loaded")
    return make_site(directory, DATABASE_URL=sqlite_url(directory)).load_sample()


def service_window_samples() -> set[str]:
    return {names(one.name, one.unit, one.kind)[1] for one in (*INSTRUMENTS, *PROCESS)}


def routes_counted(server: Server) -> set[str]:
    """Ask for a page, and return the routes that the worker which answers counted."""
    server.get("/admin/login/")
    counted = re.findall(
        r'^http_server_request_duration_seconds_count\{.*http_route="(.*?)"',
        server.get("/metrics").text,
        re.MULTILINE,
    )
    return set(counted)


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_serves_every_component_and_counts_requests_but_scrapes(
    server: str, loaded: Site, tmp_path: Path
) -> None:
    probed = Probed(loaded, tmp_path)
    with probed.site.serving(*SERVERS[server]) as running:
        scrape = running.get("/metrics")
        assert scrape.status == 200
        samples = set(re.findall(r"^(\w+)", scrape.text, re.MULTILINE))
        several = "--workers" in SERVERS[server]
        of_workers = {"service_window_workers_together"}
        assert service_window_samples() - of_workers <= samples
        assert bool(of_workers & samples) == several
        assert components_in(scrape.text) == sample_components()
        routes = until(lambda: routes_counted(running), "a counted request")
        assert routes == {"admin/login/"}
        ports = {port for pid in running.pids() for port in listening_ports(pid)}
    assert ports == {running.port}
    # One waits for others' callbacks, one evaluates schedules and ends; by another
    # workers meet, where there are several.
    meeting = {"otel_sla.fanin.worker.FanIn._take_part"} if several else set()
    # One that another asks before it has answered a scrape reads rows once.
    reading = {"otel_sla.telemetry.workers._read"} if several else set()
    ours = {one for one in probed.threads() if OURS.match(one)}
    always = {
        "otel_sla.database.single_thread.SingleThread._run",
        "otel_sla.metrics.evaluator.Evaluator._run",
        *meeting,
    }
    assert always <= ours <= always | reading
    assert "Traceback" not in running.output


def test_the_direct_path_turned_off_serves_the_same_samples(loaded: Site) -> None:
    stock = loaded.having_settings("stock", 'OTEL_SLA["DIRECT_EXPOSITION"] = False')

    def served(site: Site) -> tuple[set[Any], str]:
        with site.serving(*GUNICORN, WSGI) as server:
            text = server.get("/metrics").text
        samples, _ = meaning(parse_text(text))
        return set(samples), text

    (ours, direct), (theirs, through_the_sdk) = served(loaded), served(stock)
    assert ours == theirs
    assert len(ours) > 4 * len(sample_components())
    # The SDK's are floats and have the labels of all components.
    assert "service_window_components 63\n" in direct
    assert "service_window_components 63.0\n" in through_the_sdk


@pytest.mark.parametrize("application", [WSGI, "sla_site.asgi:application"])
def test_a_server_without_a_key_refuses_to_start_and_says_what_to_set(
    application: str, site: Site
) -> None:
    server = GUNICORN if application == WSGI else UVICORN
    command = [one.replace("{port}", "0") for one in server]
    done = site.having(DJANGO_SECRET_KEY="").run(*command, application)
    assert done.returncode != 0
    assert "DJANGO_SECRET_KEY is not set. Set it to a secret random text" in done.stderr


def test_commands_about_the_database_need_no_key(site: Site) -> None:
    without = site.having(DJANGO_SECRET_KEY="").load_sample()
    said = without.in_new_processes().manage(
        "windows", "web-shop", "--at", "2026-03-30T09:00"
    )
    assert "web-shop" in said


def test_the_demo_needs_neither_a_key_nor_a_token(site: Site) -> None:
    bare = site.having(DJANGO_SECRET_KEY="", DJANGO_PUBLIC_METRICS="")
    with bare.serving(*MANAGE, "demo", "--port", "{port}") as server:
        assert components_in(server.get("/metrics").text) == sample_components()
        assert server.get("/").status == 200
        assert server.get("/admin/login/").status == 200


CASE = """\
from django.contrib.auth.models import User
from django.test import TestCase

from otel_sla.telemetry import setup as telemetry

class Trivial(TestCase):
    def test_nothing(self):
        assert not User.objects.exists()
        assert telemetry.active().provider is None
"""
# The plugin of schemathesis tries out IPv6 when it is imported.
PLUGINS = ("-p", "no:cacheprovider", "-p", "no:schemathesis")
PYTEST = (sys.executable, "-m", "pytest", *PLUGINS, "-c")

NOTHING, FILE, MEMORY = "no database", "the site's database", "a database in memory"
# From 6.1 on Django itself asks every database in a check whether it knows JSON.
CHECKED = FILE if django.VERSION >= (6, 1) else NOTHING
IDLE = {
    "migrate": ((*MANAGE, "migrate"), FILE),
    "makemigrations": ((*MANAGE, "makemigrations", "--check"), FILE),
    "check": ((*MANAGE, "check"), CHECKED),
    "collectstatic": ((*MANAGE, "collectstatic", "--noinput"), NOTHING),
    "shell": ((*MANAGE, "shell", "-c", "pass"), NOTHING),
    "test": ((*MANAGE, "test", "test_trivial"), MEMORY),
    "pytest": ((*PYTEST, "{directory}/pytest.ini", "{directory}"), MEMORY),
}
"""Commands, and the database that Django itself connects to in them."""


def kind_of(database: str) -> str:
    return MEMORY if "mode=memory" in database else FILE


@pytest.mark.parametrize(
    "exporter",
    [
        "prometheus,otlp",
        *(pytest.param(one, marks=pytest.mark.long) for one in ("prometheus", "otlp")),
    ],
)
@pytest.mark.parametrize("command", IDLE)
def test_a_command_starts_no_thread_opens_no_port_and_reads_no_component(
    command: str, exporter: str, site: Site
) -> None:
    probed = Probed(site.having(OTEL_METRICS_EXPORTER=exporter), site.directory)
    site.write("test_trivial.py", CASE)
    site.write("pytest.ini", "[pytest]\n")
    static = f"STATIC_ROOT = {str(site.directory / 'static')!r}"
    arguments, connects = IDLE[command]
    done = probed.site.having_settings("settings_of_a_command", static).run(
        *(one.format(directory=site.directory) for one in arguments)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert probed.seen("process")
    assert probed.threads() == []
    assert probed.seen("socket") == []
    assert [sql for sql in probed.seen("statement") if READS_ROWS.match(sql)] == []
    connected = {kind_of(database) for database in probed.seen("database")}
    assert connected == {connects} - {NOTHING}
    assert (site.directory / "site.sqlite3").exists() == (connects == FILE)


def test_the_probe_sees_what_the_idle_commands_must_not_do(
    loaded: Site, tmp_path: Path
) -> None:
    probed = Probed(loaded, tmp_path)
    with probed.site.serving(*RUNSERVER, "--noreload"):
        pass
    assert probed.threads()
    assert probed.seen("socket")
    assert any(READS_ROWS.match(sql) for sql in probed.seen("statement"))


INVALID = """\
file_format: "1.0"
meter_provider:
  readers:
    - pull: {exporter: {prometheus/development: {colour: red}}}
"""
FAULTS = {
    "missing": (None, "does not exist"),
    "invalid": (INVALID, "meter_provider.readers[0].pull.exporter"),
}


def with_configuration(site: Site, text: str | None) -> tuple[Site, Path]:
    file = site.directory / "otel-config.yaml"
    if text is not None:
        site.write(file.name, text)
    chosen = f'OTEL_SLA["CONFIG_FILE"] = {str(file)!r}'
    return site.having_settings("settings_with_a_file", chosen), file


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "arguments", [("check",), ("runserver", "--noreload", "127.0.0.1:0")]
)
def test_a_command_refuses_a_bad_configuration_file_without_a_traceback(
    arguments: tuple[str, ...], fault: str, site: Site
) -> None:
    text, named = FAULTS[fault]
    site, file = with_configuration(site, text)
    done = site.run(*MANAGE, *arguments)
    assert done.returncode != 0
    assert f"{file}: " in done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_command_that_sets_nothing_up_needs_no_configuration_file(
    site: Site,
) -> None:
    site, _ = with_configuration(site, None)
    assert site.run(*MANAGE, "migrate").returncode == 0
    assert site.run(*MANAGE, "makemigrations", "--check").returncode == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_gunicorn_does_not_boot_with_a_bad_configuration_file(
    fault: str, site: Site
) -> None:
    text, named = FAULTS[fault]
    site, file = with_configuration(site, text)
    done = site.run(*(one.replace("{port}", "0") for one in GUNICORN), WSGI)
    assert done.returncode == 3
    last = done.stderr.partition("InvalidConfiguration: ")[2].splitlines()[0]
    assert last.startswith(f"{file}: ")
    assert named in last


HOST = """\
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

metrics.set_meter_provider(MeterProvider(resource=Resource({"service.name": "host"})))

from sla_site.wsgi import application
"""
TARGET_INFO = INVALID.replace("colour: red", "target_info_enabled/development: true")


def test_a_provider_that_the_host_has_set_is_used_not_replaced(loaded: Site) -> None:
    loaded.write("host_wsgi.py", HOST)
    site, _ = with_configuration(loaded, TARGET_INFO)
    with site.serving(*GUNICORN, "host_wsgi:application") as server:
        scrape = server.get("/metrics")
        assert until(lambda: routes_counted(server), "a counted request")
        (worker,) = set(server.pids()) - {server.process.pid}
        # Its own, and the one that waits for others' callbacks.
        assert thread_count(worker) == 2
    assert scrape.status == 200
    assert 'target_info{service_name="host"} 1.0' in scrape.text
    assert components_in(scrape.text) == sample_components()
    assert "Overriding of current MeterProvider" not in server.output
