"""The message to clients while the database is unavailable, and its line in the log."""

from ..bridge.no_rows import NotYet
from ..database.failures import named
from ..logs import ThrottledLog, get_logger

logger = get_logger(__name__)

failures = ThrottledLog("a request", "requests")


def unavailable(error: Exception) -> str:
    """Log why rows can't be read, and return the message to the client.

    Messages of drivers name hosts and users: they are for the log only. The log is
    throttled by the type of the error, since messages may differ each time.
    """
    if isinstance(error, NotYet):
        return f"Not ready: {error}. Try again in a few seconds."
    if said := failures.note(type(error).__name__):
        logger.error("the database can't be read for %s: %s", said, named(error))
    return "The database is unavailable. The site's log says why."
