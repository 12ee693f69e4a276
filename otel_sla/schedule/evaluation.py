"""When a schedule's service window is open: evaluation of rules and overrides.

Pure: no Django, no OpenTelemetry, no clock. A moment is always an argument, in
whole seconds since the Unix epoch (UTC). Days are walked on the wall clock of
the schedule's zone and converted to Unix seconds before anything is compared:

* a repeated local time (the clocks go back) means its first pass,
* a skipped local time (the clocks go forward) means the moment of the jump.

Both make the conversion monotone, so a window never has a negative length, and
one that lies wholly inside the skipped hour does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from .boundaries import Pair, Stretch, first_known
from .calendars import NO_HOLIDAYS, Calendar
from .conversion import FIRST_DAY, LAST_DAY, Days, Period, local_day
from .formula import Formula
from .local_count import LocalCount
from .overrides import Override
from .rules import Rule
from .spans import DAY, Span

HORIZON = 3_653 * DAY
"""Seconds: boundaries further away than this, ten years, are not reported."""

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
    """What rules and included schedules open, minus what closes it.

    Open are the opening rules' windows, limited by the calendar's holidays and special
    days, or with `always_open`, 24x7, all time; and whatever an included schedule has
    open. From that closing rules take away, also on holidays, then the excluded
    schedules. Included and excluded schedules are evaluated in their own zones, with
    their own holidays and overrides. Last come the `overrides`: layers applied in turn,
    each first closing and then opening: the schedule's own, then the component's.
    """

    zone: ZoneInfo
    rules: tuple[Rule, ...] = ()
    always_open: bool = False
    holidays: Calendar = NO_HOLIDAYS
    overrides: tuple[tuple[Override, ...], ...] = ()
    # Not in the repr, which would repeat one that many include as often.
    includes: tuple[Schedule, ...] = field(default=(), repr=False)
    excludes: tuple[Schedule, ...] = field(default=(), repr=False)
    name: str = field(default="", compare=False)
    """What messages call it, where it is known."""
    _formula: Formula = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Merge rules and overrides once, not at every evaluation."""
        formula = Formula(
            self.zone,
            self.rules,
            self.always_open,
            self.holidays,
            self.overrides,
            [one._formula for one in self.includes],
            [one._formula for one in self.excludes],
        )
        object.__setattr__(self, "_formula", formula)

    @property
    def zones(self) -> frozenset[ZoneInfo]:
        """The zones whose clocks matter: its own, and those of what it includes and
        excludes."""
        return self._formula.zones

    def windows(self, start: int, end: int) -> list[Window]:
        """Return the whole windows that overlap [start, end), ascending.

        They are disjoint and never touch. Ends further than HORIZON from the
        period are None.
        """
        if start >= end:
            return []
        first, last = (local_day(at, self.zone) for at in (start, end))
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
        return self.open_within(Period(start, end))

    def open_within(self, period: Period) -> list[Span]:
        """Return the open spans within the period, cut off at its ends, ascending."""
        return self._formula.open_within(period)

    def local_count(self, days: Days) -> LocalCount | None:
        """Return the count of its open local seconds within the days.

        None where other zones matter, or too few of its weeks are ordinary.
        """
        return self._formula.local_count(days)

    def overridden(self, start: int, end: int) -> tuple[list[Span], list[Span]]:
        """Return the spans that the last layer of overrides closes, and those it opens.

        They are within [start, end), in Unix seconds. Opening wins.
        """
        return self._formula.last_layer(Period(start, end))

    def state(self, moment: int) -> State:
        """Return in_window and the four boundaries around the moment.

        Nine days are enough for weekly rules. Boundaries that are not found there are
        searched for further away, in each direction and in growing steps, so that rules
        that have ended or have yet to begin are evaluated fast.
        """
        today = local_day(moment, self.zone)
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
        if self._formula.is_constant:
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

    def _stretch(self, first: int, last: int) -> Stretch:
        """Evaluate the days first to last, both inclusive."""
        first, last = max(first, FIRST_DAY), min(last, LAST_DAY)
        if first > last:
            return Stretch(0, 0, [])
        period = Period.of_days((first, last), self.zone)
        return Stretch(period.since, period.until, self._formula.open_about(period))


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
