"""A configuration that can't push: it stops nobody who would push nothing."""

from __future__ import annotations

import io
import logging
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    PeriodicExportingMetricReader,
)

from otel_sla import checks
from otel_sla.bridge.self_metrics import FAILED, exports
from otel_sla.telemetry import config, process_role
from otel_sla.telemetry import setup as telemetry
from otel_sla.telemetry.errors import InvalidConfiguration
from otel_sla.telemetry.otlp.unable import UnablePusher

from ..conftest import CONFIG_FILE
from ..support.processes import MANAGE, Site, make_site

BOTH = "prometheus,otlp"
FAULTS: Mapping[str, Mapping[str, str]] = {
    "is not of type 'integer'": {"OTEL_METRIC_EXPORT_INTERVAL": "5s"},
    "milliseconds are too few": {"OTEL_EXPORTER_OTLP_TIMEOUT": "10"},
    "is not a URL such as": {"OTEL_EXPORTER_OTLP_ENDPOINT": "collector"},
    "unknown protocol 'smtp'": {"OTEL_EXPORTER_OTLP_PROTOCOL": "smtp"},
    "cumulative values only": {
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta"
    },
    "would be ignored: set": {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://a"},
    "pip install requests": {},
}
"""What is wrong, and with which variables; without any, packages are missing."""


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is said of a configuration that pushes and can't."""
    said: str = request.param
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", BOTH)
    for name, value in FAULTS[said].items():
        monkeypatch.setenv(name, value)
    if not FAULTS[said]:
        monkeypatch.setitem(sys.modules, "requests", None)
    return said


def test_what_only_pushing_needs_stops_no_process(
    fault: str, provider: MeterProvider
) -> None:
    active = telemetry.install(provider, config.load(CONFIG_FILE))
    assert active.scrapes is not None
    assert isinstance(active.pusher, UnablePusher)


def test_what_only_pushing_needs_is_reported_by_check_and_stops_no_other_command(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in (None, "check"):
        monkeypatch.setattr(process_role, "running_command", lambda said=command: said)
        (error,) = checks.check_configuration(None)
        assert error.id == "otel_sla.E002"
        assert fault in error.msg
    for command in ("clearsessions", "qcluster", "runserver"):
        monkeypatch.setattr(process_role, "running_command", lambda said=command: said)
        assert checks.check_configuration(None) == []


def test_what_only_pushing_needs_stops_the_command_that_pushes(fault: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("export_metrics")
    assert fault in str(refused.value)


def test_nothing_else_is_looked_at_where_opentelemetry_is_disabled(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    for file in (CONFIG_FILE, tmp_path / "none.yaml"):
        chosen = config.load(file)
        chosen.check()
        assert chosen.disabled
    with pytest.raises(CommandError, match="OpenTelemetry is disabled"):
        call_command("export_metrics")


def test_the_packages_are_asked_for_in_the_name_of_what_has_chosen_otlp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    lacking = "otlp over http/protobuf needs packages that are not installed"
    with pytest.raises(CommandError) as refused:
        call_command("export_metrics")
    assert str(refused.value) == f"{lacking}: pip install requests"
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", BOTH)
    (error,) = checks.check_configuration(None)
    assert error.msg == f"OTEL_METRICS_EXPORTER: {lacking}: pip install requests"


def test_a_server_that_can_not_push_says_so_again_and_again(
    provider: MeterProvider,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "5s")
    chosen = config.load(CONFIG_FILE, BOTH.split(","))
    pusher = telemetry.install(provider, chosen).pusher
    assert pusher is not None
    monotonic, passed = time.monotonic, 0.0
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + passed)
    assert exports[FAILED] == 0
    for minute in range(3):
        passed = minute * 61.0
        for _ in range(5):
            pusher.start()
        assert exports[FAILED] == len(caplog.messages) == minute + 1
    for level, message in ((one.levelno, one.getMessage()) for one in caplog.records):
        assert level == logging.ERROR
        assert message.startswith(f"nothing is pushed: {CONFIG_FILE}: meter_provider.")
        assert "(set by OTEL_METRIC_EXPORT_INTERVAL). Correct this" in message


@pytest.mark.parametrize("added", ["at once", "later"])
def test_a_host_that_pushes_by_itself_is_not_told_that_nothing_is_pushed(
    added: str,
    provider: MeterProvider,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "5s")
    reader = PeriodicExportingMetricReader(
        ConsoleMetricExporter(out=io.StringIO()), export_interval_millis=math.inf
    )
    if added == "at once":
        provider.add_metric_reader(reader)
    pusher = telemetry.install(provider, config.load(CONFIG_FILE, ["otlp"])).pusher
    if added == "later":
        provider.add_metric_reader(reader)
    if pusher is not None:
        pusher.start()
    assert "nothing is pushed" not in caplog.text
    assert caplog.text.count("already pushes by itself") == 1
    assert exports[FAILED] == 0


def test_a_certificate_that_is_missing_is_left_to_the_pusher_which_may_yet_find_it(
    tmp_path: Path, provider: MeterProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ca.pem"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(file))
    chosen = config.load(CONFIG_FILE, ["otlp"])
    assert chosen.push is not None
    assert chosen.push.ca_file == str(file)
    with pytest.raises(InvalidConfiguration, match="CERTIFICATE"):
        chosen.check()
    file.touch()
    chosen.check()


LACKING = "import sys; sys.modules['requests'] = None"
WORKER = """
import django
django.setup()
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory
from otel_sla.bridge.self_metrics import FAILED, exports
from otel_sla.telemetry.setup import active
print(active().scrapes is not None, exports[FAILED])
serve = get_wsgi_application()
request = RequestFactory(SERVER_NAME="localhost").get("/healthz").environ
for _ in range(3):
    serve(request, lambda *answer: None).close()
print(exports[FAILED])
"""


@pytest.fixture
def lacking(tmp_path: Path) -> Site:
    """A site that is to push on a machine that lacks the packages for it."""
    site = make_site(tmp_path, OTEL_METRICS_EXPORTER=BOTH)
    return site.having_settings("lacking", LACKING)


def test_a_script_starts_without_packages_that_it_would_not_use(lacking: Site) -> None:
    done = lacking.run(sys.executable, "-c", WORKER)
    assert done.stdout == "True 0\n1\n"
    assert done.stderr.count("\n") == 1
    assert "nothing is pushed: OTEL_METRICS_EXPORTER: otlp over " in done.stderr


@pytest.mark.parametrize(
    ("command", "code"), [("check", 1), ("clearsessions", 0), ("export_metrics", 1)]
)
def test_a_command_ends_only_where_it_is_about_pushing(
    command: str, code: int, lacking: Site
) -> None:
    if command == "clearsessions":
        lacking.manage("migrate", "sessions", "--verbosity", "0")
    done = lacking.run(*MANAGE, command)
    assert done.returncode == code
    assert ("pip install requests" in done.stderr) == bool(code)
    assert "Traceback" not in done.stderr
