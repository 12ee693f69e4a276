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

from bisect import bisect_right
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .rules import LAST, InvalidDefinition, Override, Rule
from .spans import (
    DAY,
    EPOCH,
    Span,
    local_seconds,
    merge,
    second_of_day,
    subtract,
    to_unix,
)

__all__ = [
    "DAY",
    "HORIZON",
    "LAST",
    "InvalidDefinition",
    "Override",
    "Rule",
    "Schedule",
    "State",
    "Window",
]

HORIZON = 3_653 * DAY
"""Seconds: a boundary further away than this, ten years, is none at all."""

_FIRST_DAY, _LAST_DAY = date(1, 1, 3).toordinal(), date(9999, 11, 28).toordinal()
_REACH = 4
_FULL_REACH = HORIZON // DAY + 2


class Window(NamedTuple):
    """Half-open [start, end) in Unix seconds; None is a boundary beyond HORIZON."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class State:
    """What is true of a schedule from the moment asked about up to `until`.

    All in Unix seconds. A boundary further than HORIZON from the moment is None.
    At a window's end in_window is False and last_end is that instant. Asked at
    any moment before `until`, the schedule gives the same state again.
    """

    in_window: bool
    last_start: int | None
    last_end: int | None
    next_start: int | None
    next_end: int | None
    since: int
    until: int

    def holds_at(self, moment: int) -> bool:
        """Whether this state is still the one to report at the moment."""
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True)
class Schedule:
    """Rules, minus holidays, minus closed overrides, plus open overrides.

    `overrides` are layers applied in turn, each first closing and then opening:
    the schedule's own, then the component's. A holiday cancels the windows that
    start on it, unless their rule runs on_holidays. `always_open` is 24x7: it
    takes the place of the rules and ignores holidays.
    """

    zone: ZoneInfo
    rules: tuple[Rule, ...] = ()
    always_open: bool = False
    holidays: Container[date] = frozenset()
    overrides: tuple[tuple[Override, ...], ...] = ()

    def windows(self, start: int, end: int) -> list[Window]:
        """Return the whole windows that overlap [start, end), ascending.

        They are disjoint and never touch. The search for the far ends of the
        first and the last one goes HORIZON beyond the period.
        """
        if start >= end:
            return []
        first, last = self._day(start), self._day(end)
        back = ahead = _REACH
        while True:
            search = self._search(first - back, last + ahead)
            found = [span for span in search.spans if span[0] < end and span[1] > start]
            cut_off = bool(found) and found[0][0] == search.since
            cut_short = bool(found) and found[-1][1] == search.until
            if not (cut_off and back < _FULL_REACH) and not (
                cut_short and ahead < _FULL_REACH
            ):
                break
            back = _further(back) if cut_off else back
            ahead = _further(ahead) if cut_short else ahead
        return [
            Window(
                None if opens == search.since else opens,
                None if closes == search.until else closes,
            )
            for opens, closes in found
        ]

    def state(self, moment: int) -> State:
        """Return in_window and the four boundaries around the moment.

        The search widens fourfold, each direction on its own, until both kinds
        of boundary are found in it or ten years are covered: a weekly rule costs
        nine days, and a rule that has run out does not make its past dear.
        """
        today = self._day(moment)
        back = ahead = _REACH if self.rules else _FULL_REACH
        while True:
            search = self._search(today - back, today + ahead)
            starts, ends = search.starts(), search.ends()
            started, ended = bisect_right(starts, moment), bisect_right(ends, moment)
            lacks_last = back < _FULL_REACH and not (started and ended)
            lacks_next = ahead < _FULL_REACH and not (
                started < len(starts) and ended < len(ends)
            )
            if not (lacks_last or lacks_next):
                break
            back = _further(back) if lacks_last else back
            ahead = _further(ahead) if lacks_next else ahead
        last_start = starts[started - 1] if started else None
        last_end = ends[ended - 1] if ended else None
        next_start = starts[started] if started < len(starts) else None
        next_end = ends[ended] if ended < len(ends) else None
        return State(
            in_window=search.covers(moment),
            last_start=_in_sight(last_start, moment),
            last_end=_in_sight(last_end, moment),
            next_start=_in_sight(next_start, moment),
            next_end=_in_sight(next_end, moment),
            since=moment,
            until=_holds_until(moment, [last_start, last_end], [next_start, next_end]),
        )

    def _day(self, moment: int) -> int:
        """The local date at the moment, as an ordinal the search can start from."""
        earliest, latest = _FIRST_DAY * DAY - EPOCH, _LAST_DAY * DAY - EPOCH
        within = min(max(moment, earliest), latest)
        return datetime.fromtimestamp(within, self.zone).toordinal()

    def _search(self, first: int, last: int) -> _Search:
        """Everything known about the days first to last, both inclusive."""
        first, last = max(first, _FIRST_DAY), min(last, _LAST_DAY)
        since = to_unix(first * DAY, self.zone)
        until = to_unix((last + 1) * DAY, self.zone)
        spans = [(since, until)] if self.always_open else self._by_rules(first, last)
        for layer in self.overrides:
            closed = self._by_overrides(layer, "closed", first, last)
            opened = self._by_overrides(layer, "open", first, last)
            spans = merge(subtract(spans, closed) + opened)
        clipped = [
            (max(opens, since), min(closes, until))
            for opens, closes in spans
            if opens < until and closes > since
        ]
        return _Search(since, until, clipped)

    def _by_rules(self, first: int, last: int) -> list[Span]:
        local: list[Span] = []
        for rule in self.rules:
            days_on = rule.end_day or 0
            opens = second_of_day(rule.start)
            closes = second_of_day(rule.end) + days_on * DAY
            local.extend(
                (day * DAY + opens, day * DAY + closes)
                for day in rule.days(max(first - days_on, 1), last)
                if rule.on_holidays or date.fromordinal(day) not in self.holidays
            )
        return self._to_unix(local)

    def _by_overrides(
        self, layer: tuple[Override, ...], kind: str, first: int, last: int
    ) -> list[Span]:
        return self._to_unix(
            (local_seconds(override.start), local_seconds(override.end))
            for override in layer
            if override.kind == kind
            and override.end.toordinal() >= first
            and override.start.toordinal() <= last
        )

    def _to_unix(self, local: Iterable[Span]) -> list[Span]:
        """Merge on the wall clock first: only what remains has to be converted."""
        return merge(
            (to_unix(opens, self.zone), to_unix(closes, self.zone))
            for opens, closes in merge(local)
        )


class _Search(NamedTuple):
    """The open spans within [since, until), cut off at both."""

    since: int
    until: int
    spans: list[Span]

    def starts(self) -> list[int]:
        return [opens for opens, _ in self.spans if opens != self.since]

    def ends(self) -> list[int]:
        return [closes for _, closes in self.spans if closes != self.until]

    def covers(self, moment: int) -> bool:
        return any(opens <= moment < closes for opens, closes in self.spans)


def _holds_until(moment: int, last: list[int | None], next_: list[int | None]) -> int:
    """The first later moment at which a value changes.

    That is the next boundary; or a last one turns ten years old; or one that is
    still too far off comes within ten years. The search looked a day further than
    HORIZON, so with no boundary known nothing changes for a day.
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
