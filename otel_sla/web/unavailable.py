"""The message to clients while the database is unavailable, and its line in the log."""

from django.utils.translation import gettext_noop as _

from ..bridge.no_rows import NotYet
from ..database.failures import named
from ..language import Sentence
from ..logs import ThrottledLog, get_logger

logger = get_logger(__name__)

failures = ThrottledLog("a request", "requests")


def unavailable(error: Exception) -> Sentence:
    """Log why rows can't be read, and return the message to the client.

    Messages of drivers name hosts and users: they are for the log only. The log is
    throttled by the type of the error, since messages may differ each time.
    """
    if isinstance(error, NotYet):
        params = {"reason": error}
        return Sentence(_("Not ready: %(reason)s. Try again in a few seconds."), params)
    if said := failures.note(type(error).__name__):
        logger.error("the database can't be read for %s: %s", said, named(error))
    return Sentence(_("The database is unavailable. The site's log says why."), {})
