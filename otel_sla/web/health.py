"""/healthz and /readyz: whether the process answers, and could answer a scrape."""

import os
import time
from concurrent.futures import Future, wait
from contextlib import suppress
from http import HTTPStatus
from threading import Lock, Thread

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseFailure
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ..bridge.no_rows import NoRows, NotYet
from ..bridge.registry import registry
from ..database.bounded_call import start
from ..database.consistent_read import reading
from ..database.deadline import Deadline
from ..database.failures import OF_THE_PROCESS, asking, named
from ..logs import ThrottledLog, get_logger
from ..metrics.rows import database
from ..metrics.source import snapshots
from ..models import Component
from .read_only import View, outside_transactions, reading_only
from .responses import text_response, unlogged

logger = get_logger(__name__)

_WITHIN = 1.5
"""Seconds that the database has to answer: probes time out soon after."""

unready = ThrottledLog("a probe", "probes")


class StillReading(Exception):
    """The first read has not ended yet, and nothing is known to be wrong."""


def _read_all(done: Future[None]) -> None:
    try:
        # It waits for no evaluation, which needs no connection.
        with suppress(NotYet):
            snapshots.take(int(time.time()), patience=0)
        done.set_result(None)
    except BaseException as error:
        # Raised in the probes that wait, which log it.
        why = f"the components can't be read: {named(error)}"
        done.set_exception(error if isinstance(error, Exception) else NoRows(why))
    finally:
        connections.close_all()


class _FirstReads:
    """Starts first reads, one at a time.

    Where a read takes longer than a probe waits, and each probe started its own, none
    would ever end.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Forget all reads and failures."""
        self._latest: Future[None] | None = None
        self._process = os.getpid()
        self._failure: BaseException | None = None

    def wait(self, deadline: Deadline) -> None:
        """Wait until the rows are read, or the deadline.

        Raises StillReading, NoRows, and OperationalError where no thread is left. While
        they are read again after a failure, raises that failure.
        """
        with self._lock:
            if snapshots.has_rows:
                return
            latest = self._latest
            # A process that was forked meanwhile has no thread that reads.
            if self._process != os.getpid():
                self.forget()
                latest = None
            if latest is None or latest.done():
                self._failure = latest.exception() if latest else None
                latest = Future()
                # Reads for as long as a scrape may take, which no probe waits for.
                start(Thread(target=_read_all, args=[latest], daemon=True))
                self._latest = latest
            failure = self._failure
        wait([latest], max(deadline.left(), 0.0))
        if not latest.done():
            raise failure or StillReading(
                "the components are being read for the first time"
            )
        latest.result()


first_reads = _FirstReads()


def _for_probes(view: View) -> View:
    """Answer everybody: a probe has no login, and learns nothing but the state."""
    return login_not_required(outside_transactions(csrf_exempt(reading_only(view))))


@_for_probes
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200: the process runs. A restart would not help its database."""
    return text_response(HTTPStatus.OK, "ok")


@_for_probes
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while a scrape could be answered with components, else 503.

    200 also while the database is unavailable and its last rows are served, and where
    this process exports no components: a scrape always has an answer then. Messages of
    drivers name hosts and users: they are for the log only.
    """
    try:
        return text_response(HTTPStatus.OK, _readiness(int(time.time())))
    except (StillReading, NotYet) as error:
        reason = str(error)
    except (NoRows, DatabaseFailure, *OF_THE_PROCESS) as error:
        if unready.note():
            why = str(error) if isinstance(error, NoRows) else named(error)
            logger.warning("not ready: %s", why)
        reason = (
            "the components can't be read, and no rows of an earlier read may be "
            "served. The site's log says why."
        )
    return unlogged(
        text_response(HTTPStatus.SERVICE_UNAVAILABLE, f"not ready: {reason}")
    )


def _readiness(moment: int) -> str:
    """Return the message of a process that is ready.

    Raises NoRows, StillReading, NotYet and OperationalError. Reads and evaluates all
    rows once, which makes the first scrape a quick one; later only asks whether the
    database answers.
    """
    if snapshots not in registry:
        return _without_required()
    deadline = Deadline(_WITHIN)
    with asking():
        alias = database()
    if not snapshots.has_rows:
        if connections[alias].in_atomic_block:
            # No other connection sees what this transaction has written.
            snapshots.take(moment, deadline)
        else:
            first_reads.wait(deadline)
            snapshots.wait(moment, deadline)
        return "ok"
    snapshots.wait(moment, deadline)
    try:
        with reading(deadline, alias) as renew:
            renew()
            Component.objects.using(alias).enabled().exists()
    except DatabaseFailure as error:
        age = snapshots.usable_age(moment, named(error))
        return f"ok, with rows read {age:.0f} s ago: the database is unavailable"
    return "ok"


def _without_required() -> str:
    """Return the message of a process whose sources may all be left out of a scrape."""
    sources, missing = [*registry], len(registry.missing)
    failing = missing + sum(one.has_failed for one in sources)
    if not failing:
        return "ok"
    return (
        f"ok, but {failing} of {len(sources) + missing} sources can't be read. "
        "The site's log says why."
    )
