"""Tell what this process is for, and whether it should set up telemetry."""

import sys
from traceback import walk_stack

from django.core.management import ManagementUtility

from ..conf import conf

IDLE_COMMANDS = frozenset(
    {
        "check",
        "collectstatic",
        "compilemessages",
        "createcachetable",
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
        "optimizemigration",
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
"""Commands about the schema, static files, sources and tests: nothing to measure."""


def idle_reason() -> str:
    """Return why this process sets up nothing, or "" if it should set up."""
    if conf.ENABLED is False:
        return 'OTEL_SLA["ENABLED"] is False'
    if conf.ENABLED is True:
        return ""
    command = running_command()
    if command in IDLE_COMMANDS:
        return f"the command {command} measures nothing"
    if under_test_runner():
        return 'tests measure nothing unless OTEL_SLA["ENABLED"] is True'
    return ""


def running_command() -> str | None:
    """Return the management command this process was started for, None if none.

    Found on the stack, where it is whatever the script is called: ready() runs
    inside ManagementUtility.execute.
    """
    for frame, _ in walk_stack(sys._getframe()):
        if frame.f_code is ManagementUtility.execute.__code__:
            arguments = frame.f_locals["self"].argv
            return next((str(one) for one in arguments[1:2]), "help")
    return None


def under_test_runner() -> bool:
    """Return whether pytest or unittest runs this process.

    Not read from the environment, which a server started by a test inherits.
    """
    program = sys.modules.get("__main__")
    return "_pytest.main" in sys.modules or (
        getattr(program, "__package__", None) == "unittest"
    )
