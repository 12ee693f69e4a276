"""Share a scrape's counters among the workers of a site, where there are several."""

import json
import os
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from asgiref.sync import SyncToAsync, async_to_sync
from django.conf import settings
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource

from ..bridge.newest_reading import meeting
from ..bridge.no_rows import NoRows
from ..bridge.registry import registry
from ..bridge.self_metrics import WORKERS, collection_errors, workers_together
from ..conf import conf
from ..database.deadline import Deadline
from ..fanin import FanIn, Incomplete
from ..fanin.totals_files import is_alive, process_id
from ..logs import ThrottledLog, get_logger
from . import callbacks, shared
from .process_role import under_test_runner
from .sdk_reader import DirectReader, Unheard
from .servers import (
    NO_THREADS,
    are_several,
    call_at_the_end,
    group_of_workers,
    interpreter,
    runs_in_gunicorn,
    runs_threads,
    sign_of_several,
)

logger = get_logger(__name__)

_MOMENT = 0.1


class Workers:
    """The workers of this site, of which one answers a scrape for all.

    `provider` is that of the reader; None where callbacks can't be left out of a
    collection.
    """

    def __init__(
        self,
        reader: DirectReader,
        resource: Resource,
        provider: MeterProvider | None = None,
    ) -> None:
        self._reader = reader
        self._failures = ThrottledLog(
            "a scrape leaves out what other workers counted",
            "failures to learn what other workers counted",
        )
        self._asked: int | None = None
        self._has_read: int | None = None
        self._predecessor: str | None = None
        self._has_no_threads = False
        self._several = conf.FAN_IN
        self._fan_in = FanIn(
            self._own,
            resource,
            conf.RUNTIME_DIR,
            failed=self._note_failure,
            recovered=self._note_recovery,
            site="" if runs_in_gunicorn() else site_identity(),
            group=group_of_workers,
            counted=None if provider is None else partial(reader.counted, provider),
            is_shared=shared.is_shared,
        )
        workers_together.ask = self._are_heard
        meeting.directory = lambda: self._fan_in.directory

    def start(self, **about: Any) -> None:
        """Take part if this is a worker. For request_started; done once a process."""
        if self._asked == os.getpid():
            return
        if not (are_several() if self._several is None else self._several):
            self._warn_of_others(about.get("environ", {}))
        elif not runs_threads():
            self._has_no_threads = True
            logger.error("scrapes leave out what the workers count: %s", NO_THREADS)
        else:
            self._predecessor = predecessor()
            self._fan_in.start()
            call_at_the_end(self._fan_in.stop)
            # Under ASGI. uvicorn ends by the signal itself, and atexit is not heard.
            if getattr(SyncToAsync.threadlocal, "main_event_loop", None) is not None:
                with suppress(RuntimeError, ValueError):
                    async_to_sync(self._heed_signals)()
        self._asked = os.getpid()

    def _warn_of_others(self, environ: Mapping[str, Any]) -> None:
        if self._several is not None or under_test_runner():
            return
        if sign := sign_of_several(environ):
            logger.warning(
                "scrapes show what this process counts, not what others may count: %s. "
                'Set OTEL_SLA["FAN_IN"] to True if several processes serve the same '
                "address, otherwise to False.",
                sign,
            )

    async def _heed_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)
            if callable(before):
                signal.signal(number, partial(self._end, before))

    def _end(self, before: Callable[..., Any], number: int, frame: Any) -> None:
        self._fan_in.save_until_the_end()
        before(number, frame)

    def gather(
        self, collect: Callable[[], MetricsData | None], deadline: Deadline
    ) -> MetricsData | None:
        """Return what this worker collects and what all others have counted.

        The others are asked in half of the time that is left, or a moment where reading
        has taken all of it. Raises what `collect` raises, and Unheard where it is not
        known what the others have counted, no thread could answer them, or another
        master still serves: its workers count apart, and scrapes would show the two in
        turns.
        """
        if self._has_no_threads:
            raise Unheard(NO_THREADS)
        if self._predecessor and is_alive(self._predecessor):
            raise Unheard("the master before this one is still running")
        patience = max(_MOMENT, deadline.left() / 2)
        try:
            with shared.marked():
                return self._fan_in.gather(patience=patience, collect=collect)
        except Incomplete as error:
            raise Unheard(str(error)) from error

    def are_together(self) -> bool:
        """Return whether the other workers are asked for what they have counted."""
        return self._fan_in.takes_part or self._has_no_threads

    def _are_heard(self) -> bool | None:
        return False if self._has_no_threads else self._fan_in.is_complete

    def _own(self) -> MetricsData | None:
        """Collect for another worker."""
        self._read_once()
        with callbacks.silent(), shared.skipped():
            return self._reader.own()

    def _read_once(self) -> None:
        """Read the rows in the background, once a process.

        Another worker answers a scrape. The next one may be this worker's, and should
        the database be away by then, it has rows to answer with.
        """
        if self._has_read == os.getpid():
            return
        self._has_read = os.getpid()
        if not all(one.has_rows for one in registry):
            # Where no thread can be started, it has none.
            with suppress(RuntimeError):
                threading.Thread(None, _read, "first reading", daemon=True).start()

    def _note_failure(self, message: str) -> None:
        collection_errors.add(WORKERS)
        if said := self._failures.note():
            logger.error("%s: %s", said, message)

    def _note_recovery(self) -> None:
        if self._failures.end():
            logger.warning("scrapes show all workers' counts again")


def _read() -> None:
    # Logged where it happens.
    with suppress(NoRows):
        callbacks.collect_now(registry)


def predecessor() -> str | None:
    """Return the name of the gunicorn master that started ours (SIGUSR2), if any."""
    pid = os.environ.get("GUNICORN_PID", "")
    return process_id(int(pid)) if runs_in_gunicorn() and pid.isdigit() else None


def site_identity() -> str:
    """Return what is the same in all workers of this site, and differs between sites.

    A process manager that runs several sites is the parent of all their workers.
    """
    databases = sorted(
        (alias, *(str(one.get(key, "")) for key in ("ENGINE", "HOST", "PORT", "NAME")))
        for alias, one in settings.DATABASES.items()
    )
    base = getattr(settings, "BASE_DIR", os.getcwd())
    names = (getattr(settings, one, "") for one in ("SETTINGS_MODULE", "ROOT_URLCONF"))
    return json.dumps([*names, str(base), databases, interpreter()])
