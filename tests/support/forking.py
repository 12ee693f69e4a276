"""Python programs started by forking a process that has imported what they import.

A program of the site spends most of its start on importing Django, OpenTelemetry and
the like. `fork_server` imports them once, for all programs.

A program that lacks an import of `a.b` may find it imported already. Where that
matters, ask for `Site.in_new_processes`; OTEL_SLA_TEST_FORK=0 starts every program as
a new process.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from . import fork_server

READ_AT_START = ("LANG", "LC_", "OTEL_PROPAGATORS", "OTEL_PYTHON_", "PYTHON")
"""Beginnings of variables that count when Python or one of the modules starts."""
UNDERSTOOD = {"PYTHONPATH", "PYTHONUNBUFFERED"}
IMPORTED = {
    *(name.partition(".")[0] for name in fork_server.MODULES),
    *("holidays", "sitecustomize", "usercustomize"),
    *sys.stdlib_module_names,
}
"""What a module of the program's own can't take the place of."""

_one_by_one = threading.Lock()


class Forked:
    """A running program, with what the tests use of subprocess.Popen."""

    def __init__(self, pid: int, status: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._status = status

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once it has ended. Raises TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode = int(os.read(self._status, 20) or b"1")
            os.close(self._status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def can_fork(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether it makes no difference to the program that its modules are there."""
    if os.environ.get("OTEL_SLA_TEST_FORK") == "0":
        return False
    if command[0] != sys.executable or len(command) < 2:
        return False
    if command[1].startswith("-") and command[1] not in ("-c", "-m"):
        return False
    of_server = _environment()
    for name in environment.keys() - UNDERSTOOD:
        if name.startswith(READ_AT_START) and environment[name] != of_server.get(name):
            return False
    directories = environment.get("PYTHONPATH", "").split(os.pathsep)
    files = (file for one in directories if one for file in Path(one).iterdir())
    found = {file.stem for file in files if file.suffix == ".py" or file.is_dir()}
    return found.isdisjoint(IMPORTED)


def start(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    stdout: int,
    stderr: int,
    *,
    new_session: bool = False,
) -> Forked:
    """Start a Python program that reads nothing."""
    with _one_by_one:
        requests = _server()
    asked = {
        "arguments": command[1:],
        "directory": str(directory),
        "environment": dict(environment),
        "new session": new_session,
    }
    status, written = os.pipe()
    with open(os.devnull, "rb") as stdin, _one_by_one:
        files = [stdin.fileno(), stdout, stderr, written]
        socket.send_fds(requests, [json.dumps(asked).encode()], files)
        pid = int(requests.recv(20))
    os.close(written)
    return Forked(pid, status)


@cache
def _environment() -> dict[str, str]:
    """Return the environment that the server starts with."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COV_", "COVERAGE_", "DJANGO_", "OTEL_", "PYTHON"))
    }


@cache
def _server() -> socket.socket:
    """Start the server, once for this process; it ends with it."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        process = subprocess.Popen(
            [sys.executable, fork_server.__file__, str(its.fileno())],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[its.fileno()],
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
