"""What a server of the reference site says when it starts."""

import logging
import os

from django.conf import settings

logger = logging.getLogger(__name__)


def warn_of_what_is_missing() -> None:
    """Say that logins will not last; everything else works without a key."""
    if not os.environ.get("DJANGO_SECRET_KEY") and not settings.DEBUG:
        logger.warning(
            "DJANGO_SECRET_KEY is not set: this process uses a random one, so logins "
            "to the admin end with it and are unknown to other workers"
        )
