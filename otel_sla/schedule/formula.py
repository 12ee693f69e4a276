"""What makes a schedule open: the one formula, evaluated for a period."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from zoneinfo import ZoneInfo

from .calendars import Calendar
from .compiled import Layer, is_gapless, patterns, windows, within
from .conversion import Days, Period
from .local_count import LocalCount, local_count
from .overrides import Override
from .rules import Rule
from .spans import DAY, Span, cut, merge, subtract

# A count asks about the time between changes of clocks, and about that around each.
_PERIODS_KEPT = 16


class Formula:
    """What rules and included schedules open, minus what closes it.

    Rules and overrides are merged once, not at every evaluation. What can't have an
    effect is left out: ten years would be searched for its boundaries in vain.
    """

    __slots__ = (
        "_closing",
        "_excludes",
        "_holidays",
        "_includes",
        "_is_gapless",
        "_known",
        "_layers",
        "_opening",
        "_zone",
        "is_constant",
        "zones",
    )

    def __init__(
        self,
        zone: ZoneInfo,
        rules: Iterable[Rule],
        always_open: bool,
        holidays: Calendar,
        overrides: Iterable[tuple[Override, ...]],
        includes: Iterable[Formula],
        excludes: Iterable[Formula],
    ) -> None:
        opening, closing = (
            patterns(rule for rule in rules if rule.kind == kind)
            for kind in ("open", "closed")
        )
        layers = list(map(Layer.of, overrides))
        includes, excludes = map(_effective, (includes, excludes))
        gapless = (
            always_open
            or is_gapless(opening, holidays)
            or any(map(_never_closes, includes))
        )
        if any(map(_never_closes, excludes)):
            gapless, opening, includes = False, (), ()
        if gapless:
            opening, includes = (), ()
        elif not opening and not includes:
            closing, excludes = (), ()
        self._zone, self._holidays = zone, holidays
        self._opening, self._closing, self._layers = opening, closing, layers
        self._includes, self._excludes = includes, excludes
        self._is_gapless = gapless
        self._known: tuple[tuple[Span, list[Span]], ...] = ()
        self.is_constant = not (opening or includes or closing or excludes) and not any(
            map(any, layers)
        )
        """Whether it is always open, or never."""
        self.zones: frozenset[ZoneInfo] = _alone(zone)
        """The zones whose clocks matter."""
        if includes or excludes:
            others = (one.zones for one in includes + excludes)
            self.zones = self.zones.union(*others)

    def open_within(self, period: Period) -> list[Span]:
        """Return the open spans within the period, cut off at its ends, ascending."""
        return cut(self.open_about(period), period.since, period.until)

    def open_about(self, period: Period) -> list[Span]:
        """Return the open spans within the days that the period has in its zone."""
        zone, days = self._zone, period.days(self._zone)
        if self._is_gapless:
            first, last = days
            local = [(first * DAY, (last + 1) * DAY)]
        else:
            local = windows(self._opening, days, self._holidays)
        spans = period.to_unix(local, zone)
        if self._includes:
            for one in self._includes:
                spans = spans + one._part(period)
            spans = merge(spans)
        if self._closing:
            closed = windows(self._closing, days, self._holidays)
            spans = subtract(spans, period.to_unix(closed, zone))
        for one in self._excludes:
            spans = subtract(spans, one._part(period))
        for layer in self._layers:
            closed, opened = overridden(layer, period, zone)
            spans = merge(subtract(spans, closed) + opened)
        return spans

    def _part(self, period: Period) -> list[Span]:
        """Evaluate the period for a schedule that includes or excludes this one.

        The last results are kept, in one assignment: several schedules may include
        this one, and those of one zone ask about the same periods.
        """
        asked = period.since, period.until
        for known in self._known:
            if known[0] == asked:
                return known[1]
        found = self.open_within(period)
        self._known = ((asked, found), *self._known[: _PERIODS_KEPT - 1])
        return found

    def last_layer(self, period: Period) -> tuple[list[Span], list[Span]]:
        """Return what the last layer of overrides closes within the period, and opens.

        Opening wins.
        """
        closed, opened = overridden(self._layers[-1], period, self._zone)
        return (
            cut(closed, period.since, period.until),
            cut(opened, period.since, period.until),
        )

    def local_count(self, days: Days) -> LocalCount | None:
        """Return the count of the open seconds within the days of its zone.

        None where other zones matter, or too few weeks are ordinary.
        """
        if self._includes or self._excludes:
            return None
        return local_count(
            self._opening,
            self._closing,
            self._is_gapless,
            self._holidays,
            self._layers,
            days,
        )


def _never_closes(one: Formula) -> bool:
    return one.is_constant and one._is_gapless


def _effective(parts: Iterable[Formula]) -> tuple[Formula, ...]:
    """Return those that are ever open."""
    return tuple([one for one in parts if one._is_gapless or not one.is_constant])


@cache
def _alone(zone: ZoneInfo) -> frozenset[ZoneInfo]:
    return frozenset((zone,))


def overridden(
    layer: Layer, period: Period, zone: ZoneInfo
) -> tuple[list[Span], list[Span]]:
    """Return the spans that the overrides close and open on the days of the period."""
    days = period.days(zone)
    return (
        period.to_unix(within(layer.closed, days), zone),
        period.to_unix(within(layer.opened, days), zone),
    )
