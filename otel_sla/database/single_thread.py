"""Run the site's and other libraries' code on one worker thread, with a timeout."""

import os
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from contextvars import Context, copy_context
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple, TypeVar

from django.db import Error as DatabaseFailure
from django.db import close_old_connections, connections

from .pool import give_back

T = TypeVar("T")


class HeldUp(Exception):
    """A call, or one before it, has not returned in time."""


class _Call(NamedTuple):
    function: Callable[[], Any]
    context: Context
    outcome: Future[Any]


class SingleThread:
    """A worker thread that makes one call after another.

    One thread, and one that stays, so that callbacks which ask the database have one
    connection. `name` says what it does, in the errors of callers that time out.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = Lock()
        self._pid: int | None = None
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._running_since: float | None = None

    def call(self, function: Callable[[], T], seconds: float) -> T:
        """Return what the function returns, called in the context of the caller.

        Raises what it raises, and HeldUp where it takes longer than so many seconds,
        or where another call has taken longer than that already.
        """
        outcome: Future[T] = Future()
        timeout = max(0.0, seconds)
        if not self._lock.acquire(timeout=timeout):
            raise HeldUp(f"{self._name} takes longer than {timeout:.2f} s")
        try:
            if not self._has_thread():
                return function()
            since = self._running_since
            if since is not None and time.monotonic() - since > seconds:
                elapsed = time.monotonic() - since
                raise HeldUp(f"{self._name} is held up for {elapsed:.2f} s")
            give_back()
            self._calls.put(_Call(function, copy_context(), outcome))
        finally:
            self._lock.release()
        wait([outcome], timeout)
        if not outcome.done():
            outcome.cancel()
            raise HeldUp(f"{self._name} takes longer than {timeout:.2f} s")
        return outcome.result()

    def stop(self) -> None:
        """End the thread, once it has made the calls that wait."""
        with self._lock:
            if self._pid == os.getpid():
                self._calls.put(None)
            self._pid = None

    def _has_thread(self) -> bool:
        """Start the thread, if need be. None can be started at the end of a process,
        when what it has counted is saved, nor at the system's limit."""
        if self._pid == os.getpid():
            return True
        # A process that was forked has none of the threads, and none of their calls.
        calls: SimpleQueue[_Call | None] = SimpleQueue()
        try:
            thread = Thread(None, self._run, self._name, (calls,), daemon=True)
            # Each call has a context of its own.
            Context().run(thread.start)
        except RuntimeError:
            return False
        self._calls, self._running_since = calls, None
        self._pid = os.getpid()
        return True

    def _run(self, calls: SimpleQueue[_Call | None]) -> None:
        while (call := calls.get()) is not None:
            if call.outcome.set_running_or_notify_cancel():
                self._running_since = time.monotonic()
                _make(call)
            self._running_since = None
        with suppress(DatabaseFailure, OSError):
            connections.close_all()


def _make(call: _Call) -> None:
    """Make the call. Whatever it raises goes to the caller: the thread goes on."""
    try:
        # Nobody else closes here what the database has dropped.
        close_old_connections()
        try:
            returned = call.context.run(call.function)
        finally:
            _end_transactions()
            close_old_connections()
    except Exception as error:
        call.outcome.set_exception(error)
    except BaseException as error:
        # SystemExit, say, is to end neither this thread nor the caller's.
        failure = RuntimeError(f"a callback has raised {error!r}")
        call.outcome.set_exception(failure)
    else:
        call.outcome.set_result(returned)


def _end_transactions() -> None:
    """Drop connections that the call has left inside atomic(): later calls would see
    the same state for ever, or be refused every query."""
    for one in connections.all(initialized_only=True):
        if one.in_atomic_block:
            one.in_atomic_block = False
            with suppress(DatabaseFailure):
                one.rollback()
                one.close()
            del connections[one.alias]
