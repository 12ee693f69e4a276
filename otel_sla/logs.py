"""Loggers that put each message on one line, also errors of other libraries.

Repeated events are logged at most once a minute, with a count: a line for each would
let anybody fill the disk.
"""

import logging
import threading
import time
from collections import Counter
from typing import Any

from .text import one_line

SAID_EVERY = 60.0
"""Seconds between two log lines about the same kind of event, at least."""


class _OneLine(logging.Filter):
    """Put a record's arguments on one line: drivers' errors span several."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(_on_one_line, record.args))
        return True


_FILTER = _OneLine()


def get_logger(name: str) -> logging.Logger:
    """Return the logger of this name, each of whose messages is one line.

    Tracebacks keep their lines.
    """
    logger = logging.getLogger(name)
    logger.addFilter(_FILTER)
    return logger


class ThrottledLog:
    """Count events by kind, and tell when a line about them is due.

    Every kind is kept in memory, so there must be only a few. Threads may share it.
    """

    def __init__(self, one: str, several: str) -> None:
        """Take the names of one event and of several: "a request", "requests"."""
        self._one, self._several = one, several
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._quiet_until: dict[str, float] = {}

    def note(self, kind: str = "") -> str:
        """Count an event. Return what to call those since the last line, or "" if no
        line is due: the first is due at once, the others once a minute."""
        moment = time.monotonic()
        with self._lock:
            self._counts[kind] += 1
            if moment < self._quiet_until.get(kind, moment):
                return ""
            count = self._counts.pop(kind)
            self._quiet_until[kind] = moment + SAID_EVERY
        if count == 1:
            return self._one
        return f"{count:,} {self._several} since the last such line, the last"

    def end(self, kind: str = "") -> bool:
        """Return whether there were such events since the last end, for a line that
        they are over. The next event is logged at once."""
        with self._lock:
            self._counts.pop(kind, None)
            return self._quiet_until.pop(kind, None) is not None

    def forget(self) -> None:
        """Start anew, as if nothing had happened."""
        with self._lock:
            self._counts.clear()
            self._quiet_until.clear()


def _on_one_line(argument: Any) -> Any:
    if argument is None or isinstance(argument, int | float):
        return argument
    try:
        return one_line(str(argument))
    except Exception:
        # str() of another library's exception may raise; logging must not.
        return type(argument).__name__
