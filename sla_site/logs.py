"""A log filter that hides the tokens of calendar feeds."""

import logging
import re

_KEY = re.compile(r"(calendar/)[^/\s?]+", re.IGNORECASE)


class FeedKeysHidden(logging.Filter):
    """Hides the tokens of calendar feeds.

    The app logs none. An address that is spelt differently, such as with two slashes,
    never reaches the app, and Django logs it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except Exception:
            # Arguments that do not fit the message: the handler reports that.
            return True
        hidden = _KEY.sub(r"\1...", said)
        if hidden != said:
            record.msg, record.args = hidden, ()
        return True
