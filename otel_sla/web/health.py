"""Health, over HTTP: whether this process answers, and whether a scrape would be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseFailure
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ..bridge.last_good import NoRows
from ..database.bounded_call import start
from ..database.consistent_read import reading
from ..database.deadline import Deadline
from ..database.failures import OF_THE_PROCESS, asking, named
from ..logs import get_logger
from ..metrics.rows import database
from ..metrics.source import snapshots
from ..models import Component
from ..throttled_log import ThrottledLog
from .read_only import outside_transactions, reading_only, unlogged

View = Callable[[HttpRequest], HttpResponse]

logger = get_logger(__name__)

_WITHIN = 1.5
"""Seconds in which the database has to answer: what asks gives up soon after."""

unready = ThrottledLog("a probe", "probes")


class StillReading(Exception):
    """The rows are not there yet, and nothing is known to be wrong."""

    def __init__(self) -> None:
        super().__init__("the components are being read for the first time")


class _FirstRead(threading.Thread):
    """Reads all rows, for as long as a scrape may take, while probes come and go."""

    def __init__(self) -> None:
        super().__init__(name="otel_sla first read", daemon=True)
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            snapshots.take(int(time.time()))
        except BaseException as error:
            # It is for the probes that wait: they answer, or have the site log it.
            why = f"the components can't be read: {named(error)}"
            self.failure = error if isinstance(error, Exception) else NoRows(why)
        finally:
            connections.close_all()


class _FirstReads:
    """One at a time: where it takes longer than a probe waits, each that began anew
    would be given up, and the process never be ready."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Be as if nothing had been read, nor failed to be."""
        self._latest: _FirstRead | None = None
        self._failure: Exception | None = None

    def wait(self, deadline: Deadline) -> None:
        """Have the rows read by the deadline.

        Raises StillReading, NoRows, and OperationalError where no thread is left. While
        they are read again after a failure, raises that.
        """
        with self._lock:
            if snapshots.has_rows:
                return
            latest = self._latest
            if latest is None or not latest.is_alive():
                self._failure = latest.failure if latest else None
                self._latest = latest = _FirstRead()
                start(latest)
            failure = self._failure
        latest.join(max(deadline.left(), 0.0))
        if latest.is_alive():
            raise failure or StillReading
        if latest.failure:
            raise latest.failure


first_reads = _FirstReads()


def _for_probes(view: View) -> View:
    """Let everybody ask: a probe has no login, and learns nothing but the state."""
    return login_not_required(outside_transactions(csrf_exempt(reading_only(view))))


@_for_probes
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200: the process is there. Its database is no reason to restart it."""
    return _text(HTTPStatus.OK, "ok")


@_for_probes
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while a scrape could be answered with components, else 503.

    So also while the database is away and its last rows are served. What drivers say
    names hosts and users: it is for the log.
    """
    try:
        return _text(HTTPStatus.OK, _state(int(time.time())))
    except (NoRows, DatabaseFailure, *OF_THE_PROCESS) as error:
        if unready.note():
            why = str(error) if isinstance(error, NoRows) else named(error)
            logger.warning("not ready: %s", why)
        return _not_ready(
            "the components can't be read, and there are no rows of before that may "
            "still be served; the log of the site says why"
        )
    except StillReading as error:
        return _not_ready(str(error))


def _state(moment: int) -> str:
    """Say what a scrape would be answered with.

    Raises NoRows, StillReading and OperationalError.

    Reads all rows once, which makes the first scrape a quick one; then only whether
    there is something to read.
    """
    deadline = Deadline(_WITHIN)
    with asking():
        alias = database()
    if not snapshots.has_rows:
        if connections[alias].in_atomic_block:
            # What the caller's transaction has written is seen by nobody else.
            snapshots.take(moment, deadline)
        else:
            first_reads.wait(deadline)
        return "ok"
    try:
        with reading(deadline, alias) as renew:
            renew()
            Component.objects.using(alias).enabled().exists()
    except DatabaseFailure as error:
        age = snapshots.usable_age(moment, named(error))
        return f"ok, with rows read {age:.0f} s ago: they can't be read now"
    return "ok"


def _not_ready(why: str) -> HttpResponse:
    return unlogged(_text(HTTPStatus.SERVICE_UNAVAILABLE, f"not ready: {why}"))


def _text(status: HTTPStatus, message: str) -> HttpResponse:
    return HttpResponse(
        f"{message}\n",
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
