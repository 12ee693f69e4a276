"""Write rules as entries that are right for any date, where possible. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ...schedule import Schedule
from ...schedule.rules import LAST, Rule
from ...schedule.spans import DAY, Span, merge, subtract
from .time_interval import Entry, Minutes, Range, ranges

_EVERY_DAY = frozenset(range(7))
_BY_MONTH = {"nth", "months", "days_of_month"}
_SAYABLE = _BY_MONTH | {"kind", "valid_from", "valid_to"}
_NTH: dict[int, Range] = {
    **{nth: (7 * nth - 6, min(7 * nth, 31)) for nth in range(1, 6)},
    LAST: (-7, -1),
}


class Part(NamedTuple):
    """A schedule, or one that it includes, and which of its rules entries express.

    `unsaid` are rules that no entry can express, or that are not in force.
    """

    schedule: Schedule
    entries: tuple[Entry, ...]
    said: tuple[Rule, ...]
    unsaid: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The rules in force at a date as entries, without holidays and overrides.

    The first part is the schedule itself. The others are the schedules that it
    includes, directly or not. What any of them excludes is left out.
    """

    parts: tuple[Part, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of all parts, each once: together they are open if any is."""
        every = (entry for part in self.parts for entry in part.entries)
        return tuple(dict.fromkeys(every))

    def minutes(self, day: date, month_lengths: Iterable[int]) -> Minutes | None:
        """Return when the day is open; None if it depends on the month's length."""
        found = {
            tuple(
                merge(
                    span
                    for entry in self.entries
                    if entry.matches(day, length)
                    for span in entry.times
                )
            )
            for length in month_lengths
        }
        return found.pop() if len(found) == 1 else None


def standing(schedule: Schedule, day: date) -> Standing:
    """Return the rules in force at the date, as far as entries can express them."""
    found: dict[int, Part] = {}
    ahead = [schedule]
    while ahead:
        one = ahead.pop(0)
        if id(one) not in found:
            found[id(one)] = _part(one, day)
            ahead += one.includes
    return Standing(tuple(found.values()))


def _part(schedule: Schedule, day: date) -> Part:
    location = schedule.zone.key
    applying = [
        rule
        for rule in schedule.rules
        if rule.kind == "closed" or not schedule.always_open
    ]
    said = [
        rule
        for rule in applying
        if (rule.valid_from or day) <= day <= (rule.valid_to or day) and _sayable(rule)
    ]
    by_month = [rule for rule in said if _by_month(rule)]
    if by_month or schedule.includes:
        # Neither an entry by day of month nor one of another schedule can leave out
        # what is closed on certain weekdays.
        said = [rule for rule in said if rule.kind == "open"]
    by_week = [rule for rule in said if not _by_month(rule)]
    entries = (
        *_by_week(by_week, location, always_open=schedule.always_open),
        *(_entry(rule, location) for rule in by_month),
    )
    unsaid = tuple(rule for rule in applying if rule not in said)
    return Part(schedule, entries, tuple(said), unsaid)


def widened(spans: Iterable[Span]) -> list[Span]:
    """Widen spans of seconds to whole minutes."""
    return merge((opens // 60 * 60, -(-closes // 60) * 60) for opens, closes in spans)


def _by_month(rule: Rule) -> bool:
    return bool(rule.restrictions() & _BY_MONTH)


def _sayable(rule: Rule) -> bool:
    """Return whether entries can express the rule.

    They can't express every second week, days of a month that two attributes restrict,
    days of a month with windows that last into the next day, or that such days are
    closed.
    """
    if not rule.restrictions() <= _SAYABLE:
        return False
    if not _by_month(rule):
        return True
    return (
        rule.kind == "open"
        and rule.span()[1] <= DAY
        and not (rule.nth and rule.days_of_month)
    )


def _by_week(
    rules: Sequence[Rule], location: str, *, always_open: bool
) -> Iterator[Entry]:
    """Yield an entry for all weekdays that are open at the same times."""
    opened, closed = (
        _on_weekdays(rule for rule in rules if rule.kind == kind)
        for kind in ("open", "closed")
    )
    alike: dict[Minutes, set[int]] = defaultdict(set)
    for weekday in range(7):
        spans = [(0, DAY)] if always_open else merge(opened[weekday])
        if left := subtract(spans, merge(closed[weekday])):
            alike[_minutes(left)].add(weekday)
    for times, weekdays in alike.items():
        yield Entry(times, location, _restricting(weekdays))


def _on_weekdays(rules: Iterable[Rule]) -> dict[int, list[Span]]:
    """Return the spans of the rules on each weekday, in seconds from midnight."""
    found: dict[int, list[Span]] = {weekday: [] for weekday in range(7)}
    for rule in rules:
        opens, closes = rule.span()
        for days_on in range(opens // DAY, -(-closes // DAY)):
            midnight = days_on * DAY
            span = max(opens - midnight, 0), min(closes - midnight, DAY)
            for weekday in rule.weekdays:
                found[(weekday + days_on) % 7].append(span)
    return found


def _entry(rule: Rule, location: str) -> Entry:
    days = (_NTH[rule.nth],) if rule.nth else ranges(rule.days_of_month)
    times = _minutes([rule.span()])
    return Entry(times, location, _restricting(rule.weekdays), days, rule.months)


def _restricting(weekdays: Iterable[int]) -> frozenset[int]:
    """Return the weekdays, or none if all seven are given: those don't restrict."""
    return frozenset(weekdays) if set(weekdays) < _EVERY_DAY else frozenset()


def _minutes(spans: Iterable[Span]) -> Minutes:
    return tuple((opens // 60, closes // 60) for opens, closes in widened(spans))
