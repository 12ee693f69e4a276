"""Whether this process is one of several workers, and what they count together."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
from typing import Any

from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource

from . import gauges
from .conf import conf
from .counts import WORKERS, collection_errors
from .deadline import Deadline
from .exposition import DirectReader
from .fanin import PATIENCE, FanIn

logger = logging.getLogger(__name__)


class Workers:
    """The workers of this site: one answers a scrape for all."""

    def __init__(self, reader: DirectReader, resource: Resource) -> None:
        self._reader = reader
        self._failing = False
        self._asked: int | None = None
        self._fan_in = FanIn(
            self._own, resource, conf.RUNTIME_DIR, failed=self._note_failure
        )

    def start(self, **signal: Any) -> None:
        """Take part if this is a worker. For request_started; asked once a process."""
        if self._asked != os.getpid():
            self._asked = os.getpid()
            if are_several():
                self._fan_in.start()

    def gather(self, own: MetricsData | None, deadline: Deadline) -> MetricsData | None:
        """Return what all workers have counted, in half of the time that is left."""
        patience = min(PATIENCE, max(0.0, deadline.left()) / 2)
        return self._fan_in.gather(own, patience)

    def _own(self) -> MetricsData | None:
        with gauges.silent():
            return self._reader.own()

    def _note_failure(self, message: str) -> None:
        collection_errors.add(WORKERS)
        if not self._failing:
            logger.error(
                "a scrape does not show all that all workers know: %s", message
            )
        self._failing = True


def are_several() -> bool:
    """Whether a process manager runs other workers beside this one.

    gunicorn tells its workers, who are on the stack while they handle a request, how
    many there are; uvicorn has a manager only if there are several.
    """
    if conf.FAN_IN is not None:
        return conf.FAN_IN and os.name == "posix"
    if os.name != "posix":
        return False
    if os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn/"):
        return _workers_of_gunicorn() != 1
    return multiprocessing.parent_process() is not None


def _workers_of_gunicorn() -> int | None:
    frame = sys._getframe()
    while frame is not None:
        worker: Any = frame.f_locals.get("self")
        if type(worker).__module__.startswith("gunicorn.workers."):
            return int(worker.cfg.workers)
        frame = frame.f_back  # type: ignore[assignment]
    return None
