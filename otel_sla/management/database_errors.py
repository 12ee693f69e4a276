"""What a command says when the database refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import Error as DatabaseFailure
from django.db import connections

from otel_sla.metrics.rows import database


@contextmanager
def database_errors(consequence: str = "") -> Iterator[None]:
    """Turn an error of the database into a CommandError that says what to do."""
    try:
        yield
    except DatabaseFailure as error:
        remedy = "" if _has_tables() else "\nRun manage.py migrate first."
        raise CommandError(
            f"the database refused: {error}{remedy}{consequence}"
        ) from error


def _has_tables() -> bool:
    try:
        connection = connections[database()]
        return "otel_sla_component" in connection.introspection.table_names()
    except DatabaseFailure:
        # It can't even be asked: migrate is no remedy for that.
        return True
