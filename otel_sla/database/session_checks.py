"""System checks of database sessions: their character set."""

from collections.abc import Iterable, Sequence

from django.core.checks import Warning
from django.db import Error as DatabaseFailure
from django.db import connections

from .consistent_read import reading
from .deadline import Deadline


def sessions_without_utf8mb4(aliases: Iterable[str]) -> Sequence[Warning]:
    """otel_sla.W013: a MySQL or MariaDB session does not use utf8mb4.

    Its character set is asked of the session itself: OPTIONS, init_command and the
    server's own configuration may all set it.
    """
    return [
        Warning(
            f"The session of database {alias!r} uses the character set {found}. Names "
            "and labels outside it are garbled, or the rows can't be read.",
            hint=f'Set DATABASES["{alias}"]["OPTIONS"]["charset"] = "utf8mb4".',
            id="otel_sla.W013",
        )
        for alias in aliases
        if (found := _charset(alias)) not in ("", "utf8mb4")
    ]


def _charset(alias: str) -> str:
    """Return the session's character set, or "" where there is nothing to check."""
    connection = connections[alias]
    if connection.vendor != "mysql":
        return ""
    try:
        with reading(Deadline(), alias) as renew, connection.cursor() as cursor:
            renew()
            cursor.execute(
                "SELECT @@character_set_client, @@character_set_connection,"
                " @@character_set_results"
            )
            found = cursor.fetchone()
    except DatabaseFailure:
        return ""
    # NULL is one: the server converts nothing.
    return next((one for one in found if one not in (None, "utf8mb4")), "")
