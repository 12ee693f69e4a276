"""The open spans of a period, and the last and next boundaries in it."""

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
        """Return the last start and the last end at or before the moment."""
        starts, ends = self._boundaries()
        started, ended = bisect_right(starts, moment), bisect_right(ends, moment)
        return (
            starts[started - 1] if started else None,
            ends[ended - 1] if ended else None,
        )

    def next(self, moment: int) -> Pair:
        """Return the first start and the first end after the moment."""
        starts, ends = self._boundaries()
        started, ended = bisect_right(starts, moment), bisect_right(ends, moment)
        return (
            starts[started] if started < len(starts) else None,
            ends[ended] if ended < len(ends) else None,
        )

    def _boundaries(self) -> tuple[list[int], list[int]]:
        """Return starts and ends, except where a span is cut off."""
        return (
            [opens for opens, _ in self.spans if opens != self.since],
            [closes for _, closes in self.spans if closes != self.until],
        )

    def covers(self, moment: int) -> bool:
        """Return whether the moment is in an open span."""
        return any(opens <= moment < closes for opens, closes in self.spans)


def first_known(near: Pair, far: Pair) -> Pair:
    """Return the near start and end, or the far ones in place of None."""
    start, end = near
    return (far[0] if start is None else start, far[1] if end is None else end)
