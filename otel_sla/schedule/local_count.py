"""The open seconds of a schedule in local time, counted without walking its days.

What repeats every week is a sum. Only days on which something else has an effect are
evaluated: holidays, special days, and days of rules that don't run every week.
Overrides then replace the time that they cover. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .calendars import Calendar
from .compiled import Layer, Pattern, daily, limits, windows_of
from .conversion import Days
from .spans import DAY, Span, cut, merge, subtract
from .weekly import Daily, Week, week

_EVERY_DAY: Daily = (frozenset(range(7)), ((0, DAY),))
_FEW = 60


class LocalCount:
    """Counts the open local seconds between any two local times of a period."""

    __slots__ = ("_layers", "_open", "_replaced", "_week")

    def __init__(
        self,
        week: Week,
        replaced: list[Span],
        opened: list[Span],
        layers: Sequence[Layer],
    ) -> None:
        """Count by the week, except in the spans that are replaced by the opened ones.

        The layers of overrides come on top.
        """
        self._week, self._layers = week, layers
        self._replaced, self._open = replaced, opened

    def seconds(self, start: int, end: int) -> int:
        """Return the open seconds within [start, end)."""
        return self._up_to_layer(len(self._layers), start, end)

    def added(self, start: int, end: int) -> int:
        """Return the open seconds that the last layer adds within [start, end).

        Negative if it takes time away.
        """
        return self._by_layer(len(self._layers), start, end)

    def _up_to_layer(self, number: int, start: int, end: int) -> int:
        if not number:
            return self._without_layers(start, end)
        below = self._up_to_layer(number - 1, start, end)
        return below + self._by_layer(number, start, end)

    def _by_layer(self, number: int, start: int, end: int) -> int:
        closed, opened = self._layers[number - 1].within(start, end)
        added = length(opened)
        for span in opened:
            added -= self._up_to_layer(number - 1, *span)
        for span in closed:
            added -= self._up_to_layer(number - 1, *span)
        return added

    def _without_layers(self, start: int, end: int) -> int:
        seconds = self._week.seconds(start, end)
        if self._replaced:
            for span in cut(self._replaced, start, end):
                seconds -= self._week.seconds(*span)
            seconds += length(cut(self._open, start, end))
        return seconds


def length(spans: Iterable[Span]) -> int:
    """Return the total length of the spans, in seconds."""
    return sum([closes - opens for opens, closes in spans])


def local_count(
    opening: Sequence[Pattern],
    closing: Sequence[Pattern],
    is_gapless: bool,
    holidays: Calendar,
    layers: Sequence[Layer],
    days: Days,
) -> LocalCount | None:
    """Return the count within the days, or None where too few weeks are ordinary.

    `is_gapless` is whether all time is open, in place of the opening patterns.
    """
    first, last = days
    reach = max((one.spans[-1][1] for one in (*opening, *closing)), default=DAY)
    back = (reach - 1) // DAY
    asked = max(first - back, 1), last
    opens, closes = Repeated.of(opening, asked), Repeated.of(closing, asked)
    apart = opens.days_apart | closes.days_apart
    if limits(holidays, opens.weekly):
        apart.update(holidays.limited(*asked))
    if len(apart) > _FEW and 2 * len(apart) > last - first:
        return None
    ordinary = week(
        (_EVERY_DAY,) if is_gapless else daily(opens.weekly), daily(closes.weekly)
    )
    if not apart:
        return LocalCount(ordinary, [], [], layers)
    replaced = merge((day * DAY, day * DAY + max(DAY, reach)) for day in apart)
    near = [
        day
        for begins, ends in replaced
        for day in range(begins // DAY - back, (ends - 1) // DAY + 1)
    ]
    opened = replaced if is_gapless else opens.windows(near, holidays)
    opened = [part for span in replaced for part in cut(opened, *span)]
    opened = subtract(opened, closes.windows(near, holidays))
    return LocalCount(ordinary, replaced, opened, layers)


class Repeated(NamedTuple):
    """Patterns that run every week, and the others with the days they run on."""

    weekly: list[Pattern]
    others: list[tuple[Pattern, list[int]]]

    @classmethod
    def of(cls, patterns: Sequence[Pattern], days: Days) -> Repeated:
        weekly = [one for one in patterns if one.is_weekly]
        others = [one for one in patterns if not one.is_weekly]
        return cls(weekly, [(one, list(one.rule.days(*days))) for one in others])

    @property
    def days_apart(self) -> set[int]:
        """The days on which others than the weekly ones run."""
        return {day for _, days in self.others for day in days}

    def windows(self, days: Iterable[int], holidays: Calendar) -> list[Span]:
        """Return the windows that start on the days, and all of the others, merged."""
        return merge(self._windows(days, holidays))

    def _windows(self, days: Iterable[int], holidays: Calendar) -> Iterator[Span]:
        for pattern in self.weekly:
            weekdays = pattern.rule.weekdays
            running = [day for day in days if (day - 1) % 7 in weekdays]
            yield from windows_of(pattern, running, holidays)
        for pattern, running in self.others:
            yield from windows_of(pattern, running, holidays)
