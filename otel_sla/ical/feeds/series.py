"""Plan which windows of a schedule become recurring or single events. Pure.

The windows are the engine's. A series covers the windows that its RRULE gives exactly,
as calendar programs read it. An occurrence that is not a window is excluded, and a
window in no series is an event of its own, in UTC.
"""

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
"""Fewer windows become single events."""

_LONGEST = 14 * DAY
"""A longer window is an event of its own: the clocks may change twice within it."""

_MANY = 4
"""A series has many exclusions if it has more than one to this many windows."""


class Shape(NamedTuple):
    """The time of day at which a window opens, and its length, both in seconds."""

    opens: int
    length: int


@dataclass(frozen=True, slots=True)
class Series:
    """Windows of one shape, in the schedule's local time.

    `excluded` are occurrences of the pattern that are not windows. `length` is in
    seconds.
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
    """All windows of a period: those in series, and single ones."""

    series: list[Series]
    singles: list[Window]


def plan(schedule: Schedule, start: int, end: int, clock: Clock | None) -> Plan:
    """Plan the whole windows that overlap [start, end), both in Unix seconds.

    Without a clock there are no series, because calendar programs may have other data
    about the time zone.
    """
    windows = schedule.windows(start, end)
    if clock is None:
        return Plan([], windows)
    rules = _rules(schedule)
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
        for one, covered in _series(rules, shape, set(left)):
            series.append(one)
            for opens in covered:
                del left[opens]
        singles += left.values()
    return Plan(series, sorted(singles, key=lambda window: window.start or start))


def _rules(schedule: Schedule) -> tuple[Rule, ...]:
    """Return the rules of a schedule, and of those that it includes, each once.

    Those of another zone give few of the windows, and aren't chosen.
    """
    found: dict[int, Schedule] = {}
    ahead = [schedule]
    while ahead:
        one = ahead.pop()
        if id(one) not in found:
            found[id(one)] = one
            ahead += one.includes
    rules = (rule for one in found.values() for rule in one.rules)
    return tuple({(rule.start, rule.day_selection()): rule for rule in rules}.values())


def _reading(clock: Clock, window: Window) -> datetime | None:
    """Return the local time at the start, if every program agrees about the window.

    They disagree about its length if a boundary is in a repeated hour, or the clocks
    change between the boundaries.
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
        # What counts is how calendar programs expand the pattern.
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
    """Return the pattern that gives most of the windows left and few other days.

    It is for some months only if it would otherwise have many exclusions.
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
    """Return the first candidate with the most hits, less its exclusions."""
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
