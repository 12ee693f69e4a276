"""Scrapes of many workers show what all have counted, whatever becomes of them."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest

from otel_sla.fanin import default_base

from ..support.at_once import parametrize_at_once
from ..support.processes import GUNICORN, MANAGE, WSGI, Server, Site, make_site, until
from ..support.prometheus import Prometheus, scraping

WORKERS = 4
REQUESTS = 2_000
COUNT = "http_server_request_duration_seconds_count"
FOUR = (*GUNICORN, "--workers", str(WORKERS))
UVICORN = (sys.executable, "-m", "uvicorn", "--port", "{port}", "--log-level", "error")
SERVERS = {
    "sync": (*FOUR, WSGI),
    "gthread": (*FOUR, "--threads", "4", WSGI),
    "sync that preloads": (*FOUR, "--preload", WSGI),
    "gthread that preloads": (*FOUR, "--threads", "4", "--preload", WSGI),
}
RECYCLING = (*FOUR, "--max-requests", "100", WSGI)
CONFIGURATION = """\
scrape_configs:
  - job_name: site
    scrape_interval: 1s
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with the sample catalogue."""
    return make_site(tmp_path_factory.mktemp("workers")).load_sample()


def ask(server: Server, count: int) -> None:
    """Have the workers answer so many requests, and wait for all answers."""

    def one(_: int) -> None:
        assert server.get("/nothing-here").status == 404

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(count)))


def counted(server: Server) -> float:
    """Scrape, and return how many requests are counted in all."""
    text = server.get("/metrics").text
    return sum(map(float, re.findall(rf"^{COUNT}\{{.*\}} (\S+)$", text, re.M)))


def workers_of(server: Server) -> set[int]:
    return set(server.pids()) - {server.process.pid}


@contextmanager
def awake(site: Site, command: tuple[str, ...]) -> Iterator[Server]:
    """A server all of whose workers have served a request."""
    with site.serving(*command, path="/nothing-here") as server:

        def threads(pid: int) -> int:
            return len(os.listdir(f"/proc/{pid}/task"))

        def all_take_part() -> bool:
            server.get("/nothing-here")
            pids = workers_of(server)
            return len(pids) >= WORKERS and all(threads(pid) > 1 for pid in pids)

        until(all_take_part, "every worker takes part")
        yield server


def every_second_counts(prometheus: Prometheus, total: float) -> None:
    """No count ever goes back, and the increase is what has been asked."""
    assert prometheus.value(f"sum(resets({COUNT}[5m]))") == 0
    asked = prometheus.value(f"sum(max_over_time({COUNT}[5m]))") or 0
    asked -= prometheus.value(f"sum(min_over_time({COUNT}[5m]))") or 0
    increase = prometheus.value(f"sum(increase({COUNT}[5m]))") or 0
    scrapes = prometheus.value(f"min(count_over_time({COUNT}[5m]))") or 0
    # Extrapolated by half an interval before the first scrape, as that is far from the
    # beginning of the five minutes, and by 1.1 at most after the last.
    assert 0.99 * asked <= increase <= asked * (1 + 1.6 / (scrapes - 1)) + 1
    assert prometheus.value(f"sum({COUNT})") == total


# Among these two are both kinds of workers, and both ways to load the site.
@parametrize_at_once("server", SERVERS, long=("gthread", "sync that preloads"))
def test_every_scrape_counts_every_request_of_all_workers(
    server: str, site: Site, tmp_path: Path
) -> None:
    with awake(site, SERVERS[server]) as running:
        before = counted(running)
        text = CONFIGURATION.format(port=running.port)
        with scraping(tmp_path, text) as prometheus:
            until(lambda: prometheus.value("up") == 1, "a first scrape")
            ask(running, REQUESTS)
            total = before + REQUESTS
            assert [counted(running) for _ in range(20)] == [total] * 20
            until(
                lambda: prometheus.value(f"sum({COUNT})") == total, "the last request"
            )
            every_second_counts(prometheus, total)
            buckets = 'sum(http_server_request_duration_seconds_bucket{le="+Inf"})'
            assert prometheus.value(buckets) == total
        assert "Traceback" not in running.output


def test_recycled_workers_leave_what_they_have_counted(
    site: Site, tmp_path: Path
) -> None:
    with site.serving(*RECYCLING, path="/nothing-here") as running:
        before = until(lambda: counted(running), "a counted request")
        text = CONFIGURATION.format(port=running.port)
        with scraping(tmp_path, text) as prometheus:
            until(lambda: prometheus.value("up") == 1, "a first scrape")
            # Each worker's start costs as much as some hundred requests.
            ask(running, REQUESTS // 2)
            total = before + REQUESTS // 2
            until(lambda: counted(running) == total, "all requests counted")
            assert [counted(running) for _ in range(20)] == [total] * 20
            assert prometheus.value(f"sum(resets({COUNT}[5m]))") == 0
        files = list_files(running)
        assert len([one for one in files if one.endswith(".json")]) <= WORKERS + 2


def saved(server: Server) -> int:
    """Return how many requests are counted in all that the workers have saved."""
    (group,) = default_base().glob(f"group-*-{server.process.pid}-*")
    return sum(
        point[0]
        for file in group.glob("[0-9]*.json")
        for instrument, points in json.loads(file.read_text("utf-8")).items()
        if json.loads(instrument)["name"] == "http.server.request.duration"
        for point in points.values()
    )


def list_files(server: Server) -> list[str]:
    """The files in which this server's workers keep their totals."""
    (group,) = default_base().glob(f"group-*-{server.process.pid}-*")
    return [file.name for file in group.iterdir()]


@parametrize_at_once(
    "ended_by", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"]
)
def test_a_worker_that_is_ended_takes_a_second_s_requests_at_most(
    ended_by: signal.Signals, site: Site
) -> None:
    with awake(site, SERVERS["sync"]) as running:
        before = counted(running)
        ask(running, 400)
        total = before + 400
        assert counted(running) == total
        pid = workers_of(running).pop()
        os.kill(pid, ended_by)
        until(lambda: pid not in running.pids(), "the worker's end")
        # All of it had been shown, so none of it is lost.
        assert [counted(running) for _ in range(20)] == [total] * 20
        ask(running, 400)
        assert counted(running) == total + 400


def test_requests_that_nobody_asked_about_are_saved_once_a_second(site: Site) -> None:
    with awake(site, SERVERS["sync"]) as running:
        before = counted(running)
        ask(running, 400)
        until(lambda: saved(running) == before + 400, "a saving of every worker", 10)
        for pid in workers_of(running):
            os.kill(pid, signal.SIGKILL)
        until(lambda: counted(running) == before + 400, "all of them after a restart")


def test_a_stopped_worker_holds_up_a_scrape_for_a_second_and_is_not_lost(
    site: Site,
) -> None:
    with awake(site, SERVERS["gthread"]) as running:
        before = counted(running)
        ask(running, 400)
        total = before + 400
        assert counted(running) == total
        usual = median(timed(running)[1] for _ in range(5))
        stopped = workers_of(running).pop()
        os.kill(stopped, signal.SIGSTOP)
        try:
            # The kernel gives connections to those that take them.
            answers = [timed(running) for _ in range(5)]
        finally:
            os.kill(stopped, signal.SIGCONT)
        assert {count for count, _ in answers} == {total}
        took = sorted(seconds for _, seconds in answers)
        # A busy machine holds up a scrape for seconds now and then, never all of them.
        assert 0.9 <= took[0] < usual + 1.5
        assert median(took) < usual + 3
        assert took[-1] < 8


def timed(server: Server) -> tuple[float, float]:
    began = time.monotonic()
    return counted(server), time.monotonic() - began


def test_workers_of_uvicorn_count_together(site: Site) -> None:
    command = (*UVICORN, "--workers", "3", "sla_site.asgi:application")
    with site.serving(*command, path="/nothing-here") as running:
        ask(running, 60)
        before = until(lambda: counted(running), "a counted request")
        ask(running, 300)
        until(lambda: counted(running) >= before + 300, "all requests")
        assert len({counted(running) for _ in range(20)}) == 1


def test_workers_of_uvicorn_that_end_in_peace_take_nothing_with_them(
    site: Site,
) -> None:
    command = (*UVICORN, "--workers", "3", "sla_site.asgi:application")
    with site.serving(*command, path="/nothing-here") as running:
        ask(running, 60)
        before = until(lambda: counted(running), "a counted request")
        ask(running, 150)
        group = list_files(running)
        workers = {int(one.partition("-")[0]) for one in group if one[0].isdigit()}
        os.kill(workers.pop(), signal.SIGTERM)
        until(lambda: counted(running) >= before + 150, "all requests")


ALONE = {
    "gunicorn with one worker": (*GUNICORN, WSGI),
    "uvicorn": (*UVICORN, "sla_site.asgi:application"),
    "runserver": (*MANAGE, "runserver", "--noreload", "127.0.0.1:{port}"),
}


@parametrize_at_once("server", ALONE)
def test_one_process_meets_nobody(server: str, site: Site) -> None:
    # As in production: nothing that was imported before hides a missing import.
    alone = site.in_new_processes()
    with alone.serving(*ALONE[server], path="/nothing-here") as running:
        ask(running, 10)
        assert counted(running) >= 10
        found = list(default_base().glob("*/*"))
        mine = {str(pid) for pid in running.pids()}
        assert not [one for one in found if one.name.partition("-")[0] in mine]


def test_a_directory_that_can_not_be_used_costs_no_request_and_is_said(
    site: Site, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(0o755)
    text = f'OTEL_SLA["RUNTIME_DIR"] = {str(shared)!r}'
    unusable = site.having_settings("unusable_directory", text)
    assert "otel_sla.W003" in unusable.run(*MANAGE, "check").stderr
    with unusable.serving(*SERVERS["sync"], path="/nothing-here") as running:
        ask(running, 20)
        # The first to answer may be a worker that has served nothing else yet.
        text = until(
            lambda: next(
                (one for one in [running.get("/metrics").text] if COUNT in one), ""
            ),
            "a worker tells of its own requests",
        )
        failed = r'^service_window_collection_errors_total\{stage="workers"\} [1-9]'
        assert re.search(failed, text, re.MULTILINE)
        assert "Traceback" not in running.output
