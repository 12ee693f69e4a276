"""Close database connections that would never be used again."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error as DatabaseFailure
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_thread = threading.local()


def close_after_request(sender: Any, **signal: Any) -> None:
    """Close this thread's connections at the end of an ASGI request.

    A receiver of request_finished, which Django sends in the thread of the request.
    Under ASGI that thread ends with the request: a connection that CONN_MAX_AGE keeps
    open there is never used again, and stays open until the server has none left. A
    thread that has served a request before is one that the host keeps, and its
    connections are used again.
    """
    # Not at the top: every process imports this module, and few serve requests.
    from django.core.handlers.asgi import ASGIHandler

    if not (isinstance(sender, type) and issubclass(sender, ASGIHandler)):
        # WSGI keeps its threads, and a test client works in the test's own.
        return
    if not getattr(_thread, "is_kept", False):
        _thread.is_kept = True
        _close(connections.all(initialized_only=True))


@contextmanager
def closing_new() -> Iterator[None]:
    """Close on exit the connections that this thread has opened inside."""
    known = connections.all(initialized_only=True)
    before = {one for one in known if one.connection is not None}
    try:
        yield
    finally:
        _close(set(connections.all(initialized_only=True)) - before)


def _close(opened: Iterable[BaseDatabaseWrapper]) -> None:
    for one in opened:
        # Inside atomic(), closing would lose what the caller has written.
        if not one.in_atomic_block:
            # The server may have closed it already.
            with suppress(DatabaseFailure, OSError):
                one.close()
