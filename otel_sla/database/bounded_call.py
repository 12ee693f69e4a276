"""Take over a connection from whoever takes long to give it, or go without it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread
from typing import Generic, TypeVar

from django.db import OperationalError

T = TypeVar("T")


def in_time(
    seconds: float, get: Callable[[], T], give_back: Callable[[T], object], giver: str
) -> T:
    """Return what `get` gets within so many seconds; it runs in a thread of its own,
    where nothing bounds how long it takes.

    Raises what `get` raises, and django.db.OperationalError where it takes longer:
    what comes later is given back.
    """
    return _Handover(get, give_back).wait(seconds, giver)


def started(thread: Thread) -> None:
    """Start the thread, which what the database is asked for can't do without.

    Raises django.db.OperationalError where the system has none left.
    """
    try:
        thread.start()
    except RuntimeError as error:
        raise OperationalError(
            f"the database can't be asked in time: {error}: the limit of processes "
            "and threads (ulimit -u, or pids of the container) is reached"
        ) from error


class _Handover(Generic[T]):
    def __init__(self, get: Callable[[], T], give_back: Callable[[T], object]) -> None:
        self._get = get
        self._give_back = give_back
        self._lock = Lock()
        self._given_up = False
        self._given: T | None = None
        self._error: Exception | None = None

    def wait(self, seconds: float, giver: str) -> T:
        thread = Thread(target=self._run, name="otel_sla connecting", daemon=True)
        started(thread)
        thread.join(seconds)
        with self._lock:
            self._given_up = self._given is None
        if self._given is None:
            raise self._error or OperationalError(
                f"{giver} has given no connection within {seconds:.2f} s"
            )
        return self._given

    def _run(self) -> None:
        try:
            given = self._get()
        except Exception as error:
            self._error = error
            return
        with self._lock:
            if not self._given_up:
                self._given = given
                return
        self._give_back(given)
