"""Ask for less where a server finds a query too heavy. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from ..prometheus.setting import HOUR
from .prometheus_answers import TooMuch
from .source import NotMeasured

T = TypeVar("T")

Ask = Callable[[Sequence[str], int, int], T]
"""Asks about components in a span from start to end, in Unix seconds."""


def in_halves(
    ask: Ask[T], components: Sequence[str], start: int, end: int, unit: int = HOUR
) -> Iterator[T]:
    """Yield the answers about all of it: one, or those about halves of what is too much
    for one, in time by whole units of seconds. Raises NotMeasured if a component and a
    unit of time are too much.
    """
    try:
        answer = ask(components, start, end)
    except TooMuch as error:
        reason = error
    else:
        yield answer
        return
    middle = start + max(1, (end - start) // (2 * unit)) * unit
    if len(components) > 1:
        half = len(components) // 2
        parts = [(components[:half], start, end), (components[half:], start, end)]
    elif middle < end:
        parts = [(components, start, middle), (components, middle, end)]
    else:
        raise NotMeasured(
            "prometheus_too_much",
            component=components[0],
            hours=unit // HOUR,
            said=reason.message,
        ) from None
    for part in parts:
        yield from in_halves(ask, *part, unit)
