"""Failures that are not the database's own and not a row's: of the process, or of code
that the site runs around its queries.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError
from django.db import Error as DatabaseFailure

OF_THE_PROCESS = (OSError, MemoryError)
"""What is raised where descriptors, memory or a disk give out: the next try may work,
and no row is to blame."""

_OF_ONE_FILE = (
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)


class NotAsked(DatabaseError):
    """The database was not asked, or its answer was not read, for another reason than
    an error of its own."""

    def __init__(self, error: Exception) -> None:
        super().__init__(named(error))


def is_of_the_process(error: BaseException) -> bool:
    """Whether evaluating any other row could have failed in the same way.

    A time zone's file that is missing or not readable concerns only the schedules in
    that zone.
    """
    return isinstance(error, OF_THE_PROCESS) and not isinstance(error, _OF_ONE_FILE)


def named(error: BaseException) -> str:
    """Return the error's message with its type: many have no message without it."""
    if isinstance(error, DatabaseFailure):
        return str(error).strip()
    return f"{type(error).__name__}: {error}".removesuffix(": ")


@contextmanager
def asking(*passing: type[Exception]) -> Iterator[None]:
    """Raise every exception of the body as a django.db.Error, except those of the
    given types.

    Sites run code of their own around each query (`execute_wrapper`, packages such as
    django-read-only, database routers), and it may raise anything.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, (DatabaseFailure, *passing)):
            raise
        raise NotAsked(error) from error
