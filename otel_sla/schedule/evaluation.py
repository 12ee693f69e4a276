"""When a schedule's service window is open: evaluation of rules and overrides.

Pure: no Django, no OpenTelemetry, no clock. A moment is always an argument, in
whole seconds since the Unix epoch (UTC). Days are walked on the wall clock of
the schedule's zone and converted to Unix seconds before anything is compared:

* a repeated local time (the clocks go back) means its first pass,
* a skipped local time (the clocks go forward) means the moment of the jump.

Both make the conversion monotone, so a window never has a negative length, and
one that lies wholly inside the skipped hour does not exist.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import filterfalse
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from .boundaries import Pair, Stretch, first_known
from .compiled import Layer, Pattern, is_gapless, local_spans, patterns, runs, within
from .overrides import Override
from .rules import Rule
from .spans import DAY, EPOCH, Span, cut, merge, subtract, to_unix

HORIZON = 3_653 * DAY
"""Seconds: boundaries further away than this, ten years, are not reported."""

# A local time on the first or last day may be an instant beyond the calendar.
_FIRST_DAY, _LAST_DAY = date.min.toordinal() + 1, date.max.toordinal() - 1
_REACH = 4
_LONGEST_STRETCH = 400
_FULL_REACH = HORIZON // DAY + 2


class Window(NamedTuple):
    """Half-open [start, end) in Unix seconds; None is a boundary beyond HORIZON."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class State:
    """The state of a schedule at a moment, `since`, and up to `until`.

    Boundaries are in Unix seconds, and None if they are further than HORIZON from the
    moment. At a window's end in_window is False and last_end is that instant. Until
    `until`, exclusive, the schedule has the same state.
    """

    in_window: bool
    last_start: int | None
    last_end: int | None
    next_start: int | None
    next_end: int | None
    since: int
    until: int

    def holds_at(self, moment: int) -> bool:
        """Return whether this is the state at the moment, too."""
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True)
class Schedule:
    """Rules minus holidays, minus closing rules, minus and plus overrides.

    `overrides` are layers applied in turn, each first closing and then opening:
    the schedule's own, then the component's. A holiday cancels the windows that
    start on it, unless their rule runs on_holidays. `always_open` is 24x7: it
    replaces the opening rules and ignores holidays.
    """

    zone: ZoneInfo
    rules: tuple[Rule, ...] = ()
    always_open: bool = False
    holidays: Container[date] = frozenset()
    overrides: tuple[tuple[Override, ...], ...] = ()
    _opening: tuple[Pattern, ...] = field(init=False, repr=False, compare=False)
    _closing: tuple[Pattern, ...] = field(init=False, repr=False, compare=False)
    _layers: tuple[Layer, ...] = field(init=False, repr=False, compare=False)
    _gapless: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Merge rules and overrides once, not at every evaluation."""
        opening, closing = (
            patterns(rule for rule in self.rules if rule.kind == kind)
            for kind in ("open", "closed")
        )
        layers = tuple(
            Layer(*(local_spans(layer, kind) for kind in ("closed", "open")))
            for layer in self.overrides
        )
        gapless = self.always_open or is_gapless(opening, bool(self.holidays))
        object.__setattr__(self, "_opening", opening)
        object.__setattr__(self, "_closing", closing)
        object.__setattr__(self, "_layers", layers)
        object.__setattr__(self, "_gapless", gapless)

    def windows(self, start: int, end: int) -> list[Window]:
        """Return the whole windows that overlap [start, end), ascending.

        They are disjoint and never touch. Ends further than HORIZON from the
        period are None.
        """
        if start >= end:
            return []
        first, last = self._day(start), self._day(end)
        back = ahead = _REACH
        while True:
            search = self._stretch(first - back, last + ahead)
            found = [span for span in search.spans if span[0] < end and span[1] > start]
            cut_off = found and found[0][0] == search.since
            cut_short = found and found[-1][1] == search.until
            if not (cut_off and back < _FULL_REACH) and not (
                cut_short and ahead < _FULL_REACH
            ):
                break
            back = _further(back) if cut_off else back
            ahead = _further(ahead) if cut_short else ahead
        earliest = max(search.since + 1, start - HORIZON)
        latest = min(search.until - 1, end + HORIZON)
        return [
            Window(
                opens if opens >= earliest else None,
                closes if closes <= latest else None,
            )
            for opens, closes in found
        ]

    def spans(self, start: int, end: int) -> list[Span]:
        """Return the open spans within [start, end), cut off at both, ascending.

        This is faster than windows(), whose ends may be ten years away.
        """
        # A day more on either side: a clock set back past midnight repeats a date.
        search = self._stretch(self._day(start) - 1, self._day(end) + 1)
        return cut(search.spans, start, end)

    def overridden(self, start: int, end: int) -> tuple[list[Span], list[Span]]:
        """Return the spans that the last layer of overrides closes, and those it opens.

        They are within [start, end), in Unix seconds. Opening wins.
        """
        first, last = self._day(start) - 1, self._day(end) + 1
        closed, opened = (
            cut(self._to_unix(within(spans, first, last)), start, end)
            for spans in self._layers[-1]
        )
        return subtract(closed, opened), opened

    def readings(self, first: int, last: int) -> list[Span]:
        """Return the open spans of the days in local time, ascending.

        Days are ordinals, both inclusive, and times those of local_seconds(). Skipped
        and repeated hours are not accounted for.
        """
        spans = self._by_rules(first, last)
        for layer in self._layers:
            closed = within(layer.closed, first, last)
            opened = within(layer.opened, first, last)
            spans = merge(subtract(spans, closed) + opened)
        return spans

    def state(self, moment: int) -> State:
        """Return in_window and the four boundaries around the moment.

        Nine days are enough for weekly rules. Boundaries that are not found there are
        searched for further away, in each direction and in growing steps, so that rules
        that have ended or have yet to begin are evaluated fast.
        """
        today = self._day(moment)
        near = self._stretch(today - _REACH, today + _REACH)
        last, next_ = near.last(moment), near.next(moment)
        if None in last:
            for search in self._stretches(today, -1):
                last = first_known(last, search.last(moment))
                if None not in last:
                    break
        if None in next_:
            for search in self._stretches(today, 1):
                next_ = first_known(next_, search.next(moment))
                if None not in next_:
                    break
        last_start, last_end = (_in_sight(at, moment) for at in last)
        next_start, next_end = (_in_sight(at, moment) for at in next_)
        return State(
            near.covers(moment),
            last_start,
            last_end,
            next_start,
            next_end,
            since=moment,
            until=_holds_until(moment, last, next_),
        )

    def _stretches(self, today: int, direction: Literal[-1, 1]) -> Iterator[Stretch]:
        """Yield stretches from _REACH days away to ten years away.

        They overlap by a day: a boundary at the midnight where one ends is inside the
        next.
        """
        never_changes = not self._closing if self._gapless else not self._opening
        if never_changes and not any(map(any, self._layers)):
            return
        begins, length = _REACH, _REACH
        while begins < _FULL_REACH:
            length = min(length * 2, _LONGEST_STRETCH)
            ends = begins + length
            first, last = sorted(
                (today + direction * (begins - 1), today + direction * ends)
            )
            yield self._stretch(first, last)
            begins = ends

    def _day(self, moment: int) -> int:
        """Return the local date at the moment as an ordinal."""
        earliest, latest = _FIRST_DAY * DAY - EPOCH, _LAST_DAY * DAY - EPOCH
        within = min(max(moment, earliest), latest)
        return datetime.fromtimestamp(within, self.zone).toordinal()

    def _stretch(self, first: int, last: int) -> Stretch:
        """Evaluate the days first to last, both inclusive."""
        first, last = max(first, _FIRST_DAY), min(last, _LAST_DAY)
        if first > last:
            return Stretch(0, 0, [])
        since = to_unix(first * DAY, self.zone)
        until = to_unix((last + 1) * DAY, self.zone)
        spans = self._to_unix(self._by_rules(first, last))
        for layer in self._layers:
            closed = self._to_unix(within(layer.closed, first, last))
            opened = self._to_unix(within(layer.opened, first, last))
            spans = merge(subtract(spans, closed) + opened)
        return Stretch(since, until, spans)

    def _by_rules(self, first: int, last: int) -> list[Span]:
        """Return the windows of the rules in local time, cut to the days."""
        if self._gapless:
            spans = [(first * DAY, (last + 1) * DAY)]
        else:
            spans = merge(self._windows(self._opening, first, last))
        if self._closing:
            spans = subtract(spans, merge(self._windows(self._closing, first, last)))
        return spans

    def _windows(
        self, merged: Iterable[Pattern], first: int, last: int
    ) -> Iterator[Span]:
        """Yield windows in local time, cut to the days, or empty."""
        begins, ends = first * DAY, (last + 1) * DAY
        for pattern in merged:
            days = pattern.rule.days(max(first - pattern.days_on, 1), last)
            if self.holidays and pattern.rule.heeds_holidays():
                days = filterfalse(self._is_holiday, days)
            on_end = runs(days) if pattern.unbroken else ((day, day) for day in days)
            for day, final in on_end:
                for opens, closes in pattern.spans:
                    opens, closes = day * DAY + opens, final * DAY + closes
                    yield max(opens, begins), min(closes, ends)

    def _is_holiday(self, day: int) -> bool:
        return date.fromordinal(day) in self.holidays

    def _to_unix(self, local: list[Span]) -> list[Span]:
        """Convert and merge again: spans in a skipped hour become empty, or touch."""
        return merge(
            (to_unix(opens, self.zone), to_unix(closes, self.zone))
            for opens, closes in local
        )


def _holds_until(moment: int, last: Pair, next_: Pair) -> int:
    """Return the first later moment at which a value of the state changes.

    That is the next boundary, or when a last one becomes older than ten years, or when
    one that is still too far away comes within ten years. The search looked a day
    further than HORIZON, so without a boundary nothing changes for a day.
    """
    changes = [
        at + HORIZON + 1
        for at in last
        if at is not None and _in_sight(at, moment) is not None
    ]
    for at in next_:
        if at is None:
            changes.append(moment + DAY)
        else:
            changes.append(at if at - moment <= HORIZON else at - HORIZON)
    return min(changes)


def _in_sight(at: int | None, moment: int) -> int | None:
    return None if at is None or abs(at - moment) > HORIZON else at


def _further(reach: int) -> int:
    return min(reach * 4, _FULL_REACH)
