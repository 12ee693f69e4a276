"""Tell what this process is for, and whether it should set up telemetry."""

import sys
from collections.abc import Iterator
from traceback import walk_stack
from typing import Any

from ..conf import conf

IDLE_COMMANDS = frozenset(
    {
        "check",
        "collectstatic",
        "collectstatic_schemas",
        "compilemessages",
        "create_tenant",
        "createcachetable",
        "db_worker",
        "dbshell",
        "diffsettings",
        "dumpdata",
        "findstatic",
        "flush",
        "help",
        "inspectdb",
        "loaddata",
        "makemessages",
        "makemigrations",
        "migrate",
        "migrate_schemas",
        "optimizemigration",
        "procrastinate",
        "qcluster",
        "rqworker",
        "rqworker-pool",
        "run_huey",
        "runworker",
        "sendtestemail",
        "showmigrations",
        "sqlflush",
        "sqlmigrate",
        "sqlsequencereset",
        "squashmigrations",
        "startapp",
        "startproject",
        "test",
        "testserver",
        "version",
    }
)
"""Commands about the schema, static files, sources and tests, and workers of task
queues: nothing to measure."""


def runs_silently() -> bool:
    """Return whether system checks of telemetry should report nothing.

    Django runs checks in migrate and other idle commands, too; only `check` was asked
    what is wrong.
    """
    return running_command() in IDLE_COMMANDS - {"check"}


def idle_reason() -> str:
    """Return why this process sets up nothing, or "" if it should set up."""
    if conf.ENABLED is False:
        return 'OTEL_SLA["ENABLED"] is False'
    if conf.ENABLED is True:
        return ""
    command = running_command()
    if command in IDLE_COMMANDS:
        return f"the command {command} measures nothing"
    if runs_celery():
        return "Celery's programs serve no requests"
    if under_test_runner():
        return 'tests measure nothing unless OTEL_SLA["ENABLED"] is True'
    return ""


def running_command() -> str | None:
    """Return the management command this process was started for, None if none.

    Found on the stack, where it is whatever the script is called: ready() runs
    inside ManagementUtility.execute.
    """
    management: Any = sys.modules.get("django.core.management")
    if management is None:
        return None
    for frame, _ in walk_stack(sys._getframe()):
        if frame.f_code is management.ManagementUtility.execute.__code__:
            arguments = frame.f_locals["self"].argv
            return next((str(one) for one in arguments[1:2]), "help")
    return None


def starts_server() -> bool:
    """Return whether Django is set up to serve requests: for get_wsgi_application, or
    get_asgi_application, which are on the stack, or in runserver."""
    return running_command() == "runserver" or any(
        name in ("django.core.wsgi", "django.core.asgi") for name in _modules_running()
    )


def runs_celery() -> bool:
    """Return whether a program of Celery's, such as `celery worker`, sets up Django."""
    return any(name.startswith("celery.bin.") for name in _modules_running())


def _modules_running() -> Iterator[str]:
    """Yield the names of the modules whose functions are on the stack."""
    for frame, _ in walk_stack(sys._getframe()):
        yield str(frame.f_globals.get("__name__"))


def is_server(sender: Any) -> bool:
    """Return whether the sender of request_started handles requests for a server.

    Django's test clients send that signal as well, and so do programs that have
    Django close its old connections before a task.
    """
    # Not at the top: every process imports this module, and few serve requests.
    from django.core.handlers.asgi import ASGIHandler
    from django.core.handlers.wsgi import WSGIHandler

    return isinstance(sender, type) and issubclass(sender, (ASGIHandler, WSGIHandler))


def under_test_runner() -> bool:
    """Return whether pytest or unittest runs this process.

    Not read from the environment, which a server started by a test inherits.
    """
    program = sys.modules.get("__main__")
    return "_pytest.main" in sys.modules or (
        getattr(program, "__package__", None) == "unittest"
    )
