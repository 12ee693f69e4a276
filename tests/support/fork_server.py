"""Python programs started by forking a process that has imported what they import.

A program of the site spends most of its start on importing Django, OpenTelemetry and
the like. Run as a script this module imports them once, and forks a child for each
program it is asked for. Nothing of otel_sla is imported, and nothing is set up: that
remains to the program.
"""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import holidays

MODULES = (
    "asyncio",
    "concurrent.futures.thread",
    "csp.middleware",
    "dateutil.rrule",
    "dj_database_url",
    "django.conf.urls",
    "django.contrib.admin",
    "django.contrib.admin.apps",
    "django.contrib.admin.templatetags.admin_modify",
    "django.contrib.auth.password_validation",
    "django.contrib.messages.middleware",
    "django.contrib.sessions.middleware",
    "django.contrib.staticfiles.apps",
    "django.contrib.staticfiles.storage",
    "django.core.cache.backends.locmem",
    "django.core.handlers.asgi",
    "django.core.handlers.wsgi",
    "django.core.management.commands.migrate",
    "django.core.management.commands.runserver",
    "django.db.backends.sqlite3.base",
    "django.db.models",
    "django.forms",
    "django.middleware.clickjacking",
    "django.middleware.common",
    "django.middleware.security",
    "django.views.csrf",
    "django.views.defaults",
    "icalendar",
    "opentelemetry.configuration",
    "opentelemetry.exporter.prometheus",
    "opentelemetry.instrumentation.django",
    "opentelemetry.instrumentation.wsgi",
    "opentelemetry.sdk.metrics.export",
    "opentelemetry.sdk.trace.export",
    "prometheus_client",
    "requests",
    "whitenoise.middleware",
    "tqdm",
    "yaml",
)
"""What is imported before: of others, and such that reads neither settings nor
environment when it is imported. Not ninja, which commands are not to import."""

READ_AT_START = ("LANG", "LC_", "OTEL_PROPAGATORS", "OTEL_PYTHON_", "PYTHON")
"""Beginnings of variables that count when Python or a module of these starts."""
UNDERSTOOD = {"PYTHONPATH", "PYTHONUNBUFFERED"}
IMPORTED = {
    *(name.partition(".")[0] for name in MODULES),
    *("holidays", "sitecustomize", "usercustomize"),
    *sys.stdlib_module_names,
}
"""What a module of the program's own can't take the place of."""
MESSAGE = 1_000_000

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
            [sys.executable, __file__, str(its.fileno())],
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


def _serve(requests: socket.socket) -> dict[str, Any]:
    """Fork a child for each request; return in the child, with what it is to do."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(requests, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj is not requests:
                    pid, status = key.data
                    _, code = os.waitpid(pid, 0)
                    with suppress(BrokenPipeError):
                        os.write(status, b"%d" % os.waitstatus_to_exitcode(code))
                    waiting.unregister(key.fileobj)
                    os.close(key.fd)
                    os.close(status)
                    continue
                message, files, _, _ = socket.recv_fds(requests, MESSAGE, 4)
                if not message:
                    sys.exit()
                pid = os.fork()
                if not pid:
                    return _become(json.loads(message), files, requests)
                *streams, status = files
                for one in streams:
                    os.close(one)
                waiting.register(
                    os.pidfd_open(pid), selectors.EVENT_READ, (pid, status)
                )


def _become(
    asked: dict[str, Any], files: list[int], requests: socket.socket
) -> dict[str, Any]:
    """Make this child what a new process of its own would be."""
    if asked["new session"]:
        os.setsid()
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    requests.send(b"%d" % os.getpid())
    os.closerange(3, 1024)
    os.chdir(asked["directory"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    at_once = bool(os.environ.get("PYTHONUNBUFFERED"))
    for name, number in (("stdout", 1), ("stderr", 2)):
        written = os.fdopen(number, "wb", 0 if at_once else -1, closefd=False)
        stream = io.TextIOWrapper(
            written,
            encoding="utf-8",
            errors="strict" if number == 1 else "backslashreplace",
            line_buffering=number == 2,
            write_through=at_once,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    return asked


def _run(arguments: list[str]) -> None:
    """Run them as Python does: -c and a text, -m and a module, or a script."""
    paths = os.environ.get("PYTHONPATH", "")
    added = [one for one in paths.split(os.pathsep) if one]
    kind, *rest = arguments
    if kind == "-c":
        sys.path[0:1] = ["", *added]
        sys.argv = ["-c", *rest[1:]]
        main = type(sys)("__main__")
        sys.modules["__main__"] = main
        exec(rest[0], main.__dict__)  # noqa: S102
    elif kind == "-m":
        sys.path[0:1] = [os.getcwd(), *added]
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.path[0:1] = [str(Path(kind).parent.absolute()), *added]
        sys.argv = arguments
        runpy.run_path(kind, run_name="__main__")


if __name__ == "__main__":
    for module in MODULES:
        import_module(module)
    # This imports them all.
    holidays.list_supported_countries()
    # A child's collector would write to, and so copy, every page of them.
    gc.freeze()
    _run(_serve(socket.socket(fileno=int(sys.argv[1])))["arguments"])
