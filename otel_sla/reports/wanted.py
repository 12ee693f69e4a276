"""The days that a report needs from a source, and how long answers are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..schedule.spans import DAY
from .stored import Key

FINAL_AFTER = DAY
"""Seconds after the end of a period or a day until it is final."""
DELAY = 120
"""Seconds after which samples have arrived."""
RENEW = 300
"""Seconds for which what is not final counts as new."""
KEEP = 3_600
"""Seconds for which it is used at all, and for which a day without samples is not asked
for again."""
UNSTORED = DAY
"""Seconds for which final days are kept that can't be stored."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Components and a span of time, in Unix seconds, as seen at a moment.

    `first` has the components' first samples, in milliseconds: days before have none.
    """

    names: tuple[str, ...]
    since: int
    until: int
    moment: int
    first: Mapping[str, int] = field(default_factory=dict)

    @property
    def edge(self) -> int:
        """The end of the last final day."""
        return floor(self.moment - FINAL_AFTER)

    @property
    def days(self) -> range:
        """The beginnings of the final days."""
        return range(floor(self.since), min(-floor(-self.until), self.edge), DAY)

    @property
    def includes_recent(self) -> bool:
        """Whether a part of it is not final."""
        return self.until > self.edge and self.moment - DELAY > self.since

    def keys(self) -> Iterator[Key]:
        """Yield the final days in which a component may have samples."""
        for name in self.names:
            first = self.first.get(name, 0) // 1000
            for day in self.days:
                if first < day + DAY:
                    yield Key(name, day, day + DAY)


def floor(moment: int) -> int:
    """Return when the moment's day of UTC began."""
    return moment // DAY * DAY
