"""Schedules, or calendars, that are made of each other: each is made once. Pure."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
)
from typing import Any, Generic, NamedTuple, TypeVar

from ..language import Sentence
from .errors import InvalidDefinition, ScheduleError

Key = Hashable
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

MAX_DEPTH = 20
"""Levels of schedules in schedules, and of calendars in calendars."""

# Errors that say all already: what refers to their schedule repeats them.
_SAID_BY_PARTS = ("cycle", "too_many_levels", "broken_part")


class Parts(NamedTuple, Generic[T]):
    """A whole: what it refers to, and how it is made of that.

    `links` are the keys of others, by the field that refers to them. `make` takes what
    they are, in lists by field.
    """

    name: str
    links: Mapping[str, tuple[Key, ...]]
    make: Callable[..., T]


class LazyMapping(Mapping[Key, T]):
    """What `make` returns for each of the keys, made whenever it is asked for."""

    def __init__(self, keys: Collection[Any], make: Callable[[Any], T]) -> None:
        self._keys, self._make = keys, make

    def __getitem__(self, key: Key) -> T:
        return self._make(key)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class _Made(NamedTuple, Generic[T]):
    whole: T
    levels: int


class Composition(Generic[T]):
    """Makes wholes of their parts, when they are asked for, and keeps them.

    `what` is what they are called in errors.
    """

    def __init__(self, what: str, parts: Mapping[Key, Parts[T]]) -> None:
        self._what = Sentence(what, {})
        self._parts = parts
        self._made: dict[Key, _Made[T]] = {}

    def keep(self, before: Composition[T], keys: Iterable[Key]) -> None:
        """Take over what was made of the same parts, down to the last, for the keys."""
        self._made |= {key: before._made[key] for key in keys if key in before._made}

    def at(self, key: Key) -> T:
        """Return the whole of that key. Raises InvalidDefinition."""
        return self._at(key, ()).whole

    def all(self, keys: Iterable[Key], field: str) -> list[T]:
        """Return the wholes of those keys, to which the field of another refers.

        Raises InvalidDefinition of that field.
        """
        return [self._linked(key, field, ()).whole for key in keys]

    def _at(self, key: Key, path: tuple[str, ...]) -> _Made[T]:
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._make(self._parts[key], path)
        return made

    def _make(self, parts: Parts[T], path: tuple[str, ...]) -> _Made[T]:
        path = (*path, parts.name)
        found = {
            field: [self._linked(key, field, path) for key in keys]
            for field, keys in parts.links.items()
        }
        levels = {one.levels: field for field, some in found.items() for one in some}
        deepest = max(levels, default=0)
        if deepest >= MAX_DEPTH:
            raise self._too_deep(levels[deepest])
        wholes = {field: [one.whole for one in some] for field, some in found.items()}
        return _Made(parts.make(**wholes), deepest + 1)

    def _linked(self, key: Key, field: str, path: tuple[str, ...]) -> _Made[T]:
        if key not in self._parts:
            raise InvalidDefinition(field, "no_such_part", what=self._what, key=key)
        name = self._parts[key].name
        if name in path:
            circle = " -> ".join((*path[path.index(name) :], name))
            raise InvalidDefinition(field, "cycle", what=self._what, path=circle)
        if len(path) >= MAX_DEPTH and key not in self._made:
            raise self._too_deep(field)
        try:
            return self._at(key, path)
        except ScheduleError as error:
            if error.code in _SAID_BY_PARTS:
                raise InvalidDefinition(field, error.code, **error.params) from error
            raise InvalidDefinition(
                field, "broken_part", what=self._what, name=name, reason=str(error)
            ) from error

    def _too_deep(self, field: str) -> InvalidDefinition:
        return InvalidDefinition(
            field, "too_many_levels", what=self._what, most=MAX_DEPTH
        )


def reached(keys: Iterable[K], linked: Callable[[K], Iterable[K]]) -> set[K]:
    """Return the keys, and those that they are linked to, directly or not."""
    found: set[K] = set()
    ahead = list(keys)
    while ahead:
        key = ahead.pop()
        if key not in found:
            found.add(key)
            ahead += linked(key)
    return found
