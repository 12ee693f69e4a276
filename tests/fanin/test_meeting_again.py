"""Workers meet again when the directory in which they meet is removed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import pytest

from ..support.processes import (
    GUNICORN,
    WSGI,
    Server,
    Site,
    free_port,
    make_site,
    until,
)

COUNT = "http_server_request_duration_seconds_count"
COUNTERS = re.compile(
    r"^((?:http_server_request_duration_seconds_(?:count|bucket|sum)"
    r"|service_window_collection_errors_total)\{.*\}) (\S+)$",
    re.MULTILINE,
)
TOGETHER = re.compile(r"^service_window_workers_together (\d)", re.MULTILINE)
FAILS = "a scrape leaves out what other workers counted"
AGAIN = "scrapes show all workers' counts again"
UVICORN = (sys.executable, "-m", "uvicorn", "--port", "{port}", "--log-level", "error")
WORKERS = {
    "gunicorn": (3, (*GUNICORN, "--workers", "3", WSGI)),
    "uvicorn": (2, (*UVICORN, "--workers", "2", "sla_site.asgi:application")),
}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("again")).load_sample()


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A runtime directory whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="run-") as directory:
        yield Path(directory)


@pytest.fixture
def site(migrated: Site, runtime: Path) -> Site:
    return migrated.having(XDG_RUNTIME_DIR=str(runtime))


def group_of(runtime: Path) -> Path:
    (group,) = runtime.glob("*/group-*")
    return group


def remove(directory: Path) -> None:
    """Remove a directory in which others write meanwhile."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        while os.fstat(opened).st_nlink:
            shutil.rmtree(directory, ignore_errors=True)
    finally:
        os.close(opened)


def members(runtime: Path) -> set[str]:
    """The workers that have saved something; those that have ended may be there."""
    return {file.stem for file in runtime.glob("*/group-*/[0-9]*.json")}


class Load:
    """Requests that are counted, and scrapes, all the time."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._stop = Event()
        self.sent = 0
        self.scrapes: list[tuple[float, dict[str, float], str]] = []
        self._threads = [Thread(target=self._ask), Thread(target=self._scrape)]

    def _ask(self) -> None:
        while not self._stop.is_set():
            assert self._server.get("/nothing-here").status == 404
            self.sent += 1

    def _scrape(self) -> None:
        while not self._stop.is_set():
            self.scrape()

    def scrape(self) -> float:
        """Scrape, and return how many requests are counted in all; 0 for a gap."""
        answer = self._server.get("/metrics")
        assert answer.status == 200
        assert "service_window_in_window{" in answer.text
        found = {key: float(value) for key, value in COUNTERS.findall(answer.text)}
        (together,) = TOGETHER.findall(answer.text)
        self.scrapes.append((time.monotonic(), found, together))
        return sum(found[key] for key in found if key.startswith(COUNT))

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *about: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def check(self) -> None:
        """No series ever goes back, and the gauge tells where there is a gap."""
        last: dict[str, float] = {}
        for _, found, together in self.scrapes:
            assert together == str(int(bool(found)))
            assert not found or not last.keys() - found.keys()
            back = {key: (last[key], found[key]) for key in last if found}
            assert not {key: two for key, two in back.items() if two[1] < two[0]}
            last = found or last

    def longest_gap(self) -> float:
        """Return for how many seconds counters were left out at most."""
        shown = [at for at, found, _ in self.scrapes if found]
        return max(b - a for a, b in pairwise(shown))


@contextmanager
def serving(site: Site, runtime: Path, server: str) -> Iterator[Server]:
    """A server whose workers all take part, and one before them that has ended."""
    workers, command = WORKERS[server]
    with site.serving(*command, path="/nothing-here") as running:

        def take_part() -> bool:
            running.get("/nothing-here")
            pids = {str(pid) for pid in running.pids()}
            alive = {name for name in members(runtime) if name.split("-")[0] in pids}
            return len(alive) >= workers

        until(take_part, "all workers have joined")
        for _ in range(20):
            running.get("/nothing-here")
        assert "service_window_workers_together 1" in running.get("/metrics").text
        os.kill(int(members(runtime).pop().split("-")[0]), signal.SIGKILL)

        def is_added_up() -> bool:
            running.get("/metrics")
            return (group_of(runtime) / "ended.json").exists()

        until(is_added_up, "the ended are added up")
        until(take_part, "another worker has joined")
        yield running


REMOVED: dict[str, Callable[[Path], Path]] = {
    "group": group_of,
    "base": lambda runtime: group_of(runtime).parent,
}


@pytest.mark.parametrize(
    ("removed", "server"),
    [("group", "gunicorn"), ("base", "gunicorn"), ("base", "uvicorn")],
)
def test_no_count_goes_back_or_is_lost_when_the_directory_is_removed(
    removed: str, server: str, site: Site, runtime: Path
) -> None:
    with serving(site, runtime, server) as running:
        load = Load(running)
        before = until(load.scrape, "a count")
        with load:
            until(lambda: load.sent > 30, "some requests")
            directory = REMOVED[removed](runtime)
            remove(directory)
            at = len(load.scrapes)
            until(directory.exists, "the directory is there again")
            until(
                lambda: any(found for _, found, _ in load.scrapes[at + 2 :]), "counts"
            )
            sent = load.sent
            until(lambda: load.sent > sent + 30, "more requests")
        until(lambda: load.scrape() == before + load.sent, "all requests counted")
        load.check()
        assert load.longest_gap() < 10
        assert "Traceback" not in running.output
        assert FAILS in running.output
        until(lambda: AGAIN in running.output, "the log says that it is over")


def test_workers_meet_elsewhere_while_the_runtime_directory_is_gone_for_good(
    migrated: Site, runtime: Path
) -> None:
    with tempfile.TemporaryDirectory(prefix="tmp-") as elsewhere:
        site = migrated.having(XDG_RUNTIME_DIR=str(runtime), TMPDIR=elsewhere)
        with serving(site, runtime, "gunicorn") as running:
            load = Load(running)
            before = until(load.scrape, "a count")
            with load:
                until(lambda: load.sent > 30, "some requests")
                # It belongs to the system, and the workers can't make it again.
                remove(runtime)
                runtime.touch()
                until(lambda: members(Path(elsewhere)), "another place")
                at = len(load.scrapes)
                until(
                    lambda: any(found for _, found, _ in load.scrapes[at + 2 :]),
                    "counts",
                )
                runtime.unlink()
                runtime.mkdir(mode=0o700)
                until(lambda: len(members(runtime)) >= 3, "the first place again")
                sent = load.sent
                until(lambda: load.sent > sent + 30, "more requests")
            until(lambda: load.scrape() == before + load.sent, "all requests counted")
            load.check()
            assert load.longest_gap() < 10


TWO = """
import subprocess, sys
sites = [
    subprocess.Popen([sys.executable, "-m", "uvicorn", "--port", port, "--log-level",
                      "error", "sla_site.asgi:application"],
                     env={**__import__("os").environ, "DJANGO_SETTINGS_MODULE": name})
    for name, port in (sys.argv[1:3], sys.argv[3:5])
]
for one in sites:
    one.wait()
"""


def test_two_sites_with_one_parent_in_one_directory_count_apart(
    site: Site, runtime: Path
) -> None:
    text = 'OTEL_SLA["FAN_IN"] = True\n'
    for name in ("first", "second"):
        site.having_settings(name, text)
    port = str(free_port())
    command = (sys.executable, "-c", TWO, "first", "{port}", "second", port)
    with site.serving(*command, path="/nothing-here") as first:
        second = Server(first.process, int(port), first.log)

        def both_take_part() -> bool:
            with suppress(OSError):
                second.get("/nothing-here")
            return len(list(runtime.glob("*/group-*/*.json"))) == 2

        until(both_take_part, "both sites have saved something")
        before = Load(first).scrape(), Load(second).scrape()
        for _ in range(20):
            second.get("/nothing-here")
        until(lambda: Load(second).scrape() == before[1] + 20, "its own requests")
        assert Load(first).scrape() == before[0]
        assert len(list(runtime.glob("*/group-*"))) == 2


def test_workers_of_a_second_master_show_no_counts_while_the_first_one_lives(
    site: Site, runtime: Path
) -> None:
    # SIGUSR2 runs it anew by its path.
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    command = (gunicorn, *GUNICORN[3:], "--workers", "2", WSGI)
    with site.serving(*command, path="/nothing-here") as running:
        load = Load(running)
        first = running.process.pid

        def groups() -> int:
            running.get("/nothing-here")
            return len(list(runtime.glob("*/group-*/*.json")))

        until(lambda: groups() >= 2 and load.scrape() > 20, "a count of both workers")
        os.kill(first, signal.SIGUSR2)
        until(lambda: groups() >= 4, "workers of both masters")
        load.scrapes.clear()
        until(lambda: {load.scrape() > 0 for _ in range(9)} == {True, False}, "a gap")
        load.check()
        os.kill(first, signal.SIGTERM)
        running.process.wait(30)
        count = until(load.scrape, "counts of the second")
        assert count < max(sum(found.values()) for _, found, _ in load.scrapes)
        running.get("/nothing-here")
        until(lambda: load.scrape() == count + 1, "one more")
