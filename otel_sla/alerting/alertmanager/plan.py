"""Which entries a schedule becomes: rules where exact, dates elsewhere. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from ...schedule import Schedule
from ...schedule.spans import DAY, EPOCH, Span, cut, merge
from .local_dates import LocalDate, bounds, disputed, local_dates
from .regular_hours import Standing, standing, widened
from .time_interval import Entry, Minutes, Range, month_lengths, ranges

_ALL_MONTHS = frozenset(range(1, 13))
_YEARS = 1970, 9999

Months = Mapping[int, set[int]]
"""Months by year."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule's entries, which are right to the minute from `first` to `last`.

    Both are local dates, inclusive; outside of them `standing` holds. `moved` are the
    boundaries, in Unix seconds, that were not on whole minutes: windows are up to a
    minute longer there.
    """

    schedule: Schedule
    entries: tuple[Entry, ...]
    first: date
    last: date
    standing: Standing
    moved: tuple[int, ...] = ()


def plan(schedule: Schedule, first: date, last: date) -> Plan:
    """Plan the months that hold the dates first and last, and all between them."""
    first = first.replace(day=1)
    last = last.replace(day=monthrange(last.year, last.month)[1])
    exact = schedule.spans(*bounds(schedule.zone, first, last))
    spans = widened(exact)
    rules = standing(schedule, last)
    written: dict[int, set[int]] = defaultdict(set)
    by_date: list[Entry] = []
    untold: list[Span] = []
    for month in _months(schedule, first, last, rules):
        if not month.is_told_by_rules(spans):
            written[month.year].add(month.month)
            told, left = month.write_out(spans)
            by_date += told
            untold += left
    moved = sorted({at for span in exact for at in span if at % 60})
    entries = (*_outside(rules.entries, written), *by_date, *_in_utc(untold))
    return Plan(schedule, entries, first, last, rules, tuple(moved))


@dataclass(frozen=True, slots=True)
class _Month:
    """A month of the schedule's zone, and what the rules say of each of its dates."""

    year: int
    month: int
    location: str
    by_rules: Sequence[tuple[LocalDate, Minutes | None]]
    disputed: frozenset[date]
    shortest: int

    def is_told_by_rules(self, spans: Sequence[Span]) -> bool:
        return all(
            minutes is not None
            and day.date not in self.disputed
            and day.is_told_by(minutes, spans)
            for day, minutes in self.by_rules
        )

    def write_out(self, spans: Sequence[Span]) -> tuple[list[Entry], list[Span]]:
        """Return an entry for all dates with the same times, and what none can tell."""
        alike: dict[Minutes, list[int]] = defaultdict(list)
        untold = []
        for day, minutes in self.by_rules:
            opened = day.open(spans)
            if minutes is None or not day.is_told_by(minutes, opened):
                minutes = day.readings(opened)
            certain = day.date.day <= self.shortest and day.date not in self.disputed
            if certain and day.is_told_by(minutes, opened):
                alike[minutes].append(day.date.day)
            else:
                untold += opened
        entries = [
            _of_dates(self.year, self.month, days, minutes, self.location)
            for minutes, days in alike.items()
            if minutes
        ]
        return entries, untold


def _months(
    schedule: Schedule, first: date, last: date, rules: Standing
) -> Iterator[_Month]:
    period = schedule.zone, first, last
    dates, unsure = local_dates(*period), disputed(*period)
    for (year, month), days in groupby(dates, lambda day: _year_and_month(day.date)):
        lengths = month_lengths(schedule.zone.key, year, month)
        by_rules = [(day, rules.minutes(day.date, lengths)) for day in days]
        yield _Month(year, month, schedule.zone.key, by_rules, unsure, min(lengths))


def _year_and_month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _outside(entries: Iterable[Entry], written: Months) -> Iterator[Entry]:
    """Restrict entries to the months that are not written out."""
    for entry in entries:
        asked = entry.months or _ALL_MONTHS
        years: dict[frozenset[int], list[Range]] = defaultdict(list)
        begins = _YEARS[0]
        for year, gone in sorted(written.items()):
            if gone & asked:
                years[asked].append((begins, year - 1))
                years[asked - gone].append((year, year))
                begins = year + 1
        years[asked].append((begins, _YEARS[1]))
        for months, among in years.items():
            if not months:
                continue
            some = tuple(one for one in among if one[0] <= one[1])
            yield replace(
                entry,
                months=frozenset() if months == _ALL_MONTHS else months,
                years=() if some == (_YEARS,) else some,
            )


def _in_utc(spans: Iterable[Span]) -> Iterator[Entry]:
    """Say what the local clock can't tell on the clock that is never changed."""
    alike: dict[tuple[int, int, Minutes], list[int]] = defaultdict(list)
    merged = merge(spans)
    days = {
        day
        for opens, closes in merged
        for day in range(opens // DAY, -(-closes // DAY))
    }
    for day in sorted(days):
        midnight = day * DAY
        minutes = tuple(
            ((opens - midnight) // 60, (closes - midnight) // 60)
            for opens, closes in cut(merged, midnight, midnight + DAY)
        )
        on = date.fromordinal(day + EPOCH // DAY)
        alike[on.year, on.month, minutes].append(on.day)
    for (year, month, minutes), on_days in alike.items():
        yield _of_dates(year, month, on_days, minutes, "UTC")


def _of_dates(
    year: int, month: int, days: Iterable[int], times: Minutes, location: str
) -> Entry:
    return Entry(
        times,
        location,
        days=ranges(days),
        months=frozenset({month}),
        years=((year, year),),
    )
