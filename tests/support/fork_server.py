"""The process that forks a child for each program that `forking` asks it for.

Run as a script it imports once what programs of the site import. Nothing of otel_sla is
imported, and nothing is set up: that remains to the program.
"""

from __future__ import annotations

import gc
import io
import json
import os
import runpy
import selectors
import socket
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

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

MESSAGE = 1_000_000


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
    import_module("holidays").list_supported_countries()
    # A child's collector would write to, and so copy, every page of them.
    gc.freeze()
    _run(_serve(socket.socket(fileno=int(sys.argv[1])))["arguments"])
