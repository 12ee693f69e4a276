"""What a command says when the database refuses; nothing where nobody reads on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import Error as DatabaseFailure
from django.db import connections

from otel_sla.tables import database


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


@contextmanager
def may_go_unread() -> Iterator[None]:
    """End quietly where the reader has seen enough, as `head` has."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain of it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _has_tables() -> bool:
    try:
        connection = connections[database()]
        return "otel_sla_component" in connection.introspection.table_names()
    except DatabaseFailure:
        # It can't even be asked: migrate is no remedy for that.
        return True
