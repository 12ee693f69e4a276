"""Get a connection from a driver or a pool with a timeout, on a thread of its own."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

from django.db import OperationalError

T = TypeVar("T")


def in_time(
    seconds: float, get: Callable[[], T], give_back: Callable[[T], object], giver: str
) -> T:
    """Return what `get` returns within so many seconds. It runs on a thread of its own,
    because nothing bounds how long it takes.

    Raises what `get` raises, and django.db.OperationalError where it takes longer:
    what it returns later is given back.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            given = get()
        except Exception as error:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
            return
        if future.set_running_or_notify_cancel():
            future.set_result(given)
        else:
            give_back(given)

    start(Thread(target=run, name="otel_sla connecting", daemon=True))
    wait([future], seconds)
    if future.cancel():
        raise OperationalError(
            f"{giver} has given no connection within {seconds:.2f} s"
        )
    return future.result()


def start(thread: Thread) -> None:
    """Start a thread that is needed to ask the database.

    Raises django.db.OperationalError where the system has none left.
    """
    try:
        thread.start()
    except RuntimeError as error:
        raise OperationalError(
            f"the database can't be asked in time: {error}: the limit of processes "
            "and threads (ulimit -u, or pids of the container) is reached"
        ) from error
