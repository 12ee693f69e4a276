"""What is known of a stretch of time: the open spans, and the boundaries in it."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from .spans import Span

Pair = tuple[int | None, int | None]
"""A start and an end, in Unix seconds; None where it is not known."""


class Stretch(NamedTuple):
    """The open spans within [since, until), cut off at both."""

    since: int
    until: int
    spans: list[Span]

    def last(self, moment: int) -> Pair:
        """The last start and the last end, at the moment or before it."""
        starts, ends = self._boundaries()
        started, ended = bisect_right(starts, moment), bisect_right(ends, moment)
        return (
            starts[started - 1] if started else None,
            ends[ended - 1] if ended else None,
        )

    def next(self, moment: int) -> Pair:
        """The first start and the first end after the moment."""
        starts, ends = self._boundaries()
        started, ended = bisect_right(starts, moment), bisect_right(ends, moment)
        return (
            starts[started] if started < len(starts) else None,
            ends[ended] if ended < len(ends) else None,
        )

    def _boundaries(self) -> tuple[list[int], list[int]]:
        """Starts and ends; where a span is cut off there is no boundary to know."""
        return (
            [opens for opens, _ in self.spans if opens != self.since],
            [closes for _, closes in self.spans if closes != self.until],
        )

    def covers(self, moment: int) -> bool:
        return any(opens <= moment < closes for opens, closes in self.spans)


def first_known(near: Pair, far: Pair) -> Pair:
    """Return the near start and end, and the far ones where they are not known."""
    start, end = near
    return (far[0] if start is None else start, far[1] if end is None else end)
