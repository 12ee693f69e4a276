"""Measure what scrapes feel of a first evaluation, and of an edit of all schedules.

    python benchmarks/edits.py [--schedules 5000] [--workers 1 4] [--postgres URL]

Each schedule has ten overrides and one component. A site under gunicorn is asked until
it is ready, then scraped four times a second while the zone of all schedules is changed
by SQL. Prints a Markdown table: the seconds until all workers are ready, the longest
scrape before the edit and after it, answers that were not 200, and the seconds until
every worker has evaluated all.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.scrape import ROOT, SIZES, Server, catalogue, free_port

FILL = """
from datetime import datetime, timedelta
from otel_sla.models import *

first = datetime(2026, 1, 5, 12)
for schedule in Schedule.objects.order_by("pk"):
    start = first + timedelta(days=schedule.pk % 7)
    Override.objects.bulk_create(
        Override(
            schedule=schedule,
            start=start + timedelta(days=30 * n),
            end=start + timedelta(days=30 * n, hours=3),
            kind="closed",
        )
        for n in range(10)
    )
"""
EDIT = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("UPDATE otel_sla_schedule SET timezone = 'Asia/Tokyo'")
"""
PENDING = re.compile(rb"^service_window_evaluations_pending (\d+)", re.MULTILINE)
IN_A_ROW = 12
"""Scrapes without anything pending, after which no worker has any."""


@contextmanager
def serving(environment: dict[str, str], workers: int) -> Iterator[Server]:
    port = free_port()
    command = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    process = subprocess.Popen(
        [sys.executable, *command, "--workers", str(workers), "sla_site.wsgi"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def run_in_site(environment: dict[str, str], code: str) -> None:
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def seconds_until_ready(server: Server, workers: int) -> float:
    began, ready = time.monotonic(), 0
    while ready < IN_A_ROW * workers:
        try:
            status, _ = server.get("/readyz")
        except OSError:
            status = 0
        ready = ready + 1 if status == 200 else 0
        if not ready:
            time.sleep(0.25)
    return time.monotonic() - began


def scrapes(server: Server, workers: int) -> tuple[float, int, float]:
    """Scrape until nothing is pending. Return the longest, the failures, and when that
    began."""
    longest, failures, done, none_pending = 0.0, 0, 0.0, 0
    started = time.monotonic()
    while none_pending < IN_A_ROW * workers:
        began = time.monotonic()
        status, body = server.read("/metrics")
        longest = max(longest, time.monotonic() - began)
        failures += status != 200
        found = PENDING.search(body)
        if found and found[1] == b"0":
            none_pending += 1
        else:
            none_pending, done = 0, time.monotonic() - started
        time.sleep(0.25)
    return longest, failures, done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=5_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--postgres", help="postgresql://... of a server")
    options = parser.parse_args()
    SIZES[options.schedules] = (options.schedules, 0)
    print("| workers | ready s | longest before s | after s | not 200 | evaluated s |")
    print("|---:|---:|---:|---:|---:|---:|")
    for workers in options.workers:
        with catalogue(options.schedules, options.postgres) as site:
            environment = {**site, "DJANGO_SETTINGS_MODULE": "sla_site.settings"}
            run_in_site(environment, FILL)
            with serving(environment, workers) as server:
                ready = seconds_until_ready(server, workers)
                before, *_ = scrapes(server, workers)
                run_in_site(environment, EDIT)
                longest, failures, done = scrapes(server, workers)
        cells = (f"{one:.1f}" for one in (ready, before, longest))
        print(
            f"| {workers} | {' | '.join(cells)} | {failures} | {done:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
