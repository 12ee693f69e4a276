"""Plan the entries of a schedule: by rules where exact, by dates elsewhere. Pure."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
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
# The end of the month after it is beyond the calendar.
_LAST = date(9999, 11, 30)

Months = Mapping[int, set[int]]
"""Months by year."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule's entries, which are right to the minute from `first` to `last`.

    Both are local dates, inclusive; outside of them `standing` holds. `moved` are the
    boundaries, in Unix seconds, that are not whole minutes: windows are up to a minute
    longer there.
    """

    schedule: Schedule
    entries: tuple[Entry, ...]
    first: date
    last: date
    standing: Standing
    moved: tuple[int, ...] = ()


def plan(schedule: Schedule, first: date, last: date) -> Plan:
    """Plan the months of the dates first and last, and all between them.

    Where rules are of another zone, all of these months are written out as dates, and
    the months beside them: months don't begin at the same moment in all zones, and the
    entry of another zone must not reach into the planned ones.
    """
    first = first.replace(day=1)
    last = _end_of_month(last)
    rules = standing(schedule, last)
    in_one_zone = all(one.location == schedule.zone.key for one in rules.entries)
    begin, end = (first, last) if in_one_zone else _with_neighbours(first, last)
    exact = schedule.spans(*bounds(schedule.zone, begin, end))
    spans = widened(exact)
    written: dict[int, set[int]] = defaultdict(set)
    by_date: list[Entry] = []
    untold: list[Span] = []
    dates = local_dates(schedule.zone, begin, end)
    unsure = disputed(schedule.zone, begin, end)
    for (year, month), days in groupby(
        dates, lambda day: (day.date.year, day.date.month)
    ):
        lengths = month_lengths(schedule.zone.key, year, month)
        by_rules = [
            (day, rules.minutes(day.date, lengths) if in_one_zone else None)
            for day in days
        ]
        if _follows_rules(by_rules, unsure, spans):
            continue
        written[year].add(month)
        certain = {
            day.date.day
            for day, _ in by_rules
            if day.date not in unsure and day.date.day <= min(lengths)
        }
        alike, left = _by_times(by_rules, certain, spans)
        untold += left
        by_date += [
            _of_dates(year, month, days_alike, minutes, schedule.zone.key)
            for minutes, days_alike in alike.items()
            if minutes
        ]
    since, until = bounds(schedule.zone, first, last)
    moved = sorted({at for span in cut(exact, since, until) for at in span if at % 60})
    entries = (*_outside(rules.entries, written), *by_date, *_in_utc(untold))
    return Plan(schedule, entries, first, last, rules, tuple(moved))


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _with_neighbours(first: date, last: date) -> tuple[date, date]:
    """Return the first and last date of the months, and of those beside them."""
    before = date.fromordinal(max(first.toordinal() - 1, date.min.toordinal()))
    after = date.fromordinal(min(last.toordinal() + 1, _LAST.toordinal()))
    return before.replace(day=1), _end_of_month(after)


def _follows_rules(
    by_rules: Iterable[tuple[LocalDate, Minutes | None]],
    unsure: Container[date],
    spans: Sequence[Span],
) -> bool:
    """Return whether the rules say exactly when the days of a month are open."""
    return all(
        minutes is not None
        and day.date not in unsure
        and day.is_told_by(minutes, spans)
        for day, minutes in by_rules
    )


def _by_times(
    by_rules: Iterable[tuple[LocalDate, Minutes | None]],
    certain: Container[int],
    spans: Sequence[Span],
) -> tuple[dict[Minutes, list[int]], list[Span]]:
    """Return the days of a month that have the same minutes, by these minutes.

    The spans that no local minutes express, or that are on days which are not certain,
    are returned apart.
    """
    alike: dict[Minutes, list[int]] = defaultdict(list)
    untold = []
    for day, minutes in by_rules:
        opened = day.open(spans)
        if minutes is None or not day.is_told_by(minutes, opened):
            minutes = day.readings(opened)
        if day.date.day in certain and day.is_told_by(minutes, opened):
            alike[minutes].append(day.date.day)
        else:
            untold += opened
    return alike, untold


def _outside(entries: Iterable[Entry], written: Months) -> Iterator[Entry]:
    """Restrict entries to the months that are not written date by date."""
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
    """Write in UTC what local times can't express."""
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
