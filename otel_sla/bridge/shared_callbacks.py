"""Declare that an observable instrument's callback says the same in every worker."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from threading import Event
from typing import Any, ParamSpec, TypeVar, overload

P = ParamSpec("P")
T = TypeVar("T")
Options = TypeVar("Options")

Way = Callable[[Callable[[], Iterable[Any]]], Iterable[Any]]
"""How to ask a shared callback: what is passed asks it and returns its observations."""

_way: ContextVar[Way | None] = ContextVar("way", default=None)
_declared = Event()


@overload
def shared(callback: Callable[P, Iterable[T]]) -> Callable[P, Iterable[T]]: ...


@overload
def shared(
    callback: Generator[Iterable[T], Options, None],
) -> Callable[[Options], Iterable[T]]: ...


def shared(callback: Any) -> Any:
    """Return a callback for an observable instrument whose value is the site's, not
    one worker's: a count of rows, say.

    Only the worker that answers a scrape asks it, and its samples have no label
    `worker`. Pushed, they come from one worker. The site's own readers ask it as any
    other. `callback` is a function, a method or a generator, as OpenTelemetry takes
    them. Raises TypeError for anything else.
    """
    if isinstance(callback, Generator):
        # As OpenTelemetry does with a generator: up to its first yield.
        next(callback)
        return shared(partial(_resumed, callback))
    if not callable(callback):
        raise TypeError(
            f"shared() takes a callback of an observable instrument, not {callback!r}."
        )

    @wraps(callback)
    def ask(*args: Any, **options: Any) -> Any:
        way = _way.get()
        if way is None:
            return callback(*args, **options)
        return way(partial(callback, *args, **options))

    _declared.set()
    return ask


def are_declared() -> bool:
    """Return whether this process has any."""
    return _declared.is_set()


@contextmanager
def asked(way: Way) -> Iterator[None]:
    """Have collections in this context ask shared callbacks in this way."""
    token = _way.set(way)
    try:
        yield
    finally:
        _way.reset(token)


def _resumed(
    generator: Generator[Iterable[T], Options, None], options: Options
) -> Iterable[T]:
    try:
        return generator.send(options)
    except StopIteration:
        return ()
