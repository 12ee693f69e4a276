"""What a Django developer writes for values that no query has: a function.

@source(refresh=15)
def queues(read):
    for queue in client.queues(timeout=read.left()):
        yield Sample("queue.messages", queue.messages, {"queue": queue.name})
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import FunctionType, MappingProxyType
from typing import NamedTuple, overload

from django.apps import apps

from ..interface import Read

Value = int | float | Decimal | datetime | timedelta


class Sample(NamedTuple):
    """A value of the gauge that is called `name`, with its attributes.

    A date and time becomes Unix seconds, a duration seconds. A sample whose value is
    None is left out, and so is an attribute that is None or empty.
    """

    name: str
    value: Value | None
    attributes: Mapping[str, object] = MappingProxyType({})
    unit: str = ""
    help: str = ""


Function = Callable[[Read], Iterable[Sample]]


@dataclass(frozen=True, slots=True)
class SourceFunction:
    """A function that yields samples, and how it is called."""

    function: Function
    refresh: float = 0.0
    """Seconds for which the samples of one call are used."""

    budget: float | None = None
    """Seconds that a call may take. None: what is left of the scrape's."""

    at_most: int = 100
    """Samples of more names than that are left out."""

    max_rows: int = 100_000
    """With more samples than that, the source is left out."""

    def __call__(self, read: Read) -> Iterable[Sample]:
        """Return what the function returns."""
        return self.function(read)

    @property
    def module(self) -> str:
        """The name of the module that has the function."""
        return self.function.__module__

    def source_name(self) -> str:
        """Return what the source is called in logs and metrics: "shop.queues"."""
        config = apps.get_containing_app_config(self.module)
        called = getattr(self.function, "__qualname__", repr(self.function))
        return f"{config.label if config else self.module}.{called}"


@overload
def source(function: Function, /) -> SourceFunction: ...


@overload
def source(
    *,
    refresh: float = 0.0,
    budget: float | None = None,
    at_most: int = 100,
    max_rows: int = 100_000,
) -> Callable[[Function], SourceFunction]: ...


def source(
    function: Function | None = None,
    /,
    *,
    refresh: float = 0.0,
    budget: float | None = None,
    at_most: int = 100,
    max_rows: int = 100_000,
) -> SourceFunction | Callable[[Function], SourceFunction]:
    """Make a function a source of metrics: it yields samples, or returns a list.

    It is called with a Read: the `moment` of the scrape, in Unix seconds, and `left()`,
    the seconds that it may still take. The samples of one call are used for `refresh`
    seconds, and it may take `budget` seconds. Samples beyond `at_most` names are left
    out; with more than `max_rows` samples, the source is left out. Raises TypeError for
    anything but a function.
    """

    def decorate(given: Function) -> SourceFunction:
        if not isinstance(given, FunctionType):
            raise TypeError(
                f"@source is for functions, not for {given!r}: write @source or "
                "@source(refresh=15) above a def"
            )
        return SourceFunction(given, refresh, budget, at_most, max_rows)

    return decorate if function is None else decorate(function)
