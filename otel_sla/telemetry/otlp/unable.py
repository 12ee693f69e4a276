"""What stands in for a pusher where the configuration of pushing can't be used."""

import math
import time
from collections.abc import Callable
from threading import Lock

from ...bridge.self_metrics import FAILED, exports
from ...logs import SAID_EVERY, get_logger
from ..errors import InvalidConfiguration

logger = get_logger("otel_sla.cycle")


class UnablePusher:
    """Logs why nothing is pushed, and counts a failed export, once a minute.

    Only while the process serves requests, as only such a process would push:
    anything else, a Celery worker for example, is none the worse for it.
    """

    def __init__(
        self, fault: InvalidConfiguration, is_needless: Callable[[], bool]
    ) -> None:
        self._fault = fault
        self._is_needless = is_needless
        self._lock = Lock()
        self._due = 0.0

    def start(self) -> None:
        """Log and count if it is time to. For every request."""
        with self._lock:
            moment = time.monotonic()
            if moment < self._due:
                return
            self._due = moment + SAID_EVERY
            if self._is_needless():
                self._due = math.inf
                return
        exports.add(FAILED)
        logger.error(
            "nothing is pushed: %s. Correct this and restart the site.", self._fault
        )
