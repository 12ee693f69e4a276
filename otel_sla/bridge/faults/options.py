"""What is wrong with options that all kinds of sources have."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """What is wrong, and where: a source, or one of its attributes or options."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def faults_of_seconds(own: str, refresh: Any, budget: Any) -> Iterator[Fault]:
    """Yield what is wrong with the seconds that a source may take."""
    for name, given in (("refresh", refresh), ("budget", budget)):
        if name == "budget" and given is None:
            continue
        if type(given) not in (int, float) or not 0 <= given < math.inf:
            use = "0 or more" if name == "refresh" else "more than 0, or None"
            yield Fault(
                f"{own}.{name}", f"{given!r} is not a number of seconds: use {use}"
            )
        elif name == "budget" and not given:
            yield Fault(
                f"{own}.budget",
                f"{given!r} leaves no time to read: use more than 0, or None for what "
                "is left of a scrape's",
            )


def faults_of_limit(given: Any, counted: str) -> Iterator[str]:
    """Yield what is wrong with the greatest number of something."""
    if type(given) is not int or given < 1:
        yield f"{given!r} is not a number of {counted}: use a whole number, 1 or more"
