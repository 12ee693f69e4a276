"""Divide long lists into batches, so that no query has too many parameters."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

BATCH = 1_000
"""Rows of a batch."""


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in their order, in lists of BATCH; the last may be shorter."""
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH)):
        yield batch
