"""Share work among those who ask for it at the same time."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from ..database.deadline import Deadline

T = TypeVar("T")

# What ends within this last part of the time it had is taken to have run out of time:
# drivers count whole seconds, so that some of it is left.
_LAST_PART = 0.15


class TookTooLong(Exception):
    """Another caller has not finished the work by the deadline."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was made, or why not. `ran_out_of` are the seconds that were too few for it
    to be made, or to be better; 0 where time was not the reason."""

    made: Any
    error: Exception | None
    ran_out_of: float


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
            outcome = self._outcomes.get(key)
            if outcome is None or (
                deadline and 0 < outcome.ran_out_of < deadline.left()
            ):
                outcome = _outcome(make, deadline, is_poor)
                self._outcomes[key] = outcome
        finally:
            self._lock.release()
        if outcome.error is not None:
            raise outcome.error
        made: T = outcome.made
        return made


def _outcome(
    make: Callable[[], T], deadline: Deadline | None, is_poor: Callable[[T], bool]
) -> _Outcome:
    had = deadline.left() if deadline else 0.0
    made: Any = None
    error = None
    try:
        made = make()
    except Exception as failure:
        error = failure
    late = deadline is not None and deadline.left() < had * _LAST_PART
    lacked_time = late and (error is not None or is_poor(made))
    return _Outcome(made, error, had if lacked_time else 0.0)


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
