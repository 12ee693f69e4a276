"""What whoever asks is told while the database can't be read, and what is logged."""

from __future__ import annotations

from ..database.failures import named
from ..logs import get_logger
from ..throttled_log import ThrottledLog

logger = get_logger(__name__)

failures = ThrottledLog("a request", "requests")


def unavailable(error: Exception) -> str:
    """Return what is said to whoever asks, be it anybody, while rows can't be read.

    What drivers say names hosts and users: it is for the log. The kind is not what
    they say, of which there is no end.
    """
    if said := failures.note(type(error).__name__):
        logger.error("the database can't be read for %s: %s", said, named(error))
    return "the database can't be read now; the log of the site says why"
