"""Measure what the fan-in of workers costs a scrape, and all of it a request.

    python benchmarks/workers.py

Prints Markdown tables. A scrape of 16 workers is compared with that of one that has all
series itself; a request to a trivial view with one to the same site without otel_sla.
Only the ratios and differences mean something elsewhere.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.scrape import catalogue, measured, serving

WORKERS = 16
SERIES_OF_A_HISTOGRAM = 17
HISTOGRAMS = 10_000 // SERIES_OF_A_HISTOGRAM
ROUNDS = 30
REQUESTS = 3_000
KINDS = {
    "nothing": "without otel_sla's telemetry",
    "instrumented": "HTTP metrics of one worker",
    "fan-in": "HTTP metrics of all workers",
}


class Worker:
    """A worker's reader, and its histograms."""

    def __init__(self, first: int, count: int) -> None:
        from opentelemetry.sdk.metrics import Histogram, MeterProvider
        from opentelemetry.sdk.resources import Resource

        from otel_sla.telemetry.sdk_reader import DirectReader

        resource = Resource({})
        self.reader = DirectReader(
            resource,
            disable_target_info=True,
            scope_info_enabled=False,
            cardinality_limits={Histogram: 100_000},
        )
        provider = MeterProvider([self.reader], resource=resource)
        duration = provider.get_meter("host").create_histogram("duration", "s")
        for number in range(first, first + count):
            duration.record(0.1, {"http.route": f"/{number}", "status": 200})

    def fan_in(self, base: str) -> Any:
        from opentelemetry.sdk.resources import Resource

        from otel_sla.fanin import FanIn

        return FanIn(self.reader.own, Resource({}), Path(base))


def sibling(number: int, base: str) -> None:
    """Be a worker until the input ends."""
    share = HISTOGRAMS // WORKERS
    fan_in = Worker(number * share, share).fan_in(base)
    fan_in.start()
    print("ready", flush=True)
    sys.stdin.readline()


def seconds(work: Callable[[], object]) -> list[float]:
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


def scrape_table() -> None:
    import otel_sla.fanin.worker as module

    share = HISTOGRAMS // WORKERS
    with tempfile.TemporaryDirectory() as base, ExitStack() as stack:
        for number in range(1, WORKERS):
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, __file__, str(number), base],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            if process.stdout:
                process.stdout.readline()
        # The siblings are this process's children, and it takes part as one of them.
        own = module.process_id(module.os.getpid())
        module.group_of_parent = lambda: own or ""
        answering = Worker(0, share)
        fan_in = answering.fan_in(base)
        fan_in.start()
        alone = Worker(0, share * WORKERS)
        one = seconds(lambda: alone.reader.shown(alone.reader.own()))
        many = seconds(lambda: answering.reader.shown(fan_in.gather()))
        fan_in.stop()
        series = share * WORKERS * SERIES_OF_A_HISTOGRAM
        print(f"| {series:,} series of histograms, ms | median | max |")
        print("|---|---:|---:|")
        for name, found in (
            ("one worker that has all", one),
            (f"{WORKERS} workers, each its share", many),
        ):
            middle, most = statistics.median(found) * 1e3, max(found) * 1e3
            print(f"| {name} | {middle:.1f} | {most:.1f} |")


def request_table() -> None:
    print("\n| a request to a trivial view, CPU us | median of 10 runs |")
    print("|---|---:|")
    with catalogue(100, None) as environment, ExitStack() as stack:
        servers = {
            kind: stack.enter_context(serving(kind, environment)) for kind in KINDS
        }
        found: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for _ in range(10):
            for kind, server in servers.items():

                def requests(server: Any = server) -> None:
                    for _ in range(REQUESTS // 10):
                        server.get("/trivial")

                found[kind].append(measured(server, requests)[1] / (REQUESTS // 10))
        for kind, title in KINDS.items():
            print(f"| {title} | {statistics.median(found[kind]) * 1e6:.0f} |")


if __name__ == "__main__":
    # A reader's thread closes connections.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sla_site.settings")
    if len(sys.argv) == 3:
        sibling(int(sys.argv[1]), sys.argv[2])
    else:
        scrape_table()
        request_table()
