"""Measure a scrape beside its peers, over HTTP against gunicorn.

    python benchmarks/scrape.py [--sizes 100 1000 ...] [--postgres URL] [--quick]

Prints Markdown tables. The peers run at the same time, each in a gunicorn of its own,
and are scraped in turn, so that a machine that slows down slows all of them; only the
ratios mean something elsewhere. CPU is the user and system time of the worker, peak
memory its largest resident set.
"""

from __future__ import annotations

import argparse
import http.client
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier, Event
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
SIZES = {
    # components: schedules, rounds
    100: (50, 60),
    1_000: (100, 40),
    10_000: (500, 20),
    100_000: (2_000, 6),
}
PEERS = {
    "otel_sla": "/metrics",
    "floor": "/floor",
    "2019": "/2019",
    "stock": "/metrics",
}
TITLES = {
    "otel_sla": "otel_sla",
    "floor": "the floor",
    "2019": "design of 2019",
    "stock": "stock SDK and reader",
}
FILL = """
import sys
from datetime import time
from otel_sla.models import *

schedules = Schedule.objects.bulk_create(
    Schedule(name=f"schedule-{{n}}", timezone=zone)
    for n in range({schedules})
    for zone in [("Europe/London", "UTC", "America/New_York")[n % 3]]
)
Rule.objects.bulk_create(
    Rule(schedule=one, start=time(8, n % 60), end=time(17, n % 47))
    for n, one in enumerate(schedules)
)
agreements = Agreement.objects.bulk_create(
    Agreement(name=f"agreement-{{n}}", schedule=one, target=99)
    for n, one in enumerate(schedules)
)
Component.objects.bulk_create(
    (
        Component(
            name=f"component-{{n:06}}",
            agreement=agreements[n % len(agreements)],
            labels={{
                "env": "prod",
                "region": f"eu-{{n % 7}}",
                "team": f"team-{{n % 20}}",
                "tier": str(n % 3),
            }},
        )
        for n in range({components})
    ),
    batch_size=5_000,
)
"""


@dataclass
class Figures:
    """What was measured of one peer at one size."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: int = 0
    failures: int = 0
    first_cpu: float = 0.0


@dataclass(frozen=True)
class Server:
    port: int
    worker: int

    def get(self, path: str, encoding: str = "identity") -> tuple[int, int]:
        """Return the status and the length of the body."""
        status, body = self.read(path, encoding)
        return status, len(body)

    def read(self, path: str, encoding: str = "identity") -> tuple[int, bytes]:
        """Return the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=180)
        connection.request("GET", path, headers={"Accept-Encoding": encoding})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body

    def cpu(self) -> float:
        """CPU seconds of the worker's threads, to the nanosecond."""
        tasks = Path(f"/proc/{self.worker}/task").iterdir()
        return (
            sum(int((one / "schedstat").read_text().split()[0]) for one in tasks) / 1e9
        )

    def peak_mebibytes(self) -> float:
        for line in Path(f"/proc/{self.worker}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        return 0.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    peer: str, environment: dict[str, str], application: str = "sla_site.wsgi"
) -> Iterator[Server]:
    """A gunicorn with one worker of many threads."""
    port = free_port()
    command = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "12"]
    process = subprocess.Popen(
        [sys.executable, *command, "--timeout", "300", application],
        cwd=ROOT,
        env={**environment, "PEER": peer},
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                Server(port, 0).get("/trivial")
                break
            except OSError:
                if process.poll() is not None:
                    sys.exit(f"gunicorn can't serve {application}")
                time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        yield Server(port, int(children.read_text().split()[0]))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@contextmanager
def catalogue(components: int, postgres: str | None) -> Iterator[dict[str, str]]:
    """A new database with so many components; the environment of its site."""
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        url = f"sqlite:///{directory}/site.sqlite3"
        if postgres:
            url = stack.enter_context(postgres_database(postgres))
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_PUBLIC_METRICS": "1",
            "DJANGO_SECRET_KEY": "benchmark",
            "DJANGO_SETTINGS_MODULE": "benchmarks.peers_site",
            "PYTHONPATH": str(ROOT),
            "HOME": directory,
        }
        fill = FILL.format(schedules=SIZES[components][0], components=components)
        for arguments in (["migrate", "-v", "0"], ["shell", "-v", "0", "-c", fill]):
            subprocess.run(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=environment,
                check=True,
            )
        yield environment


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """The URL of a new database."""
    import psycopg

    name = f"otel_sla_benchmark_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def measured(server: Server, work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds and the worker's CPU seconds that the work takes."""
    cpu, began = server.cpu(), time.perf_counter()
    work()
    return time.perf_counter() - began, server.cpu() - cpu


def scrape(server: Server, peer: str, figures: Figures, encoding: str) -> None:
    answers: list[tuple[int, int]] = []
    seconds, cpu = measured(
        server, lambda: answers.append(server.get(PEERS[peer], encoding))
    )
    status, figures.size = answers[0]
    figures.failures += status != 200
    figures.seconds.append(seconds)
    figures.cpu.append(cpu)


def rounds_of(components: int, peer: str, quick: bool) -> int:
    rounds = SIZES[components][1]
    if peer == "stock" and components == 100_000:
        return 2
    return max(2, rounds // 5) if quick else rounds


def compare(
    servers: dict[str, Server], components: int, encoding: str, quick: bool
) -> dict[str, Figures]:
    """Scrape the peers in turn. The first scrape of each is counted apart."""
    found = {peer: Figures() for peer in servers}
    for peer, server in servers.items():
        once = Figures()
        scrape(server, peer, once, encoding)
        found[peer].first_cpu = once.cpu[0]
    for number in range(rounds_of(components, "otel_sla", quick)):
        for peer, server in servers.items():
            if number < rounds_of(components, peer, quick):
                scrape(server, peer, found[peer], encoding)
    return found


def median(values: list[float]) -> float:
    return statistics.median(values)


def high(values: list[float]) -> float:
    """The 99th percentile: of fewer than a hundred values, the largest."""
    return sorted(values)[max(0, -(-len(values) * 99 // 100) - 1)]


def comparison_table(
    found: dict[str, Figures], servers: dict[str, Server], components: int
) -> None:
    ours = median(found["otel_sla"].cpu)
    for peer, figures in found.items():
        name = f"| {components:,} | {TITLES[peer]} "
        if figures.failures:
            print(f"{name}| {figures.failures} of {len(figures.cpu)} failed |")
            continue
        cpu = median(figures.cpu)
        print(
            f"{name}| {median(figures.seconds):.3f} | {high(figures.seconds):.3f} "
            f"| {cpu:.4f} | {cpu / ours:.1f} | {figures.first_cpu:.2f} "
            f"| {figures.size / 1e6:.2f} | {servers[peer].peak_mebibytes():.0f} |"
        )


def at_once(server: Server, scrapers: int, rounds: int) -> tuple[float, float]:
    """The CPU seconds of one scrape, and of so many that begin at the same time."""
    together = Barrier(scrapers)

    def one() -> None:
        server.get("/metrics", "gzip")

    def many(pool: ThreadPoolExecutor) -> None:
        def begin(_: int) -> None:
            together.wait()
            one()

        list(pool.map(begin, range(scrapers)))

    with ThreadPoolExecutor(scrapers) as pool:
        many(pool)
        alone, shared = [], []
        for _ in range(rounds):
            alone.append(measured(server, one)[1])
            shared.append(measured(server, lambda: many(pool))[1])
    return median(alone), median(shared)


def delays(server: Server, path: str | None, count: int) -> list[float]:
    """The seconds that a trivial view takes, beside scrapes that follow each other."""
    done = Event()

    def scrapes() -> None:
        while path and not done.is_set():
            server.get(path)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(scrapes)
        try:
            return [
                measured(server, lambda: server.get("/trivial"))[0]
                for _ in range(count)
            ]
        finally:
            done.set()


def side_by_side(server: Server, components: int, quick: bool) -> None:
    one, many = at_once(server, 10, 5 if quick else 15)
    print(f"| {components:,} | {one:.3f} | {many:.3f} | {many / one:.2f} |", flush=True)


def delay_table(servers: dict[str, Server], quick: bool) -> None:
    print("| a trivial view in the same process, ms | median | p99 | max |")
    print("|---|---:|---:|---:|")
    count = 100 if quick else 400
    for peer, path in ((None, None), *PEERS.items()):
        server = servers[peer or "otel_sla"]
        found = delays(server, path, count)
        title = f"beside scrapes by {TITLES[peer]}" if peer else "alone"
        cells = (median(found), high(found), max(found))
        print(f"| {title} | {' | '.join(f'{one * 1e3:.1f}' for one in cells)} |")


HEAD = (
    "| components | | median s | p99 s | CPU s | CPU / ours | first CPU s | MB "
    "| peak MiB |\n|---:|---|---:|---:|---:|---:|---:|---:|---:|"
)


def run(sizes: list[int], database: str, postgres: str | None, quick: bool) -> None:
    print(f"\n### {database}\n\n{HEAD}", flush=True)
    compressed = []
    for components in sizes:
        with catalogue(components, postgres) as environment, ExitStack() as stack:
            servers = {
                peer: stack.enter_context(serving(peer, environment)) for peer in PEERS
            }
            found = compare(servers, components, "identity", quick)
            comparison_table(found, servers, components)
            some = {peer: servers[peer] for peer in ("otel_sla", "2019")}
            compressed.append((components, compare(some, components, "gzip", quick)))
            sys.stdout.flush()
    print("\nCompressed, as Prometheus asks for it:\n")
    print("| components | otel_sla CPU s | MB | design of 2019 CPU s | MB |")
    print("|---:|---:|---:|---:|---:|")
    for components, found in compressed:
        cells = " | ".join(
            f"{median(one.cpu):.4f} | {one.size / 1e6:.2f}" for one in found.values()
        )
        print(f"| {components:,} | {cells} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--postgres", help="postgresql://... of a server")
    parser.add_argument("--quick", action="store_true", help="a fifth of the rounds")
    options = parser.parse_args()
    run(options.sizes, "SQLite", None, options.quick)
    if options.postgres:
        run(options.sizes, "PostgreSQL", options.postgres, options.quick)
    print("\n### Ten scrapers at once, compressed, SQLite: CPU seconds\n")
    print("| components | one | ten at once | ratio |\n|---:|---:|---:|---:|")
    for components in (one for one in options.sizes if one >= 10_000):
        with (
            catalogue(components, None) as environment,
            serving("otel_sla", environment) as server,
        ):
            side_by_side(server, components, options.quick)
    print("\n### Beside other requests, 10,000 components, SQLite\n")
    with catalogue(10_000, None) as environment, ExitStack() as stack:
        servers = {
            peer: stack.enter_context(serving(peer, environment)) for peer in PEERS
        }
        for peer, server in servers.items():
            server.get(PEERS[peer])
        delay_table(servers, options.quick)


if __name__ == "__main__":
    main()
