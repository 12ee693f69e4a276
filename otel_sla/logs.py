"""Loggers that put each message on one line, also errors of other libraries."""

import logging
from typing import Any

from .text import one_line


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


def _on_one_line(argument: Any) -> Any:
    if argument is None or isinstance(argument, int | float):
        return argument
    try:
        return one_line(str(argument))
    except Exception:
        # str() of another library's exception may raise; logging must not.
        return type(argument).__name__
