"""Failures to read that are caused by the process or by the site's own code."""

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import walk_tb

from django.db import DatabaseError
from django.db import Error as DatabaseFailure

OF_THE_PROCESS = (OSError, MemoryError)
"""Raised when file descriptors, memory or disk space run out. No row is the cause, and
the next attempt may succeed."""

_OF_ONE_FILE = (
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)

_AROUND_QUERIES = ("django.db.backends.utils", "django.db.utils")
"""Modules of Django that run cursors and, with them, a site's code; and routers."""


class NotAsked(DatabaseError):
    """The database was not asked, or its answer was not read, for another reason than
    an error of its own."""


def is_of_the_process(error: BaseException) -> bool:
    """Return whether evaluating any other row could have failed in the same way.

    A file that is missing or may not be read concerns only the rows that name it.
    """
    return isinstance(error, OF_THE_PROCESS) and not isinstance(error, _OF_ONE_FILE)


def named(error: BaseException) -> str:
    """Return the error's message with its type: many have no message without it."""
    try:
        message = str(error).strip()
    except Exception:
        # That of another library's exception may raise.
        message = ""
    if isinstance(error, DatabaseFailure) and message:
        return message
    return f"{type(error).__name__}: {message}".removesuffix(": ")


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
        raise NotAsked(named(error)) from error


def is_around_queries(error: BaseException) -> bool:
    """Return whether the error was raised while Django ran a query or chose its
    database. If it isn't a django.db.Error, code of the site's own has raised it."""
    return any(
        frame.f_globals.get("__name__") in _AROUND_QUERIES
        for frame, _ in walk_tb(error.__traceback__)
    )
