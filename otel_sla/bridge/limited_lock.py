"""A lock that no thread waits for without a limit."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from ..database.deadline import Deadline
from .no_rows import NoRows

_LEAST = 1.0
"""Seconds to wait if there is less until the deadline, or no deadline: the lock is not
held for long, and whatever there is to answer with needs it."""


class LimitedLock:
    """Guards rows. `rows_name` is a plural noun for them."""

    def __init__(self, rows_name: str) -> None:
        self._rows_name = rows_name
        self._lock = Lock()

    @property
    def is_held(self) -> bool:
        return self._lock.locked()

    @contextmanager
    def held(self, deadline: Deadline | None = None) -> Iterator[None]:
        """Hold the lock. Raises NoRows where another thread does not let go of it."""
        left = deadline.left() if deadline else 0.0
        if not self._lock.acquire(timeout=max(left, _LEAST)):
            raise NoRows(
                f"the {self._rows_name} are held up by another thread that uses them"
            )
        try:
            yield
        finally:
            self._lock.release()
