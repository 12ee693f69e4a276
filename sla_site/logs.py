"""What the site's log leaves out."""

from __future__ import annotations

import logging
import re

_KEY = re.compile(r"(calendar/)[^/\s?]+", re.IGNORECASE)


class FeedKeysHidden(logging.Filter):
    """Hides the tokens of calendar feeds.

    The app has its own refusals logged without them; an address that is spelt in
    another way, such as with two slashes, never reaches it, and Django logs that.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except Exception:
            # Arguments that do not fit: the handler says so, and nobody is disturbed.
            return True
        hidden = _KEY.sub(r"\1...", said)
        if hidden != said:
            record.msg, record.args = hidden, ()
        return True
