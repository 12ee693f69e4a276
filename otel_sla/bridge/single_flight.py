"""Share work among those who ask for it at the same time."""

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

from ..database.deadline import Deadline

T = TypeVar("T")

# What ends within this last part of the time it had is taken to have run out of time:
# drivers count whole seconds, so that some of it is left.
_LAST_PART = 0.15


class TookTooLong(Exception):
    """Another caller has not finished the work by the deadline."""


# A result or an error, and the seconds that were too few for it to be made, or to be
# better; 0 where time was not the reason.
_Outcome = tuple[Future[Any], float]


class Flight:
    """Results that are made once and shared by all callers; so are failures."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._outcomes: dict[Hashable, _Outcome] = {}

    def once(
        self,
        key: Hashable,
        make: Callable[[], T],
        deadline: Deadline | None = None,
        is_poor: Callable[[T], bool] = lambda made: False,
    ) -> T:
        """Return what `make` returns for the key, called by the first who asks.

        A failure or poor result for lack of time is made again for a caller that has
        more left. Raises what `make` has raised, and TookTooLong where another caller
        is still making it when the deadline passes.
        """
        seconds = max(0.0, deadline.left()) if deadline else -1
        if not self._lock.acquire(timeout=seconds):
            raise TookTooLong
        try:
            outcome, ran_out_of = self._outcomes.get(key, (None, 0.0))
            if outcome is None or (deadline and 0 < ran_out_of < deadline.left()):
                outcome, ran_out_of = _outcome(make, deadline, is_poor)
                self._outcomes[key] = outcome, ran_out_of
        finally:
            self._lock.release()
        made: T = outcome.result()
        return made


def _outcome(
    make: Callable[[], T], deadline: Deadline | None, is_poor: Callable[[T], bool]
) -> _Outcome:
    had = deadline.left() if deadline else 0.0
    made: Future[T] = Future()
    try:
        made.set_result(make())
    except Exception as error:
        made.set_exception(error)
    late = deadline is not None and deadline.left() < had * _LAST_PART
    lacked_time = late and (made.exception() is not None or is_poor(made.result()))
    return made, had if lacked_time else 0.0


class SingleFlight:
    """Lets callers join the flight that is under way."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._current: Flight | None = None

    @contextmanager
    def join(self) -> Iterator[Flight]:
        """Join the flight that is under way, or begin one.

        It is under way until the caller who began it is done.
        """
        with self._lock:
            flight, begins = self._current, self._current is None
            if flight is None:
                flight = self._current = Flight()
        try:
            yield flight
        finally:
            if begins:
                with self._lock:
                    self._current = None
