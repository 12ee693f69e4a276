"""Do others' work in a thread of its own, which nobody waits for too long."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, TypeVar

from django.db import Error as DatabaseFailure
from django.db import close_old_connections, connections

T = TypeVar("T")


class HeldUp(Exception):
    """What somebody waits for isn't done in time, or what is before it."""


class Aside:
    """A thread that does one piece of work after another, while it may be held up.

    One thread, and one that stays: what asks the database then has one connection.
    """

    def __init__(self, name: str) -> None:
        """The name says what it does, to whoever waits in vain."""
        self._name = name
        self._lock = Lock()
        self._pid: int | None = None
        self._waiting: SimpleQueue[_Work | None] = SimpleQueue()
        self._under_way: _Work | None = None

    def do(self, work: Callable[[], T], seconds: float) -> T:
        """Return what the work returns, in the context of whoever asks.

        Raises what it raises, and HeldUp where it takes longer than so many seconds,
        or where something has taken longer than that already.
        """
        asked = _Work(work)
        if not self._lock.acquire(timeout=max(0.0, seconds)):
            raise HeldUp(f"{self._name} takes longer than {seconds:.2f} s")
        try:
            if not self._has_thread():
                return work()
            before = self._under_way
            if before is not None and before.lasts() > seconds:
                raise HeldUp(f"{self._name} is held up for {before.lasts():.2f} s")
            self._waiting.put(asked)
        finally:
            self._lock.release()
        if not asked.done.wait(max(0.0, seconds)):
            asked.is_wanted = False
            raise HeldUp(f"{self._name} takes longer than {seconds:.2f} s")
        if asked.error is not None:
            raise asked.error
        made: T = asked.made
        return made

    def stop(self) -> None:
        """End the thread, once it has done what it was asked for."""
        with self._lock:
            if self._pid == os.getpid():
                self._waiting.put(None)
            self._pid = None

    def _has_thread(self) -> bool:
        """Start one, if need be; there is none to be had at the end of a process, when
        what it has counted is saved, nor at the system's limit."""
        if self._pid == os.getpid():
            return True
        # A process that was forked has none of the threads, and none of their work.
        waiting: SimpleQueue[_Work | None] = SimpleQueue()
        try:
            Thread(
                target=self._run, args=(waiting,), name=self._name, daemon=True
            ).start()
        except RuntimeError:
            return False
        self._waiting, self._under_way = waiting, None
        self._pid = os.getpid()
        return True

    def _run(self, waiting: SimpleQueue[_Work | None]) -> None:
        while (work := waiting.get()) is not None:
            if work.is_wanted:
                self._under_way = work
                work.run()
            self._under_way = None
        with suppress(DatabaseFailure, OSError):
            connections.close_all()


class _Work:
    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._context = copy_context()
        self._began = float("inf")
        self.is_wanted = True
        self.done = Event()
        self.made: Any = None
        self.error: Exception | None = None

    def lasts(self) -> float:
        """Return for how many seconds it is under way."""
        return time.monotonic() - self._began

    def run(self) -> None:
        self._began = time.monotonic()
        try:
            # Nobody else closes here what the database has dropped.
            close_old_connections()
            try:
                self.made = self._context.run(self._work)
            finally:
                close_old_connections()
        except BaseException as error:
            # Whatever it is, it is for whoever asked: the thread goes on.
            self.error = _told(error)
        finally:
            self.done.set()


def _told(error: BaseException) -> Exception:
    """What ends a thread or a task, such as SystemExit, ends nobody else's."""
    if isinstance(error, Exception):
        return error
    return RuntimeError(f"a callback has raised {error!r}")
