"""Every kind of process a site has: servers that measure, commands that stay idle."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from otel_sla.gauges import INSTRUMENTS

from .processes import (
    GUNICORN,
    MANAGE,
    WSGI,
    Server,
    Site,
    listening_ports,
    make_site,
    sample_components,
    until,
)

RUNSERVER = (*MANAGE, "runserver", "127.0.0.1:{port}")
SERVERS = {
    "runserver": RUNSERVER,
    "runserver without the autoreloader": (*RUNSERVER, "--noreload"),
    "gunicorn": (*GUNICORN, "--workers", "2", WSGI),
    "gunicorn that preloads": (*GUNICORN, "--workers", "2", "--preload", WSGI),
    "uvicorn": (
        *(sys.executable, "-m", "uvicorn", "--port", "{port}"),
        "sla_site.asgi:application",
    ),
}

PROBE = """\
import json, os, sys
events = os.open({file!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def record(kind, what):
    os.write(events, json.dumps([kind, what]).encode() + b"\\n")

def target(start):
    thread = getattr(start, "__self__", None)
    what = getattr(thread, "_target", None) or type(thread)
    return f"{{what.__module__}}.{{what.__qualname__}}"

def hook(event, arguments):
    if event in ("_thread.start_new_thread", "_thread.start_joinable_thread"):
        record("thread", target(arguments[0]))
    elif event == "socket.__new__" and arguments[1] in (2, 10):
        record("socket", arguments[1])
    elif event == "sqlite3.connect":
        record("database", os.fspath(arguments[0]))
    elif event == "sqlite3.connect/handle":
        arguments[0].set_trace_callback(lambda sql: record("statement", sql))

sys.addaudithook(hook)
record("process", sys.argv if hasattr(sys, "argv") else [])
"""
"""Python's own audit events miss no thread, IP socket or SQLite connection."""

OURS = re.compile(r"(otel_sla|opentelemetry|prometheus_client)\b")
READS_ROWS = re.compile(r'\s*SELECT\b.*"otel_sla_', re.IGNORECASE | re.DOTALL)


class Probed:
    """A site whose processes write down what they start, from their first line on."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._events = site.directory / "events.jsonl"
        site.write("sitecustomize.py", PROBE.format(file=str(self._events)))

    def seen(self, kind: str) -> list[str]:
        lines = self._events.read_text("utf-8").splitlines()
        return [what for seen, what in map(json.loads, lines) if seen == kind]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site whose database does not exist yet."""
    return make_site(tmp_path)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with the sample catalogue."""
    return make_site(tmp_path_factory.mktemp("loaded")).load_sample()


def families(exposition: str) -> set[str]:
    return set(re.findall(r"^(\w+)\{", exposition, re.MULTILINE))


def components_in(exposition: str) -> set[str]:
    found = re.findall(
        r'^service_window_in_window\{component="(.+?)"', exposition, re.M
    )
    return set(found)


def service_window_families() -> set[str]:
    suffixes = {"s": "_seconds", "": ""}
    return {one.name.replace(".", "_") + suffixes[one.unit] for one in INSTRUMENTS}


def requests_counted(server: Server) -> list[str]:
    """Ask for the status page until the worker that answers has counted one."""
    server.get("/")
    counted = re.findall(
        r'^http_server_request_duration_seconds_count\{.*http_route="(.*?)"',
        server.get("/metrics").text,
        re.MULTILINE,
    )
    return list(counted)


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_serves_every_component_and_counts_requests_but_scrapes(
    server: str, loaded: Site
) -> None:
    probed = Probed(loaded)
    before = len(probed.seen("thread")) if probed._events.exists() else 0
    with loaded.serving(*SERVERS[server]) as running:
        scrape = running.get("/metrics")
        assert scrape.status == 200
        assert service_window_families() <= families(scrape.text)
        assert components_in(scrape.text) == sample_components()
        routes = until(lambda: requests_counted(running), "a counted request")
        assert routes == [""]
        ports = {port for pid in running.pids() for port in listening_ports(pid)}
    assert ports == {running.port}
    assert not [one for one in probed.seen("thread")[before:] if OURS.match(one)]
    assert "Traceback" not in running.output


SHELL = 'import sys; assert "otel_sla.telemetry" in sys.modules'
CASE = """\
from django.contrib.auth.models import User
from django.test import TestCase

from otel_sla import telemetry

class Trivial(TestCase):
    def test_nothing(self):
        assert not User.objects.exists()
        assert telemetry.active().provider is None
"""
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c")

NOTHING, FILE, MEMORY = "no database", "the site's database", "a database in memory"
IDLE = {
    "migrate": ((*MANAGE, "migrate"), FILE),
    "makemigrations": ((*MANAGE, "makemigrations", "--check"), FILE),
    "check": ((*MANAGE, "check"), NOTHING),
    "collectstatic": ((*MANAGE, "collectstatic", "--noinput"), NOTHING),
    "shell": ((*MANAGE, "shell", "-c", SHELL), NOTHING),
    "test": ((*MANAGE, "test", "test_trivial"), MEMORY),
    "pytest": ((*PYTEST, "{directory}/pytest.ini", "{directory}"), MEMORY),
}
"""Commands, and the database that Django itself connects to in them."""


def kind_of(database: str) -> str:
    return MEMORY if "mode=memory" in database else FILE


@pytest.mark.parametrize("command", IDLE)
def test_a_command_starts_no_thread_opens_no_port_and_reads_no_component(
    command: str, site: Site
) -> None:
    probed = Probed(site)
    site.write("test_trivial.py", CASE)
    site.write("pytest.ini", "[pytest]\n")
    site = site.having_settings(
        "settings_of_a_command", f"STATIC_ROOT = {str(site.directory / 'static')!r}"
    )
    arguments, connects = IDLE[command]
    done = site.run(*(one.format(directory=site.directory) for one in arguments))
    assert done.returncode == 0, done.stdout + done.stderr
    assert probed.seen("process")
    assert probed.seen("thread") == []
    assert probed.seen("socket") == []
    assert [sql for sql in probed.seen("statement") if READS_ROWS.match(sql)] == []
    connected = {kind_of(database) for database in probed.seen("database")}
    assert connected == {connects} - {NOTHING}
    assert (site.directory / "site.sqlite3").exists() == (connects == FILE)


def test_the_probe_sees_what_the_idle_commands_must_not_do(loaded: Site) -> None:
    probed = Probed(loaded)
    with loaded.serving(*RUNSERVER, "--noreload"):
        pass
    assert probed.seen("thread")
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
    chosen = f'OTEL_SLA = {{"CONFIG_FILE": {str(file)!r}}}'
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


def test_a_provider_that_the_host_has_set_is_used_and_not_replaced(
    loaded: Site,
) -> None:
    loaded.write("host_wsgi.py", HOST)
    site, _ = with_configuration(loaded, TARGET_INFO)
    with site.serving(*GUNICORN, "host_wsgi:application") as server:
        scrape = server.get("/metrics")
        until(lambda: requests_counted(server), "a counted request")
    assert scrape.status == 200
    assert 'target_info{service_name="host"} 1.0' in scrape.text
    assert components_in(scrape.text) == sample_components()
    assert "Overriding of current MeterProvider" not in server.output
