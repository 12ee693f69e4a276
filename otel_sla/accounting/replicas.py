"""Several series of one component as one: the highest known value counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

Reading = tuple[int, int, Fraction]
"""A span [start, end) in milliseconds, and the part that was up."""


def joined(readings: Iterable[Reading]) -> list[Reading]:
    """Return the readings, ascending and disjoint, with adjacent equal ones as one."""
    found: list[Reading] = []
    for start, end, share in readings:
        if found and found[-1][1] == start and found[-1][2] == share:
            start = found.pop()[0]
        found.append((start, end, share))
    return found


def highest(one: list[Reading], other: list[Reading]) -> list[Reading]:
    """Return the higher reading of both at each moment, and the only one elsewhere.

    Both are ascending and disjoint, as is the result, in which adjacent ones differ.
    """
    edges = sorted({edge for part in (*one, *other) for edge in part[:2]})
    found: list[Reading] = []
    first = second = 0
    for start, end in pairwise(edges):
        first = _reached(one, first, start)
        second = _reached(other, second, start)
        shares = [
            part[position][2]
            for part, position in ((one, first), (other, second))
            if position < len(part) and part[position][0] <= start
        ]
        if shares:
            found.append((start, end, max(shares)))
    return joined(found)


def _reached(readings: list[Reading], position: int, moment: int) -> int:
    """Return the position of the first reading that ends after the moment."""
    while position < len(readings) and readings[position][1] <= moment:
        position += 1
    return position
