"""Measure rows of a model as metrics beside other ways to the same text.

    python benchmarks/rows.py [--sizes 100 1000 ...] [--postgres URL] [--rounds N]
    python benchmarks/rows.py --soak 10000 --sizes 200

Prints Markdown tables. Each way runs in a process of its own, and they collect in turn,
so that a machine that slows down slows all of them; only the ratios mean something
elsewhere. The floor is a raw cursor whose rows are joined with label text that is kept,
see row_site/ways.py. CPU is that of the process and of what works for it in PostgreSQL
(SQLite works in the process), without the first collection. Memory is by how much the
largest resident set exceeds that before the first collection. With churn, 1% of the
rows are deleted, 1% inserted and 1% renamed before every round.

Debian's postgres_exporter and sql_exporter are scraped over HTTP where they are
installed. A sql_exporter is started for every round, because it reads by a clock of its
own.

--soak collects that often, with churn before each time, and prints the resident memory.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

from benchmarks.row_site.usage import others, peak, resident, used
from benchmarks.scrape import Server, postgres_database, serving

SIZES = (100, 1_000, 10_000, 100_000)
SLOW = 10_000
"""Rows past which the ways that take longest are left out."""

HEAD = (
    "| rows | churn | way | CPU s | of the floor | in the database | s | MiB |"
    "\n|---:|---|---|---:|---:|---:|---:|---:|"
)


class Figures(NamedTuple):
    """What a collection takes: seconds, and MiB."""

    cpu: float
    database: float
    seconds: float
    memory: float


Collect = Callable[[], Figures]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--postgres", metavar="URL")
    parser.add_argument("--soak", type=int, metavar="ROUNDS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        url, database = f"sqlite:///{name}/rows.sqlite3", "SQLite"
        if options.postgres:
            url = stack.enter_context(postgres_database(options.postgres))
            database = "PostgreSQL"
        os.environ |= {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "benchmarks.row_site.settings",
        }
        django.setup()
        from benchmarks.row_site.contents import filled

        if options.soak:
            soak(options.sizes[0], options.soak)
            return
        print(f"\n### {database}\n\n{HEAD}")
        for size in options.sizes:
            with filled(size):
                for churn in (False, True):
                    measure(size, Path(name), churn=churn, rounds=options.rounds)
        print("\n| rows, over HTTP | encoding | CPU s | of the floor's | s |")
        print("|---:|---|---:|---:|---:|")
        for size in options.sizes:
            with filled(size):
                over_http(size, rounds=4 * options.rounds)


def measure(size: int, directory: Path, *, churn: bool, rounds: int) -> None:
    """Print what each way takes, in turn."""
    from benchmarks.row_site.contents import change

    with ExitStack() as stack:
        ways = dict(made_ways(size, directory, stack))
        found: dict[str, list[Figures]] = {name: [] for name in ways}
        for number in range(rounds + 1):
            if churn:
                change(number)
            for name, collect in ways.items():
                figures = collect()
                # The first fills what is kept from one to the next.
                if number:
                    found[name].append(figures)
    floor = statistics.median(one.cpu + one.database for one in found["floor"])
    for name, of_way in found.items():
        _, database, seconds, _ = map(statistics.median, zip(*of_way, strict=True))
        total = statistics.median(one.cpu + one.database for one in of_way)
        print(
            f"| {size:,} | {'3 x 1%' if churn else 'none'} | {name} | {total:.4f} "
            f"| {total / floor:.2f} | {database:.4f} | {seconds:.4f} "
            f"| {max(one.memory for one in of_way):.1f} |",
            flush=True,
        )


def made_ways(
    size: int, directory: Path, stack: ExitStack
) -> Iterator[tuple[str, Collect]]:
    from django.db import connection

    from benchmarks.row_site import exporters
    from benchmarks.row_site.ways import WAYS

    # No process may share it with another.
    connection.close()
    for name in WAYS:
        if size <= SLOW or name != "stock SDK and reader":
            yield name, stack.enter_context(in_its_own_process(name))
    url = os.environ["DATABASE_URL"]
    if connection.vendor != "postgresql":
        return
    if exporters.is_installed(exporters.POSTGRES_EXPORTER):
        server = stack.enter_context(exporters.postgres_exporter(url, directory))
        yield "postgres_exporter", partial(scraped, server, size)
    if exporters.is_installed(exporters.SQL_EXPORTER):
        yield "sql_exporter, its start included", partial(started, size, directory)


@contextmanager
def in_its_own_process(name: str) -> Iterator[Collect]:
    ours, theirs = multiprocessing.Pipe()
    context: Any = multiprocessing.get_context("fork")
    process = context.Process(target=work, args=(name, theirs), daemon=True)
    process.start()
    theirs.close()

    def collect() -> Figures:
        ours.send(None)
        figures: Figures = ours.recv()
        return figures

    try:
        yield collect
    finally:
        process.terminate()
        process.join()


def work(name: str, pipe: Connection) -> None:
    """Collect whenever the other end asks, and say what it took."""
    from django.db import connection

    from benchmarks.row_site.ways import WAYS

    collect = WAYS[name]()
    connection.ensure_connection()
    backends = []
    if connection.vendor == "postgresql":
        backends = [connection.connection.info.backend_pid]
    gc.collect()
    before = resident(os.getpid())
    while True:
        pipe.recv()
        began, cpu, database = time.perf_counter(), time.process_time(), used(backends)
        collect()
        figures = Figures(
            time.process_time() - cpu,
            used(backends) - database,
            time.perf_counter() - began,
            peak(os.getpid()) - before,
        )
        pipe.send(figures)


def scraped(server: Server, size: int) -> Figures:
    """Return what a scrape takes of an exporter that reads the rows for it."""
    backends = others()
    before = resident(server.worker)
    began, cpu, database = time.perf_counter(), server.cpu(), used(backends)
    _, length = server.get("/metrics")
    if length < 100 * size:
        sys.exit(f"an exporter has answered with {length:,} bytes")
    return Figures(
        server.cpu() - cpu,
        used(others()) - database,
        time.perf_counter() - began,
        peak(server.worker) - before,
    )


def started(size: int, directory: Path) -> Figures:
    """Return what an exporter takes to start, read once, and answer one scrape."""
    from benchmarks.row_site.exporters import sql_exporter

    began = time.perf_counter()
    before = set(others())
    with sql_exporter(os.environ["DATABASE_URL"], directory) as server:
        while server.get("/metrics")[1] < 100 * size:
            time.sleep(0.05)
        return Figures(
            server.cpu(),
            used(set(others()) - before),
            time.perf_counter() - began,
            peak(server.worker),
        )


def over_http(size: int, *, rounds: int) -> None:
    """Print what a scrape takes of gunicorn, of otel_sla and of the floor in turn."""
    paths = {"floor": "/floor", "otel_sla": "/metrics"}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(
                serving(name, dict(os.environ), "benchmarks.row_site.wsgi")
            )
            for name in paths
        }
        for encoding in ("identity", "gzip"):
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in paths}
            for number in range(rounds + 1):
                for name, server in servers.items():
                    began, cpu = time.perf_counter(), server.cpu()
                    status, _ = server.get(paths[name], encoding)
                    if status != 200:
                        sys.exit(f"{name} has answered {status}")
                    if number:
                        seconds = time.perf_counter() - began
                        found[name].append((server.cpu() - cpu, seconds))
            medians = {
                name: [statistics.median(one) for one in zip(*of_way, strict=True)]
                for name, of_way in found.items()
            }
            (floor, _), (cpu, seconds) = medians["floor"], medians["otel_sla"]
            print(
                f"| {size:,} | {encoding} | {cpu:.4f} | {cpu / floor:.2f} "
                f"| {seconds:.4f} |",
                flush=True,
            )


def soak(size: int, rounds: int) -> None:
    """Collect with churn, and print the resident memory now and then."""
    from benchmarks.row_site.contents import change, filled
    from benchmarks.row_site.ways import WAYS

    collect = WAYS["otel_sla"]()
    print("| rounds | resident MiB |\n|---:|---:|")
    with filled(size):
        for number in range(rounds + 1):
            change(number)
            collect()
            if number % (rounds // 10) == 0:
                gc.collect()
                print(f"| {number:,} | {resident(os.getpid()):.1f} |", flush=True)


if __name__ == "__main__":
    main()
