"""Measure an OTLP export beside the stock periodic reader and exporter.

    python benchmarks/otlp.py [--sizes 1000 10000 100000]

Prints Markdown tables. Each exports all components over HTTP to a receiver that reads
and forgets, in a process of its own: CPU seconds of an export (median, the first apart)
and the largest resident set. Then one of the exports of otel_sla after changes, which
say that series have ended. Only the ratios mean something elsewhere.
"""

from __future__ import annotations

import argparse
import http.server
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.scrape import ROOT, catalogue

ROUNDS = {1_000: 10, 10_000: 5, 100_000: 3}
PEERS = ("otel_sla", "stock")


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes everything."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


def by_otel_sla(endpoint: str) -> Callable[[], int]:
    """Return what exports, and returns how many series have ended."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    from otel_sla.bridge.registry import registry
    from otel_sla.telemetry import config
    from otel_sla.telemetry.otlp import encoder
    from otel_sla.telemetry.otlp.export import Export
    from otel_sla.telemetry.otlp.pushed_series import PushedSeries
    from otel_sla.telemetry.otlp.transport import HTTPSender

    push = config.load(ROOT / "otel-config.yaml", ["otlp"]).push
    if push is None:
        raise SystemExit("otel-config.yaml declares no OTLP reader")
    sender, pushed = HTTPSender(push), PushedSeries()

    def export() -> int:
        scope = InstrumentationScope("otel_sla")
        origin = encoder.Origin(Resource({}), scope, 0, time.time_ns())
        collected, done = registry.collect(int(time.time())), Export()
        ended, rows = pushed.ended(collected), collected.row_groups(counters=True)
        ends = encoder.encode(ended, origin, push.max_points, ends=True)
        done.send(ends, lambda: sender, Event())
        number = done.points
        values = encoder.encode(rows, origin, push.max_points)
        done.send(values, lambda: sender, Event())
        pushed.note(collected, done)
        return number

    return export


def by_stock_reader(endpoint: str) -> Callable[[], int]:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import (
        OTLPMetricExporter,
    )
    from opentelemetry.sdk.metrics import MeterProvider, ObservableGauge
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    from otel_sla.telemetry import callbacks

    reader = PeriodicExportingMetricReader(
        OTLPMetricExporter(f"{endpoint}/v1/metrics", max_export_batch_size=10_000),
        export_interval_millis=float("inf"),
        cardinality_limits={ObservableGauge: 1_000_000},
    )
    callbacks.register(MeterProvider([reader]).get_meter("otel_sla"))

    def export() -> int:
        # Its own limit of 10 s would end the collection of 100,000 components.
        reader.collect(timeout_millis=600_000)
        return 0

    return export


def work(peer: str, endpoint: str, rounds: int) -> None:
    """Be the process that exports; print what it took, and again after changes."""
    import django

    django.setup()
    from otel_sla.models import Component

    make = {"otel_sla": by_otel_sla, "stock": by_stock_reader}[peer]
    export = make(endpoint)

    def measured() -> tuple[int, float]:
        began = time.process_time()
        return export(), time.process_time() - began

    cpu = [measured()[1] for _ in range(rounds + 1)]
    found = {"": [cpu[0], statistics.median(cpu[1:]), peak()]}
    if peer == "otel_sla":
        Component.objects.order_by("pk")[0].delete()
        found["one deleted"] = [*measured(), peak()]
        Component.objects.update(labels={"team": "other"})
        found["all relabelled"] = [*measured(), peak()]
    print(json.dumps(found))


def peak() -> float:
    """Return the largest resident set so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(ROUNDS))
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        peer, endpoint, rounds = options.worker
        work(peer, endpoint, int(rounds))
        return
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    print("| components | | CPU s | CPU / ours | first CPU s | peak MiB |")
    print("|---:|---|---:|---:|---:|---:|")
    changed: list[str] = []
    for components in options.sizes:
        with catalogue(components, None) as environment:
            variables = {
                **environment,
                "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
                "OTEL_SDK_DISABLED": "",
            }
            ours = 0.0
            for peer in PEERS:
                found = measure(peer, endpoint, components, variables)
                first, cpu, most = found.pop("")
                ours = ours or cpu
                print(
                    f"| {components:,} | {peer} | {cpu:.3f} | {cpu / ours:.1f} "
                    f"| {first:.2f} | {most:.0f} |",
                    flush=True,
                )
                changed += (
                    f"| {components:,} | {change} | {ends:,} | {cpu:.3f} | {most:.0f} |"
                    for change, (ends, cpu, most) in found.items()
                )
    print("\n| components | | ended series | CPU s | peak MiB |")
    print("|---:|---|---:|---:|---:|")
    print("\n".join(changed))


def measure(
    peer: str, endpoint: str, components: int, environment: dict[str, str]
) -> dict[str, list[float]]:
    """Run a process that exports; return what it has measured."""
    rounds = str(ROUNDS.get(components, 3))
    done = subprocess.run(
        [sys.executable, __file__, "--worker", peer, endpoint, rounds],
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "sla_site.settings"},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
