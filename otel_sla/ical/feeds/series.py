"""Which of a schedule's windows are series of events, and which are single ones. Pure.

The windows are the engine's. A series is used for those of them that its RRULE gives
exactly, read as its readers read it: an occurrence that is no window is excluded, and a
window that no series gives is an event of its own, in UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from ...schedule import DAY, Schedule, Window
from ...schedule.rules import Rule
from ...schedule.spans import second_of_day
from ...schedule.utc_offsets import Clock
from .rrule import occurrences, recurrence

_FEWEST = 3
"""Fewer windows are no series."""

_LONGEST = 14 * DAY
"""A longer window is an event of its own: the clocks may change twice within it."""

_MANY = 4
"""More exclusions than one to so many windows are many."""


class Shape(NamedTuple):
    """When on its day a window opens, and how long it is; in seconds."""

    opens: int
    length: int


@dataclass(frozen=True, slots=True)
class Series:
    """Windows of one shape: readings of the schedule's wall clock.

    `excluded` are the occurrences of the pattern, first to last, that are no windows.
    """

    pattern: str
    length: int
    first: datetime
    last: datetime
    excluded: tuple[datetime, ...]


class Candidate(NamedTuple):
    """A pattern, the windows that it gives, and how many of its days have none."""

    pattern: str
    hits: list[datetime]
    excluded: int

    def gain(self) -> int:
        return len(self.hits) - self.excluded


class Plan(NamedTuple):
    """All windows of a period: in series, or alone."""

    series: list[Series]
    singles: list[Window]


def plan(schedule: Schedule, start: int, end: int, clock: Clock | None) -> Plan:
    """Plan the whole windows that overlap [start, end), both in Unix seconds.

    Without a clock readers can't be trusted with the zone: there are no series.
    """
    windows = schedule.windows(start, end)
    if clock is None:
        return Plan([], windows)
    shapes: dict[Shape, dict[datetime, Window]] = defaultdict(dict)
    singles = []
    for window in windows:
        opens = _reading(clock, window)
        if opens is None:
            singles.append(window)
        else:
            length = (window.end or 0) - (window.start or 0)
            shapes[Shape(second_of_day(opens.time()), length)][opens] = window
    series = []
    for shape, left in shapes.items():
        for one, covered in _series(schedule.rules, shape, set(left)):
            series.append(one)
            for opens in covered:
                del left[opens]
        singles += left.values()
    return Plan(series, sorted(singles, key=lambda window: window.start or start))


def _reading(clock: Clock, window: Window) -> datetime | None:
    """What the wall clock reads at the start, if every reader understands the window.

    Not where a boundary lies in a repeated hour, or where the clocks change between
    them: readers differ on how long the window is then.
    """
    start, end = window
    if start is None or end is None or end - start > _LONGEST:
        return None
    quiet = clock.quiet_reading(start, end)
    if quiet is not None:
        return quiet
    opens, closes = (clock.certain_reading(at) for at in (start, end))
    if opens is None or closes is None:
        return None
    return opens if closes - opens == timedelta(seconds=end - start) else None


def _series(
    rules: tuple[Rule, ...], shape: Shape, left: set[datetime]
) -> Iterator[tuple[Series, set[datetime]]]:
    """Yield series of the shape and what they cover, the fullest first."""
    while len(left) >= _FEWEST:
        found = _best(rules, shape, left)
        if found is None:
            return
        wanted, first = set(found.hits), found.hits[0]
        # What counts is what readers make of the pattern, not what it is meant to say.
        given = occurrences(found.pattern, first, found.hits[-1])
        covered = wanted.intersection(given)
        if first not in covered or len(covered) < _FEWEST:
            return
        last = max(covered)
        excluded = tuple(at for at in given if at < last and at not in wanted)
        yield Series(found.pattern, shape.length, first, last, excluded), covered
        left -= covered


def _best(
    rules: tuple[Rule, ...], shape: Shape, left: set[datetime]
) -> Candidate | None:
    """The pattern that gives most of the windows left and little else, if any does.

    One for some months only, where the same pattern for all would be mostly exclusions.
    """
    clock = min(left).time()
    weekdays = frozenset(opens.weekday() for opens in left)
    months = frozenset(opens.month for opens in left)
    # The last rule is for windows that several rules make together.
    every = [
        rule
        for rule in (*rules, Rule(weekdays, clock, clock, end_day=1))
        if second_of_day(rule.start) == shape.opens
    ]
    found = _fullest(every, left)
    if found is not None and _MANY * found.excluded <= len(found.hits):
        return found
    some = [replace(rule, months=rule.months or months) for rule in every]
    return _fullest([*every, *some], left)


def _fullest(rules: list[Rule], left: set[datetime]) -> Candidate | None:
    """The candidate with most hits, less its exclusions; the first of those alike."""
    best: Candidate | None = None
    for rule in rules:
        pattern = recurrence(rule)
        days = set(rule.days(min(left).toordinal(), max(left).toordinal()))
        hits = sorted(opens for opens in left if opens.toordinal() in days)
        if pattern is None or len(hits) < _FEWEST:
            continue
        first, last = hits[0].toordinal(), hits[-1].toordinal()
        excluded = sum(first <= day <= last for day in days) - len(hits)
        one = Candidate(pattern, hits, excluded)
        if one.gain() > (best.gain() if best else 0):
            best = one
    return best
