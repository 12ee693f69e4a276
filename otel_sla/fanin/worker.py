"""Answer for all workers of a program: save, ask the others, add up.

For any program with an OpenTelemetry MeterProvider; nothing here knows Django. A worker
that is asked for metrics gathers what its living siblings have counted, over sockets
that only their user can reach, and adds what ended siblings have saved. Each worker
saves its totals before it shows them and once a second besides, so that a count
never goes back, and a worker that is killed takes at most a second's with it.
"""

import atexit
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from functools import partial
from pathlib import Path
from threading import Event, Thread

from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource

from .aggregation import Totals, add_up, collected_of, updated
from .incidents import ASKING, JOINING, STAYING, Incidents
from .membership import Membership
from .memory import Incomplete
from .own_totals import Collect, IsShared, OwnTotals
from .sockets import TotalsServer, ask
from .totals_files import is_alive, process_id

PATIENCE = 1.0
"""Seconds that an answer waits at most for siblings, unless it is told otherwise."""

SAVES_EVERY = 1.0
"""Seconds between two savings, and so the most that is lost with a killed worker."""

_SAVES_AT_THE_END = 0.05


def default_base() -> Path:
    """Return where groups have their directories: private to the user, in memory if
    the system has such a place."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # It may be that of root, who has started a server that runs as another.
    usable = os.path.isdir(runtime) and os.access(runtime, os.W_OK | os.X_OK)
    base = Path(runtime if usable else tempfile.gettempdir())
    return base / f"otel_sla-{os.getuid()}"


def group_of_parent() -> str:
    """Name the workers that the same process manager has started."""
    parent = os.getppid()
    return process_id(parent) or f"{parent}-0"


class FanIn:
    """One worker's part in answering for all: save its totals, ask the others, add up.

    `collect` collects what this worker has, cumulatively, in any thread. `counted` does
    so without asking a callback, for saving once a second; None where it can't be done.
    `is_shared` tells the data points that say the same in all workers: those of the
    worker that answers are returned as they are. `failed` is called with a message at
    each failure; failures are not raised. `recovered` is called when everything works
    again after a failure. `site` separates the sites that one process manager runs: the
    workers of each are a group. `group` names it where workers don't have the same
    parent.
    """

    def __init__(
        self,
        collect: Collect,
        resource: Resource,
        base: Path | None = None,
        failed: Callable[[str], None] = lambda message: None,
        recovered: Callable[[], None] = lambda: None,
        site: str = "",
        group: Callable[[], str] | None = None,
        counted: Collect | None = None,
        is_shared: IsShared = lambda point: False,
    ) -> None:
        self._collect = collect
        self._resource = resource
        self._base = base
        self._incidents = Incidents(failed, recovered)
        self._site = site
        self._group = group
        self._own = OwnTotals(collect, counted, is_shared, self._incidents)
        self._lock = self._own.lock
        self._pid: int | None = None
        self._stop = Event()
        self._membership: Membership | None = None
        self._is_apart = False
        self._tried_at = 0.0

    @property
    def has_started(self) -> bool:
        """Whether this process takes part, or has tried to."""
        return self._pid == os.getpid()

    @property
    def takes_part(self) -> bool:
        """Whether this process has joined its siblings."""
        return self._membership is not None

    @property
    def directory(self) -> Path | None:
        """Where this process meets its siblings; None where it takes no part."""
        return self._membership.files.directory if self._membership else None

    @property
    def is_complete(self) -> bool | None:
        """Whether `gather` returns what all workers have counted; None where this
        process takes no part."""
        return self.takes_part and not self._is_apart if self.has_started else None

    def start(self) -> None:
        """Take part, once per process: in a worker, not before it is forked."""
        if self.has_started:
            return
        with self._lock:
            if self.has_started:
                return
            self._try_to_join()
            # Last: another thread that is asked meanwhile waits for the siblings.
            self._pid = os.getpid()

    def _try_to_join(self) -> None:
        self._tried_at = time.monotonic()
        try:
            membership = Membership(
                lambda: self._base or default_base(),
                self._group() if self._group else group_of_parent(),
                self._site,
            )
            membership.enter()
            server = TotalsServer(membership.files.socket_of(membership.name))
            try:
                about = (membership, server)
                thread = Thread(None, self._take_part, "fan-in", about, daemon=True)
                # Agents would take what it does for a part of the request that asks.
                Context().run(thread.start)
            except RuntimeError:
                server.close()
                raise
        except (OSError, RuntimeError) as error:
            # RuntimeError: no thread can be started.
            self._incidents.fail(JOINING, str(error))
            return
        self._incidents.succeed(JOINING)
        self._membership = membership
        atexit.register(self.stop)

    def stop(self) -> None:
        """Save for the last time; the siblings go on with what is saved."""
        if self._stop.is_set() or not self.has_started:
            # A child that this worker has forked has none of its counts to save.
            return
        self._stop.set()
        self._save_at_the_end()

    def save_until_the_end(self) -> None:
        """Save repeatedly until the process ends. For signal handlers, after which
        atexit may not run."""
        # A child that this worker has forked has its handlers, but not its counts.
        if self.has_started:
            Thread(target=self._save_on_and_on, name="fan-in-end", daemon=True).start()

    def _save_on_and_on(self) -> None:
        while True:
            self._save_at_the_end()
            time.sleep(_SAVES_AT_THE_END)

    def _save_at_the_end(self) -> None:
        """Save, in a new directory if need be: the thread may not get round to it."""
        if self._membership is not None:
            with self._lock, suppress(Exception):
                self._membership.reenter_if_removed()
            self._own.save(self._membership)

    def gather(
        self, *, patience: float = PATIENCE, collect: Collect | None = None
    ) -> MetricsData | None:
        """Collect what this worker has, and return it with what all others have.

        It is saved first. `collect` collects in the place of the one of this object.
        Others that collect or save in this worker are waited for so many seconds, and
        siblings that are slow as long, but no longer than PATIENCE in all. Raises what
        `collect` raises, and Incomplete where it can't be saved in time, or it can't
        be known what the others have counted: less than was shown before would be a
        counter that goes back.
        """
        collect = collect or self._collect
        if self._membership is None and self.has_started:
            # What was in the way may be gone: a disk that was full, say.
            with self._lock:
                if self._membership is None and time.monotonic() > self._tried_at + 1:
                    self._try_to_join()
        membership = self._membership
        if membership is None:
            return collect()
        try:
            totals, shared = self._own.collect(membership, patience, collect)
        except Incomplete as error:
            raise self._apart(error) from error
        try:
            living, ended = self._siblings(membership, min(patience, PATIENCE))
        except OSError as error:
            raise self._apart(error) from error
        self._is_apart = False
        sums = add_up({membership.name: totals, **living}, [ended])
        return collected_of(updated(sums, shared), self._resource, time.time_ns())

    def _apart(self, error: OSError) -> Incomplete:
        """Note that the answer is not complete; return what says so."""
        self._is_apart = True
        self._incidents.fail(ASKING, str(error))
        return Incomplete(str(error))

    def _siblings(
        self, membership: Membership, patience: float
    ) -> tuple[dict[str, Totals], Totals]:
        """Return the totals of the living siblings, and the sum of the ended."""
        files, memory = membership.files, membership.memory
        siblings = [name for name in files.workers() if name != membership.name]
        sockets = {name: files.socket_of(name) for name in siblings}
        answers = ask(sockets, patience)
        memory.remember(answers)
        slow = [name for name in siblings if name not in answers]
        for name in slow:
            # Slow, hung or just ended: what it has shown is in its file.
            answers[name] = files.read(name)
        memory.expect(siblings)
        ended, who = files.ended(siblings, patience)
        if not membership.is_in():
            raise Incomplete(f"{files.directory} has been removed")
        # One may have come back since the others were asked.
        memory.check_present([membership.name, *siblings], who)
        slow = [name for name in slow if name not in who and is_alive(name)]
        for name in slow:
            self._incidents.fail(ASKING, f"worker {name} did not answer in time")
        if not slow:
            self._incidents.succeed(ASKING)
        living = {name: answers[name] for name in siblings if name not in who}
        return living, ended

    def _take_part(self, membership: Membership, server: TotalsServer) -> None:
        answer = partial(self._own.answer, membership)
        server.serve(SAVES_EVERY, answer)
        while not self._stop.is_set():
            self._keep_place(membership, server)
            server.serve(SAVES_EVERY, answer)
        server.close()

    def _keep_place(self, membership: Membership, server: TotalsServer) -> None:
        """Make anew what has been removed of the directory, and save in it."""
        try:
            with self._lock:
                was_in = membership.reenter_if_removed()
            # Before anybody can ask: of a worker that is slow to answer the file is
            # read, and has to have all that was shown of it.
            self._own.save(membership)
            server.rebind_if_removed(membership.files.socket_of(membership.name))
            membership.check_files()
        except Exception as error:
            # Whatever it is, another try follows: a thread that ends is not replaced.
            self._is_apart = True
            self._incidents.fail(STAYING, str(error) or type(error).__name__)
            return
        self._is_apart = False
        if was_in:
            self._incidents.succeed(STAYING)
        else:
            where = membership.files.directory
            self._incidents.fail(STAYING, f"{where} was removed, and is made again")
