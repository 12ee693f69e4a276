"""What takes part in a soak: PostgreSQL, the site under gunicorn, its editor."""

from __future__ import annotations

import http.client
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

from benchmarks.scrape import ROOT, Server

PATIENCE = 60


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
            # As deploy/ has it.
            "MALLOC_ARENA_MAX": "2",
            "MALLOC_MMAP_THRESHOLD_": "1048576",
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


@contextmanager
def editing(site: Site, seed: int, pause: float) -> Iterator[subprocess.Popen[bytes]]:
    """The editor of editor.py, with so many seconds between edits in the mean."""
    command = (sys.executable, "-m", "benchmarks.soaking.editor")
    arguments = (str(site.directory), str(seed), str(pause))
    with site.running("editor", *command, *arguments) as process:
        yield process


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
