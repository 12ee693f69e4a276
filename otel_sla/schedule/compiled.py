"""Rules and overrides merged into spans of local time, once per schedule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from .calendars import Calendar
from .calendars.union import intersect
from .conversion import Days
from .overrides import Override
from .rules import Rule
from .spans import DAY, Span, cut, local_seconds, merge, subtract
from .weekly import Daily, week


class Pattern(NamedTuple):
    """The merged windows of all rules that start on the same days."""

    rule: Rule
    spans: tuple[Span, ...]
    days_on: int
    unbroken: bool
    """Whether a day's window lasts until that of the next day."""
    is_weekly: bool
    """Whether it runs every week, holidays aside."""

    def seconds_a_week(self) -> int:
        """Return the total length of its windows in a week, if they don't overlap."""
        a_day = sum(closes - opens for opens, closes in self.spans)
        return a_day * len(self.rule.weekdays)


class Layer(NamedTuple):
    """The overrides of one layer in local time, merged. Opening wins."""

    closed: list[Span]
    opened: list[Span]

    @classmethod
    def of(cls, overrides: tuple[Override, ...]) -> Layer:
        closed, opened = (local_spans(overrides, kind) for kind in ("closed", "open"))
        return cls(subtract(closed, opened), opened)

    def within(self, start: int, end: int) -> Layer:
        """Return the layer cut to [start, end), both local."""
        return Layer(cut(self.closed, start, end), cut(self.opened, start, end))


def patterns(rules: Iterable[Rule]) -> tuple[Pattern, ...]:
    """Merge the windows of rules that start on the same days."""
    alike: dict[tuple[object, ...], list[Rule]] = {}
    for rule in rules:
        alike.setdefault(rule.day_selection(), []).append(rule)
    merged = []
    for same in alike.values():
        spans = tuple(merge(rule.span() for rule in same))
        opens, closes = spans[-1]
        unbroken = len(spans) == 1 and closes - opens >= DAY
        is_weekly = same[0].runs_every_week()
        merged.append(Pattern(same[0], spans, closes // DAY, unbroken, is_weekly))
    return tuple(merged)


def daily(weekly: Iterable[Pattern]) -> tuple[Daily, ...]:
    """Return the windows of patterns that run every week, by their weekdays."""
    return tuple([(pattern.rule.weekdays, pattern.spans) for pattern in weekly])


def windows(merged: Sequence[Pattern], days: Days, holidays: Calendar) -> list[Span]:
    """Return the merged windows in local time, cut to the days."""
    first, last = days
    begins = first - max((pattern.days_on for pattern in merged), default=0)
    if begins > 0 and _are_weekly(merged, (begins, last), holidays):
        return week(daily(merged), ()).spans(first * DAY, (last + 1) * DAY)
    return within(merge(_windows(merged, days, holidays)), days)


def _are_weekly(merged: Iterable[Pattern], days: Days, holidays: Calendar) -> bool:
    """Return whether the weekday alone decides what starts on each of the days."""
    if not all(pattern.is_weekly for pattern in merged):
        return False
    return not limits(holidays, merged) or not any(holidays.limited(*days))


def limits(holidays: Calendar, patterns: Iterable[Pattern]) -> bool:
    """Return whether there are holidays that any of the patterns heeds."""
    return bool(holidays) and any(one.rule.heeds_holidays() for one in patterns)


def _windows(
    merged: Iterable[Pattern], within: Days, holidays: Calendar
) -> Iterator[Span]:
    first, last = within
    for pattern in merged:
        days = pattern.rule.days(max(first - pattern.days_on, 1), last)
        yield from windows_of(pattern, days, holidays)


def windows_of(
    pattern: Pattern, days: Iterable[int], holidays: Calendar
) -> Iterator[Span]:
    """Yield the pattern's windows that start on the days, in local time.

    The days are ordinals on which its rule runs, ascending.
    """
    if holidays and pattern.rule.heeds_holidays():
        days, limited = _unlimited(days, pattern, holidays)
        yield from limited
    on_end = runs(days) if pattern.unbroken else ((day, day) for day in days)
    for day, final in on_end:
        for opens, closes in pattern.spans:
            yield day * DAY + opens, final * DAY + closes


def _unlimited(
    days: Iterable[int], pattern: Pattern, holidays: Calendar
) -> tuple[list[int], list[Span]]:
    """Return the days that no calendar limits, and the windows of the others."""
    unlimited, limited = [], []
    for day in days:
        hours = holidays.hours(date.fromordinal(day))
        if hours is None:
            unlimited.append(day)
        else:
            limited += [
                (day * DAY + opens, day * DAY + closes)
                for opens, closes in intersect(pattern.spans, hours)
            ]
    return unlimited, limited


def runs(days: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last day of each run of consecutive days.

    A rule that is open for years without a break is one window, not thousands. The
    days are ascending ordinals.
    """
    begin = last = -1
    for day in days:
        if day != last + 1:
            if begin != -1:
                yield begin, last
            begin = day
        last = day
    if begin != -1:
        yield begin, last


def is_gapless(merged: tuple[Pattern, ...], holidays: Calendar) -> bool:
    """Return whether the rules that run every week are open all week, without a gap.

    For 24x7 written as rules, ten years of days would be searched for a boundary in
    vain. The second of two weeks is checked: windows reach the eighth day at most.
    """
    week = 7 * DAY
    weekly = [
        pattern
        for pattern in merged
        if pattern.is_weekly and (pattern.rule.on_holidays or not holidays)
    ]
    if sum(pattern.seconds_a_week() for pattern in weekly) < week:
        return False
    spans = merge(
        (day * DAY + opens, day * DAY + closes)
        for pattern in weekly
        for day in pattern.rule.days(1, 14)
        for opens, closes in pattern.spans
    )
    begins = DAY + week
    return any(opens <= begins and closes >= begins + week for opens, closes in spans)


def local_spans(layer: tuple[Override, ...], kind: str) -> list[Span]:
    """Return the merged spans of the overrides of a kind, in local time."""
    return merge(
        (local_seconds(override.start), local_seconds(override.end))
        for override in layer
        if override.kind == kind
    )


def within(spans: list[Span], days: Days) -> list[Span]:
    """Cut the spans, in local time, to the days.

    They are cut before they are converted: an override may last until the last day of
    the calendar, which can't be converted in every zone.
    """
    first, last = days
    return cut(spans, first * DAY, (last + 1) * DAY)
