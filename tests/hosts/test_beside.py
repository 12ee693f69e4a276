"""Agents of other services in the same process: docs/beside.md."""

from __future__ import annotations

import http.server
import json
import re
import sys
import threading
import zlib
from ast import literal_eval
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ..support.databases import postgres_url, unavailable
from ..support.parts import missing
from ..support.processes import (
    GUNICORN,
    ROOT,
    WSGI,
    Server,
    Site,
    components_in,
    make_site,
    sample_components,
    until,
)

PAGE = (ROOT / "docs/beside.md").read_text("utf-8").replace('f"/windows/', 'f"/')
DATADOG, SENTRY, NEW_RELIC = re.findall(
    r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE
)
ADDRESSES = """
from django.urls import path
from sla_site.urls import urlpatterns


def fails(request):
    raise ZeroDivisionError("of the site")


def harvest(request):
    import newrelic.agent
    from django.http import HttpResponse

    newrelic.agent.ignore_transaction()
    newrelic.agent.shutdown_agent(timeout=5)
    return HttpResponse()


urlpatterns = [path("fails", fails), path("harvest", harvest), *urlpatterns]
"""
NEW_RELIC_INI = """
[newrelic]
license_key = {key}
app_name = tests
developer_mode = true
log_file = stderr
log_level = error
audit_log_file = {audit}
startup_timeout = 10
opentelemetry.enabled = {otel}
"""
SERVER = (*GUNICORN, "--threads", "4", WSGI)
API = "/api/v1/components"
FEED = "/calendar/a-secret-token/all.ics"


@dataclass
class Sink:
    """What an agent has sent: paths and bodies."""

    port: int = 0
    requests: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A server of the agent's service that takes everything."""
    sink = Sink()

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            if "Content-Encoding" in self.headers:
                body = zlib.decompress(body, 32 + zlib.MAX_WBITS)
            sink.requests.append((self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_PUT = do_GET = do_POST  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sink.port = server.server_port
        accepting = threading.Thread(target=server.serve_forever, args=(0.05,))
        accepting.start()
        yield sink
        server.shutdown()
        accepting.join()


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres_url() as url:
        yield url


@pytest.fixture(scope="module")
def site(database: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site that pushes, to where nobody listens."""
    site = make_site(
        tmp_path_factory.mktemp("beside"),
        DATABASE_URL=database,
        DJANGO_PUBLIC_STATUS="1",
        OTEL_METRICS_EXPORTER="prometheus,otlp",
        OTEL_METRIC_EXPORT_INTERVAL="1000",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
    ).load_sample()
    site.write("addresses.py", ADDRESSES)
    return site


@contextmanager
def used(site: Site, database: str, *command: str) -> Iterator[Server]:
    """Serve the site, ask it for everything, and see what it has counted."""
    with site.serving(*command, *SERVER, path="/healthz") as server:
        for _ in range(5):
            assert server.get(API).status == 200
        assert server.get("/fails").status == 500
        assert server.get(FEED).status == 404
        for _ in range(3):
            assert server.get("/readyz").status == 200
            text = server.get("/metrics").text
        with unavailable(database):
            last = server.get("/metrics")
        assert last.status == 200
        assert components_in(last.text) == components_in(text) == sample_components()
        counts = re.findall(
            "^http_server_request_duration_seconds_count.* (.*)", text, re.MULTILINE
        )
        assert sum(map(float, counts)) == 5 + 1 + 1
        yield server


def program(name: str, module: str) -> str:
    """Return the path of an agent's program."""
    if find_spec(module) is None:
        missing(module)
    return str(Path(sys.executable).with_name(name))


def test_datadog_has_each_request_once_and_nothing_of_what_is_polled(
    site: Site, database: str, sink: Sink
) -> None:
    if find_spec("msgpack") is None:
        missing("msgpack")
    command = program("ddtrace-run", "ddtrace")
    traced = site.having_settings(
        "with_datadog", f'{DATADOG}\nROOT_URLCONF = "addresses"'
    ).having(
        DD_INSTRUMENTATION_TELEMETRY_ENABLED="false",
        DD_REMOTE_CONFIGURATION_ENABLED="false",
        DD_TRACE_AGENT_URL=sink.url,
        DD_TRACE_API_VERSION="v0.4",
        DD_TRACE_OTEL_ENABLED="true",
    )
    with used(traced, database, command) as server:
        until(lambda: len(traces(sink)) >= 6, "all traces have come")
    assert server.output.count("Traceback") == 1
    found = traces(sink)
    assert Counter(one[0]["resource"] for one in found) == {
        "GET api/v1/<otel_sla_rest:endpoint>": 5,
        "GET fails": 1,
    }
    for trace in found:
        # OpenTelemetry's instrumentation would have one of the same name.
        named = [one for one in trace if one["resource"] == trace[0]["resource"]]
        assert len(named) == 1
        is_failure = trace[0]["resource"] == "GET fails"
        assert any(one.get("error") for one in trace) is is_failure


def traces(sink: Sink) -> list[list[dict[str, Any]]]:
    """Return the spans of each trace that has come."""
    import msgpack

    return [
        trace
        for path, body in sink.requests
        if path == "/v0.4/traces"
        for trace in msgpack.unpackb(body)
    ]


def test_sentry_has_each_request_and_error_once_and_no_request_in_background_errors(
    site: Site, database: str, sink: Sink
) -> None:
    if find_spec("sentry_sdk") is None:
        missing("sentry-sdk")
    dsn = f'SENTRY_DSN = "{sink.url.replace("//", "//key@")}/1"'
    traced = site.having_settings(
        "with_sentry", f'{dsn}\n{SENTRY}\nROOT_URLCONF = "addresses"'
    )
    with used(traced, database):
        until(lambda: len(items(sink, "transaction")) >= 6, "all traces have come")
        until(lambda: of_logger(sink, "otel_sla.cycle"), "pushing has failed")
        until(lambda: of_logger(sink, "otel_sla.snapshot"), "reading has failed")
    assert Counter(one["transaction"] for one in items(sink, "transaction")) == {
        "/api/v1/{endpoint}": 5,
        "/fails": 1,
    }
    raised = [one for one in items(sink, "event") if "exception" in one]
    assert [one["transaction"] for one in raised] == ["/fails"]
    assert len(of_logger(sink, "otel_sla.snapshot")) == 1
    assert not any("request" in one for one in of_logger(sink, "otel_sla.cycle"))
    assert b"a-secret-token" not in b"".join(body for _, body in sink.requests)


def items(sink: Sink, kind: str) -> list[dict[str, Any]]:
    """Return the items of that kind that have come."""
    found = []
    for _, body in sink.requests:
        _, *lines = body.splitlines()
        for header, item in zip(lines[::2], lines[1::2], strict=False):
            if json.loads(header)["type"] == kind:
                found.append(json.loads(item))
    return found


def of_logger(sink: Sink, name: str) -> list[dict[str, Any]]:
    return [one for one in items(sink, "event") if one.get("logger") == name]


@pytest.mark.parametrize("otel", ["false", "true"])
def test_new_relic_has_each_request_once_and_nothing_of_what_is_polled(
    otel: str, site: Site, database: str, tmp_path: Path
) -> None:
    command = program("newrelic-admin", "newrelic")
    audit = tmp_path / "audit.log"
    ini = NEW_RELIC_INI.format(key="0" * 40, audit=audit, otel=otel)
    site.write("untraced.py", NEW_RELIC)
    traced = site.having_settings(
        "with_new_relic",
        'MIDDLEWARE.insert(0, "untraced.untraced")\nROOT_URLCONF = "addresses"',
    ).having(NEW_RELIC_CONFIG_FILE=str(site.write("newrelic.ini", ini)))
    with used(traced, database, command, "run-program") as server:
        server.get("/harvest")
        until(lambda: "'method': 'shutdown'" in audit.read_text("utf-8"), "all is sent")
    text = audit.read_text("utf-8")
    _, _, transactions = sent(text, "analytic_event_data")
    assert Counter(kind["name"].split(".")[-1] for kind, *_ in transactions) == {
        "sync_view_wrapper": 5,
        "WebTransaction/Function/addresses:fails": 1,
    }
    # What OpenTelemetry's instrumentation would name its span.
    _, _, spans = sent(text, "span_event_data")
    assert not [kind for kind, *_ in spans if kind["name"] == "Function/GET fails"]
    assert {kind["error.class"] for kind, *_ in sent(text, "error_event_data")[2]} == {
        "builtins:ZeroDivisionError"
    }
    assert "a-secret-token" not in text


def sent(audit: str, method: str) -> Any:
    """Return what New Relic's agent has sent by that method, by its own account."""
    (section,) = (
        one for one in audit.split("=" * 78) if f"'method': '{method}'" in one
    )
    return literal_eval(section.partition("DATA: ")[2].strip())
