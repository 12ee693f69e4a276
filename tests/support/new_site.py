"""A new Django project in a new virtual environment, with the wheel in it.

For programs that do what the README says, step by step, on a machine like anybody's:
what fails is said with what was printed. Needs nothing but Python's standard library.
"""

from __future__ import annotations

import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 60.0
NOT_COPIED = shutil.ignore_patterns(
    ".*", "build", "dist", "*.egg-info", "__pycache__", "docs", "benchmarks"
)


class Failed(Exception):
    """Something did not go as it has to."""


@dataclass(frozen=True, slots=True)
class Project:
    """The new site: its directory, its environment, its variables."""

    directory: Path
    python: Path
    environment: dict[str, str]

    def run(self, *arguments: str | Path) -> str:
        """Run Python in the site's environment; return what it prints."""
        return run(self.python, *arguments, cwd=self.directory, env=self.environment)

    def pip(self, *arguments: str | Path) -> str:
        """Run this environment's pip for the site's."""
        pip = (sys.executable, "-m", "pip", "--python", self.python)
        return run(*pip, *arguments, cwd=self.directory, env=self.environment)

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments)

    def having(self, **variables: str) -> Project:
        """The same with other environment variables."""
        return replace(self, environment={**self.environment, **variables})

    @property
    def token(self) -> str:
        return (self.directory / "scrape-token").read_text("utf-8").strip()


def build_wheel(made: Path) -> Path:
    """Build it from a copy: building leaves directories behind."""
    source = made / "source"
    shutil.copytree(ROOT, source, ignore=NOT_COPIED)
    run(
        *(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps"),
        *("-w", made / "dist", source),
        cwd=made,
    )
    (wheel,) = (made / "dist").iterdir()
    return wheel


def new_project(made: Path, *requirements: str | Path) -> Project:
    """Make a virtual environment with these installed, and a project named shop."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COV", "DATABASE_", "DJANGO_", "OTEL_", "PYTHON"))
    }
    run(sys.executable, "-m", "venv", "--without-pip", made / "venv", cwd=made)
    directory = made / "shop"
    directory.mkdir()
    project = Project(directory, made / "venv" / "bin" / "python", environment)
    # Python compiles what it imports, which is a small part of it.
    project.pip("install", "-q", "--no-compile", *requirements)
    project.pip("check")
    project.run("-m", "django", "startproject", "shop", ".")
    return project


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a command that has to succeed; return what it prints. Raises Failed."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10 * DEADLINE,
        check=False,
    )
    if done.returncode:
        shown = " ".join(map(str, command))
        raise Failed(f"{shown}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def running(
    directory: Path, environment: dict[str, str], *command: str | Path
) -> Iterator[None]:
    """Run a server in a process group of its own, and end it. Raises Failed."""
    log = directory / f"{Path(command[0]).name}-{secrets.token_hex(3)}.log"
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except FileNotFoundError:
        raise Failed(f"{command[0]} is not installed") from None
    try:
        yield
    except Failed as error:
        raise Failed(f"{error}\n{log.read_text('utf-8', 'replace')}") from error
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def get(port: int, path: str, token: str = "", **headers: str) -> tuple[int, str]:
    """Ask for a path; return the status, 0 for no answer, and the text."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()


def until(outcome: Callable[[], object], what: str) -> None:
    """Ask again and again until the outcome is true. Raises Failed."""
    end = time.monotonic() + DEADLINE
    while not outcome():
        if time.monotonic() > end:
            raise Failed(f"not within {DEADLINE:.0f} s: {what}")
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def expect(outcome: bool, what: str) -> None:
    if not outcome:
        raise Failed(f"expected that {what}")


def say(line: str) -> None:
    print(line, flush=True)
