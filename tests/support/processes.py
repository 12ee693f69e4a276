"""The site as real processes: commands and servers, in a directory of their own."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TypeVar

import pytest
import yaml

from . import forking
from .databases import database_of_site, directory_of_tests, sqlite_url
from .forking import Forked

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "otel_sla" / "sample_catalogue.yaml"
LOAD_SAMPLE = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("load_catalogue", {str(SAMPLE)!r}, verbosity=0)
"""
MANAGE = (sys.executable, "manage.py")
GUNICORN = (sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:{port}")
WSGI = "sla_site.wsgi:application"
SETTINGS = "sla_site.settings"

DEADLINE = 30.0
"""Seconds within which anything here happens, also on a busy machine."""

AGED = "otel_sla.W002"
T = TypeVar("T")

_POLL = 0.05
_OF_THE_TESTS = (
    "COV_",
    "COVERAGE_",
    "CURL_CA_BUNDLE",
    "DATABASE_URL",
    "DJANGO_",
    "GUNICORN_",
    "OTEL_",
    "PROMETHEUS_",
    "PYTEST_",
    "PYTHON",
    "REQUESTS_CA_BUNDLE",
    "ROTEL_",
    "WEB_CONCURRENCY",
)
"""Beginnings of variables that a site does not inherit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response to a GET."""

    status: int
    content_type: str
    text: str


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, the processes it has started among it."""

    process: subprocess.Popen[bytes] | Forked
    port: int
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path; header names are written with underscores."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=DEADLINE
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request("GET", path, headers=named)
            response = connection.getresponse()
            return Answer(
                response.status,
                response.headers.get("Content-Type", ""),
                response.read().decode(),
            )
        finally:
            connection.close()

    def pids(self) -> list[int]:
        """Return the server's processes: those of its process group."""
        return [pid for pid in _all_pids() if _group_of(pid) == self.process.pid]


@dataclass(frozen=True, slots=True)
class Site:
    """A deployment: a directory, importable, and the environment of its processes."""

    directory: Path
    environment: Mapping[str, str]
    forks: bool = True
    """Whether its programs may find modules imported already; see forking."""
    start_in: Path = ROOT
    """The working directory of its programs."""

    def having(self, **variables: str) -> Site:
        """The same with other environment variables."""
        return replace(self, environment={**self.environment, **variables})

    def having_settings(self, name: str, text: str) -> Site:
        """The same with a settings module that adds the text to the site's own."""
        self.write(f"{name}.py", f"from sla_site.settings import *\n{text}\n")
        return self.having(DJANGO_SETTINGS_MODULE=name)

    def in_new_processes(self) -> Site:
        """The same with programs that import everything themselves."""
        return replace(self, forks=False)

    def of_any_year(self) -> Site:
        """The same without the warning that its time zone data has aged."""
        return self.having_settings("aged", f"SILENCED_SYSTEM_CHECKS = [{AGED!r}]")

    def write(self, name: str, text: str) -> Path:
        """Write a file into the directory."""
        file = self.directory / name
        file.write_text(text, "utf-8")
        return file

    def run(
        self, *command: str, seconds: float = 2 * DEADLINE
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever that is."""
        if self.forks and forking.can_fork(command, self.environment):
            return self._run_forked(command, seconds)
        return subprocess.run(
            command,
            cwd=self.start_in,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def manage(self, *arguments: str, seconds: float = 2 * DEADLINE) -> str:
        """Run a management command that has to succeed; return what it prints."""
        done = self.run(*MANAGE, *arguments, seconds=seconds)
        if done.returncode:
            said = f"{done.stdout}{done.stderr}"
            pytest.fail(f"{arguments} ended with {done.returncode}:\n{said}")
        return done.stdout

    def load_sample(self) -> Site:
        """Migrate the database and load the sample catalogue, in one process.

        It is loaded into a new SQLite file once, and copied then.
        """
        url, settings = map(
            self.environment.get, ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        )
        file = self.directory / "site.sqlite3"
        if url != sqlite_url(self.directory) or settings != SETTINGS or file.exists():
            self.manage("shell", "-c", LOAD_SAMPLE)
        else:
            shutil.copyfile(_sample_file(), file)
        return self

    @contextmanager
    def serving(self, *command: str, path: str = "/metrics") -> Iterator[Server]:
        """Run a server, {port} in its command being a free one; wait for an answer."""
        port = free_port()
        log = self.directory / f"server-{port}.log"
        with log.open("wb") as output:
            process = self._start(
                [argument.replace("{port}", str(port)) for argument in command], output
            )
        server = Server(process, port, log)
        try:
            _wait_for_an_answer(server, path)
            yield server
        finally:
            _end(process)

    def _start(
        self, command: Sequence[str], output: IO[bytes]
    ) -> subprocess.Popen[bytes] | Forked:
        """Start a server in a process group of its own."""
        if self.forks and forking.can_fork(command, self.environment):
            file = output.fileno()
            return forking.start(
                command, self.start_in, self.environment, file, file, new_session=True
            )
        return subprocess.Popen(
            command,
            cwd=self.start_in,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _run_forked(
        self, command: Sequence[str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        with (
            TemporaryFile("w+") as stdout,
            TemporaryFile("w+") as stderr,
        ):
            process = forking.start(
                command,
                self.start_in,
                self.environment,
                stdout.fileno(),
                stderr.fileno(),
            )
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            stdout.seek(0)
            stderr.seek(0)
            return subprocess.CompletedProcess(
                command, code, stdout.read(), stderr.read()
            )


@cache
def _sample_file() -> Path:
    """Return an SQLite file with the sample catalogue, there until the tests end."""
    directory = directory_of_tests()
    url = sqlite_url(directory)
    make_site(directory, DATABASE_URL=url).manage("shell", "-c", LOAD_SAMPLE)
    return directory / "site.sqlite3"


def make_site(directory: Path, **variables: str) -> Site:
    """A site with a new database, not migrated yet, and nothing inherited."""
    if "DATABASE_URL" not in variables:
        variables["DATABASE_URL"] = database_of_site(directory)
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OF_THE_TESTS)
    }
    own = {
        "DJANGO_PUBLIC_METRICS": "1",
        "DJANGO_SECRET_KEY": "tests only",
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        # Where gunicorn leaves its control socket.
        "HOME": str(directory),
        "PYTHONPATH": str(directory),
        "PYTHONUNBUFFERED": "1",
    }
    return Site(directory, {**inherited, **own, **variables})


def sample_components() -> set[str]:
    """Return the names of the sample catalogue's enabled components."""
    components = yaml.safe_load(SAMPLE.read_text("utf-8"))["components"]
    return {name for name, fields in components.items() if fields.get("enabled", True)}


def components_in(exposition: str) -> set[str]:
    """Return the names of the components that a scrape shows."""
    pattern = r'^service_window_in_window\{component="(.+?)"'
    return set(re.findall(pattern, exposition, re.MULTILINE))


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(outcome: Callable[[], T], what: str, seconds: float = DEADLINE) -> T:
    """Ask again and again until the outcome is true; return it."""
    end = time.monotonic() + seconds
    while not (last := outcome()):
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds:.0f} s: {what}; last seen: {last!r}")
        time.sleep(_POLL)
    return last


def thread_count(pid: int) -> int:
    """Return how many threads the process has now."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def listening_ports(pid: int) -> set[int]:
    """Return the TCP ports on which the process listens now."""
    owned = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            owned.add(os.readlink(descriptor))
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == "0A" and f"socket:[{inode}]" in owned:
                ports.add(int(local.rpartition(":")[2], 16))
    return ports


def _wait_for_an_answer(server: Server, path: str) -> None:
    end = time.monotonic() + DEADLINE
    while not _answers(server, path):
        code = server.process.poll()
        if code is not None:
            pytest.fail(f"the server ended with {code}:\n{server.output}")
        if time.monotonic() > end:
            pytest.fail(f"no answer of the server:\n{server.output}")
        time.sleep(_POLL)


def _answers(server: Server, path: str) -> bool:
    with suppress(OSError, http.client.HTTPException):
        return bool(server.get(path).status)
    return False


def _end(process: subprocess.Popen[bytes] | Forked) -> None:
    """End the whole process group, in peace or by force."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _all_pids() -> list[int]:
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()
    ]


def _group_of(pid: int) -> int | None:
    with suppress(ProcessLookupError):
        return os.getpgid(pid)
    return None
