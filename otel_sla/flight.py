"""Share work among those who ask for it at the same time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

from .deadline import Deadline

T = TypeVar("T")


class TookTooLong(Exception):
    """What another one is making is not there by the deadline."""


class Flight:
    """What is made once for all who take part; a failure is shared as well."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._outcomes: dict[Hashable, Any] = {}

    def once(
        self, key: Hashable, make: Callable[[], T], deadline: Deadline | None = None
    ) -> T:
        """Return what make makes for the key, made by the first who asks.

        Raises what make has raised, and TookTooLong where another one is still busy
        when the deadline passes.
        """
        seconds = max(0.0, deadline.left()) if deadline else -1
        if not self._lock.acquire(timeout=seconds):
            raise TookTooLong
        try:
            if key not in self._outcomes:
                try:
                    self._outcomes[key] = make()
                except Exception as error:
                    self._outcomes[key] = error
            outcome = self._outcomes[key]
        finally:
            self._lock.release()
        if isinstance(outcome, Exception):
            raise outcome
        made: T = outcome
        return made


class SingleFlight:
    """Lets those who come while a flight is under way take part in it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._current: Flight | None = None

    @contextmanager
    def join(self) -> Iterator[Flight]:
        """Take part in the flight that is under way, or begin one.

        It is under way until the one who began it is done.
        """
        with self._lock:
            flight, begins = self._current, self._current is None
            if flight is None:
                flight = self._current = Flight()
        try:
            yield flight
        finally:
            if begins:
                with self._lock:
                    self._current = None
