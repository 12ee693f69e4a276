"""What takes part in a soak: PostgreSQL, the site under gunicorn, Prometheus."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.scrape import ROOT, Server

INTERVAL = 5
"""Seconds from one scrape to the next, and that one may take."""

PATIENCE = 60
CONFIGURATION = """\
global:
  scrape_interval: {interval}s
  scrape_timeout: {interval}s
  external_labels: {{replica: "{replica}"}}
scrape_configs:
  - job_name: site
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
    authorization: {{credentials_file: {token}}}
"""


class Cluster:
    """A PostgreSQL server of its own, which is stopped and started."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        path = str(found[-1]) if found else shutil.which("pg_ctl")
        if path is None:
            raise SystemExit("pg_ctl is not installed")
        self._programs = Path(path).parent
        # PostgreSQL refuses to run as root.
        self._user = {"user": "postgres"} if os.getuid() == 0 else {}
        self._data = Path(tempfile.mkdtemp(prefix="otel_sla_soak_cluster_"))
        if self._user:
            shutil.chown(self._data, **self._user)
        self._port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def create(self) -> None:
        self._run("initdb", "--username=postgres", "--auth=trust", "--no-sync")

    @property
    def version(self) -> str:
        return (self._data / "PG_VERSION").read_text().strip()

    def start(self) -> None:
        options = f"-p {self._port} -c listen_addresses=127.0.0.1"
        sockets = f"-c unix_socket_directories={self._data}"
        self._run("pg_ctl", "start", "-w", "-o", f"{options} {sockets}")

    def stop(self) -> None:
        """Stop it as a package's upgrade does: whoever is connected is cut off."""
        self._run("pg_ctl", "stop", "-w", "-m", "fast")

    def remove(self) -> None:
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-w", "-m", "immediate")
        shutil.rmtree(self._data)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self._data, *arguments],
            cwd=self._data,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
            **self._user,  # type: ignore[call-overload]
        )


@contextmanager
def cluster() -> Iterator[Cluster]:
    one = Cluster()
    try:
        one.create()
        one.start()
        yield one
    finally:
        one.remove()


@dataclass(frozen=True, slots=True)
class Site:
    """A directory, and the environment of the site's processes."""

    directory: Path
    environment: Mapping[str, str]

    @classmethod
    def make(cls, directory: Path, database: str) -> Site:
        token = directory / "token"
        token.write_text(f"{secrets.token_urlsafe(32)}\n")
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DJANGO_", "OTEL_", "GUNICORN_", "PYTHON"))
        }
        own = {
            "DATABASE_URL": database,
            "DJANGO_METRICS_TOKEN_FILE": str(token),
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
            "DJANGO_SETTINGS_MODULE": "deploy.settings",
            "PYTHONPATH": str(ROOT),
            "XDG_RUNTIME_DIR": str(directory),
        }
        return cls(directory, {**inherited, **own})

    @property
    def token(self) -> Path:
        return self.directory / "token"

    def manage(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *arguments, "--verbosity", "0"],
            cwd=ROOT,
            env=self.environment,
            check=True,
        )

    @contextmanager
    def running(self, name: str, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process with a log; ended in the end, in peace or by force."""
        with (self.directory / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for whoever ends these, in order.
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def log(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Serving:
    """The site's gunicorn: its master and its workers."""

    port: int
    master: int

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.master}/task/{self.master}/children")
        return sorted(map(int, children.read_text().split()))


@contextmanager
def serving(site: Site, workers: int) -> Iterator[Serving]:
    """The site by the command of deploy/service-windows.service."""
    port = free_port()
    command = f"--bind 127.0.0.1:{port} --workers {workers} --threads 4"
    more = "--graceful-timeout 30 --no-control-socket sla_site.wsgi"
    gunicorn = (sys.executable, "-m", "gunicorn", *f"{command} {more}".split())
    with site.running("gunicorn", *gunicorn) as process:
        await_answer(lambda: Server(port, 0).get("/readyz")[0] == 200, "gunicorn")
        yield Serving(port, process.pid)


class NoAnswer(http.client.HTTPException):
    """Prometheus refuses to answer, or is not ready to."""


class Prometheus:
    """A Prometheus that scrapes the site, asked over its HTTP API."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self._port = port

    def await_scrape(self, since: float) -> None:
        """Wait for one to be stored that has begun since, and so for all before it."""

        def has_scraped() -> bool:
            length = int((time.time() - since) * 1000)
            return bool(length and self.samples("up", int(time.time() * 1000), length))

        await_answer(has_scraped, self.name)

    def samples(self, selector: str, end: int, length: int) -> list[Any]:
        """Return the stored samples of series, so many milliseconds up to an instant:
        labels and values."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=180)
        query = {"query": f"{selector}[{length}ms]", "time": f"{end / 1000:.3f}"}
        connection.request("GET", f"/api/v1/query?{urlencode(query)}")
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        if response.status != 200:
            raise NoAnswer(f"{self.name}: {selector}: {answer.decode()}")
        found: list[Any] = json.loads(answer)["data"]["result"]
        return found


@contextmanager
def prometheus(site: Site, name: str, target: int) -> Iterator[Prometheus]:
    port = free_port()
    file = site.directory / f"{name}.yml"
    file.write_text(
        CONFIGURATION.format(
            interval=INTERVAL, replica=name, port=target, token=site.token
        )
    )
    command = (
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={site.directory / name}",
        f"--web.listen-address=127.0.0.1:{port}",
        # A sample's timestamp is when its scrape began, not up to 2 ms off that.
        "--no-scrape.adjust-timestamps",
    )
    began = time.time()
    with site.running(name, *command):
        one = Prometheus(name, port)
        one.await_scrape(began)
        yield one


def await_answer(is_there: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(OSError, http.client.HTTPException):
            if is_there():
                return
        time.sleep(0.05)
    raise SystemExit(f"no answer of {what} within {PATIENCE} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
