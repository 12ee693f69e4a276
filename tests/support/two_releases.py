"""Compare what a site says with the lowest and the newest OpenTelemetry.

    python -m tests.support.two_releases

Builds the wheel and makes two sites in virtual environments of their own: one with the
releases of OpenTelemetry and prometheus-client in constraints-lowest.txt, one with the
newest there are. In both: install, `pip check`, migrate, load the sample, scrape as
text and as OpenMetrics, and push over HTTP. The clock of both is stopped at one moment,
so what they say must be the same bytes, but for how long something took, and the
release and the process that the resource names. Everything it has made is removed.
"""

from __future__ import annotations

import difflib
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .new_site import (
    ROOT,
    Failed,
    Project,
    build_wheel,
    expect,
    free_port,
    get,
    new_project,
    running,
    say,
    until,
)

COMPARED = re.compile(r"opentelemetry|prometheus[_-]client", re.IGNORECASE)
"""Packages whose releases differ; all others are those of constraints.txt in both."""
MOMENT = 1_795_633_812
"""2026-11-25 19:10:12 UTC, when some windows of the sample are open."""

STOPPED_CLOCK = f"""
import time
time.time, time.time_ns = lambda: {MOMENT}.5, lambda: {MOMENT}_500_000_000
"""
SETTINGS = """
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS += ["otel_sla", "shop"]
OTEL_SLA = {"PUBLIC_METRICS": True, "PUBLIC_STATUS": True}
"""
URLS = """
from django.urls import include, path

urlpatterns = [path("windows/", include("otel_sla.urls"))]
"""
APP = """
from django.apps import AppConfig
from opentelemetry import metrics


class Shop(AppConfig):
    name = "shop"

    def ready(self):
        metrics.get_meter("shop").create_observable_counter(
            "shop.orders", [lambda _: [metrics.Observation(3, {"paid": True})]]
        )
"""
SAMPLE_AND_RELEASE = """
import otel_sla
from opentelemetry.sdk.version import __version__
print(otel_sla.__path__[0] + "/sample_catalogue.yaml", __version__)
"""
FORMATS = {
    "text": "text/plain;version=0.0.4",
    "OpenMetrics": "application/openmetrics-text;version=1.0.0",
}
DURATIONS = re.compile(
    r"^((?:service_window_collection_duration|http_server_request_duration)_seconds"
    r"(?:_sum|_bucket)?(?:\{.*\})?) \S+$",
    re.MULTILINE,
)
"""Samples that say how long something took."""
DURATION = "service_window.collection.duration"
RELEASE = "telemetry.sdk.version"
PROCESS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The random service.instance.id of a process."""


@dataclass(frozen=True, slots=True)
class Said:
    """All that a site has said, by format. `release` is that of its SDK."""

    release: str
    texts: dict[str, str]


def main() -> None:
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as made:
            compare(Path(made))
    except Failed as error:
        sys.exit(f"FAILED: {error}")
    say(f"passed in {time.monotonic() - began:.0f} s, and everything is removed")


def compare(made: Path) -> None:
    """Let both sites say what they have to say, in that directory. Raises Failed."""
    wheel = build_wheel(made)
    say(f"built {wheel.name}")
    pins = pins_of("constraints.txt", compared=False)
    lowest = [*pins, *pins_of("constraints-lowest.txt", compared=True)]
    with ThreadPoolExecutor() as threads:
        low, new = threads.map(
            partial(visit, wheel),
            (made / "lowest", made / "newest"),
            (lowest, pins),
        )
    wanted = dict(pin.split("==") for pin in lowest)["opentelemetry-sdk"]
    expect(low.release == wanted, f"the lowest is {wanted}, not {low.release}")
    expect(low.release != new.release, f"two releases are compared, not {new.release}")
    for kind, text in low.texts.items():
        lines = text.splitlines(), new.texts[kind].splitlines()
        found = "\n".join(difflib.unified_diff(*lines, low.release, new.release, n=0))
        expect(not found, f"{kind} is the same with both releases:\n{found}")
        count = f"{len(lines[0]):,}"
        say(f"{kind}: {low.release} and {new.release} say the same {count} lines")


def pins_of(file: str, *, compared: bool) -> list[str]:
    """Return the pins of the packages whose releases are compared, or of the others."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    return [pin for pin in pins if bool(COMPARED.match(pin)) is compared]


def visit(wheel: Path, made: Path, pins: list[str]) -> Said:
    """Make a site with these releases, and let it say all. Raises Failed."""
    made.mkdir()
    constraints = made / "constraints.txt"
    constraints.write_text("\n".join(pins), "utf-8")
    project = new_project(made, "-c", constraints, f"{wheel}[otlp]")
    settings = project.directory / "shop" / "settings.py"
    written = settings.read_text("utf-8")
    settings.write_text(f"{STOPPED_CLOCK}{written}{SETTINGS}", "utf-8")
    (project.directory / "shop" / "urls.py").write_text(URLS, "utf-8")
    (project.directory / "shop" / "apps.py").write_text(APP, "utf-8")
    project.manage("migrate", "--verbosity", "0")
    sample, release = project.run("-c", SAMPLE_AND_RELEASE).split()
    loaded = project.manage("load_catalogue", sample)
    say(f"{release}: {loaded.splitlines()[-1]}")
    return Said(release, {**scraped(project), "OTLP": pushed(project)})


def scraped(project: Project) -> dict[str, str]:
    """Scrape the site in every format, after a page has been asked for."""
    texts = {}
    with serving(project) as port:
        status, page = get(port, "/windows/")
        expect(status == 200, f"the status page is 200, not {status}: {page}")
        status, answer = get(port, "/windows/api/v1/components")
        expect(status == 501, f"without [api] the API is 501, not {status}: {answer}")
        for kind, accepted in FORMATS.items():
            status, text = get(port, "/windows/metrics", Accept=accepted)
            expect(status == 200, f"a scrape is 200, not {status}: {text}")
            expect("shop_orders_total" in text, f"{kind} has the site's own metrics")
            texts[kind], durations = DURATIONS.subn(r"\1 DURATION", text)
            expect(durations > 0, f"{kind} says how long something took")
    return texts


def pushed(project: Project) -> str:
    """Let the site push once; return the requests as text."""
    with sink() as (port, bodies):
        pushing = project.having(
            OTEL_METRICS_EXPORTER="otlp",
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}",
        )
        # No page is asked for: whether the first push knows of it is chance.
        with serving(pushing):
            until(lambda: b"shop.orders" in b"".join(bodies), "a push of all metrics")
    return "".join(map(as_text, bodies))


@contextmanager
def serving(project: Project) -> Iterator[int]:
    """Serve the site; yield its port."""
    port = free_port()
    command = ("manage.py", "runserver", "--noreload", f"127.0.0.1:{port}")
    given = (project.directory, project.environment)
    with running(*given, project.python, *command):
        until(lambda: get(port, "/windows/readyz")[0] == 200, "a site that is ready")
        yield port


@contextmanager
def sink() -> Iterator[tuple[int, list[bytes]]]:
    """Take what is pushed over HTTP; yield the port, and the bodies as they come."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        accepting = threading.Thread(target=server.serve_forever, args=(0.05,))
        accepting.start()
        try:
            yield server.server_port, bodies
        finally:
            server.shutdown()
            accepting.join()


def as_text(body: bytes) -> str:
    """Return a request as text, without durations, the SDK's release and process."""
    from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as messages

    request: Any = messages.ExportMetricsServiceRequest.FromString(body)
    for resource in request.resource_metrics:
        for attribute in resource.resource.attributes:
            if attribute.key == RELEASE:
                attribute.value.string_value = "RELEASE"
        metrics = [one for scope in resource.scope_metrics for one in scope.metrics]
        for metric in metrics:
            if metric.name == DURATION:
                for point in metric.gauge.data_points:
                    point.as_double = 0
    return PROCESS.sub("PROCESS", str(request))


if __name__ == "__main__":
    main()
