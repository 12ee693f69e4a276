"""Calendars of one's own against a plain restatement, which walks day by day."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

import pytest
from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_sla.schedule import LAST
from otel_sla.schedule.calendars import (
    Calendar,
    CalendarDay,
    DayOfYear,
    OwnCalendar,
    Year,
)

HOUR = 3_600
YEARS = (2026, 2027, 2028)
NAMES = ["A", "B", "C"]
A_DAY = timedelta(days=1)

# Dates that meet: around a New Year, on weekends, and at the end of February.
YEARLY = st.one_of(
    st.builds(DayOfYear, st.none(), st.sampled_from([12]), st.integers(23, 31)),
    st.builds(DayOfYear, st.none(), st.sampled_from([1]), st.integers(1, 8)),
    st.builds(DayOfYear, st.none(), st.sampled_from([2]), st.integers(26, 29)),
    st.builds(DayOfYear, st.none(), st.integers(1, 12), st.integers(1, 28)),
)
DATES = st.one_of(
    st.dates(date(2026, 12, 23), date(2027, 1, 8)),
    st.dates(date(2027, 12, 23), date(2028, 1, 8)),
    st.dates(date(2025, 1, 1), date(2029, 12, 31)),
)
ONCE = DATES.map(lambda day: DayOfYear(day.year, day.month, day.day))
HOURS = st.sets(st.integers(0, 11), max_size=2).map(
    lambda starts: tuple(
        (2 * start * HOUR, (2 * start + 1) * HOUR) for start in sorted(starts)
    )
)
FIRST_AND_LAST = st.lists(
    st.none() | st.integers(2025, 2029), min_size=2, max_size=2
).map(lambda years: years if None in years else sorted(years, key=lambda one: one or 0))


@st.composite
def calendar_days(draw: st.DrawFn) -> CalendarDay:
    way = draw(st.sampled_from(["date", "once", "range", "spell", "nth", "easter"]))
    given: dict[str, Any] = {"hours": draw(st.just(()) | HOURS)}
    if way in ("date", "once"):
        given["date"] = draw(YEARLY if way == "date" else ONCE)
    elif way == "range":
        given |= {"start": draw(YEARLY), "end": draw(YEARLY)}
    elif way == "spell":
        given["start"], given["end"] = sorted([draw(ONCE), draw(ONCE)])
    elif way == "nth":
        given["nth"] = draw(st.sampled_from([1, 2, 3, 4, 5, LAST]))
        given |= {"weekday": draw(st.integers(0, 6)), "month": draw(st.integers(1, 12))}
    else:
        given["easter"] = draw(st.integers(-366, 366))
        given["orthodox"] = draw(st.booleans())
    if way not in ("once", "spell"):
        given["first_year"], given["last_year"] = draw(FIRST_AND_LAST)
    if way not in ("range", "spell"):
        observed = ["none", "nearest_weekday", "next_monday"]
        given["observed"] = draw(st.sampled_from(observed))
    return CalendarDay(draw(st.sampled_from(NAMES)), **given)


class Library(Calendar):
    """Stands for the library: dates of several names, some only observed."""

    def __init__(self, days: Mapping[date, Mapping[str, str]]) -> None:
        super().__init__()
        self.days = days

    def observed(self, year: int) -> Mapping[date, Mapping[str, str]]:
        return {
            day: {name: other for name, other in names.items() if other}
            for day, names in self.days.items()
            if day.year == year
        }

    def _make(self, year: int) -> Year:
        off = {day: "; ".join(names) for day, names in self.days.items()}
        return Year({day: off[day] for day in off if day.year == year}, {})


NAMED = {**dict.fromkeys(NAMES, ""), **{f"{name} (observed)": name for name in NAMES}}
LIBRARIES = st.builds(
    Library,
    st.dictionaries(
        DATES,
        st.lists(st.sampled_from([*NAMED]), min_size=1, max_size=3, unique=True).map(
            lambda names: {name: NAMED[name] for name in names}
        ),
        max_size=8,
    ),
)
WITHOUT = st.one_of(
    st.sampled_from([*NAMES, "A (observed)", "observed"]),
    YEARLY.map(str),
    ONCE.map(str),
)


def own_calendars(includes: st.SearchStrategy[Any]) -> st.SearchStrategy[OwnCalendar]:
    return st.builds(
        OwnCalendar,
        st.just("own"),
        st.lists(includes, max_size=2).map(tuple),
        st.lists(WITHOUT, max_size=2, unique=True).map(tuple),
        st.lists(calendar_days(), max_size=4).map(tuple),
    )


CALENDARS = own_calendars(LIBRARIES | own_calendars(LIBRARIES))


sunday = cache(easter)


class Known(NamedTuple):
    """One name of a date. `other` is that of the day which it is observed for."""

    day: date
    name: str
    hours: tuple[tuple[int, int], ...]
    other: str = ""


def days_of(*years: int) -> Iterator[date]:
    for year in years:
        day = date(year, 1, 1)
        while day.year == year:
            yield day
            day += A_DAY


def begins_on(one: CalendarDay, day: date) -> bool:
    """Whether the day, or the range, begins on that date by what is written."""
    if not (one.first_year or 0) <= day.year <= (one.last_year or 9999):
        return False
    if one.easter is not None:
        church = EASTER_ORTHODOX if one.orthodox else EASTER_WESTERN
        sundays = [sunday(day.year + years, church) for years in (-1, 0, 1)]
        return day - one.easter * A_DAY in sundays
    if one.nth is not None:
        weeks = range(1, 6) if one.nth == LAST else (one.nth,)
        after = (day + 7 * A_DAY).month != day.month
        return (
            (day.weekday(), day.month) == (one.weekday, one.month)
            and (day.day + 6) // 7 in weeks
            and (after or one.nth != LAST)
        )
    first = one.date or one.start
    assert first
    if first == (None, 2, 29) and one.start and not isleap(day.year):
        return (day.month, day.day) == (3, 1)
    return day.isoformat().endswith(str(first))


def dates_of(one: CalendarDay, year: int) -> Iterator[date]:
    """Walk two years: into the range where it begins, and out of it where it ends."""
    if one.start is not None and one.start.year is not None:
        for day in days_of(year):
            if str(one.start) <= day.isoformat() <= str(one.end):
                yield day
        return
    within = False
    for day in days_of(year - 1, year):
        if begins_on(one, day):
            # From 29 February to 29 February there is nothing in other years.
            within = one.start != (None, 2, 29) or one.end != one.start
            within = within or day.day == 29
        if within and day.year == year:
            yield day
        end = str(one.end)
        if one.end == (None, 2, 29) and not isleap(day.year):
            end = "02-28"
        if one.end is None or day.isoformat().endswith(end):
            within = False


def takes(text: str, known: Known) -> bool:
    iso = known.day.isoformat()
    if text == "observed":
        return bool(known.other)
    return text in (iso, iso[5:], known.name, known.other)


class Restated:
    """What a calendar has, by its own dates and those of what it includes."""

    def __init__(self, calendar: OwnCalendar) -> None:
        self.days = calendar.days
        self.without = [one.text for one in calendar.without]
        self.parts = calendar.includes
        self.included = cache(self._included)
        self.written = cache(self._written)

    def known(self, year: int) -> list[Known]:
        moved = [one for one in self.moved(year) if one.day.year == year]
        own = [*self.fixed(year), *moved]
        return [*own, *self.included(year)]

    def offered(self, year: int) -> Iterator[Known]:
        for part in self.parts:
            if isinstance(part, Library):
                for day, names in part.days.items():
                    for name, other in names.items() if day.year == year else ():
                        yield Known(day, name, (), other)
            elif isinstance(part, OwnCalendar):
                yield from Restated(part).known(year)

    def _included(self, year: int) -> list[Known]:
        return [
            known
            for known in self.offered(year)
            if not any(takes(text, known) for text in self.without)
        ]

    def _written(self, year: int) -> list[tuple[date, CalendarDay]]:
        found = [
            (day, number)
            for number, one in enumerate(self.days)
            for day in dates_of(one, year)
        ]
        return [(day, self.days[number]) for day, number in sorted(found)]

    def fixed(self, year: int) -> Iterator[Known]:
        for day, one in self.written(year):
            if one.observed == "none" or day.weekday() < 5:
                yield Known(day, one.name, one.hours)

    def moved(self, year: int) -> Iterator[Known]:
        taken: set[date] = set()
        for day, one in (
            written
            for near in (year - 1, year, year + 1)
            for written in self.written(near)
        ):
            if one.observed == "none" or day.weekday() < 5:
                continue
            to = day - A_DAY
            if one.observed == "next_monday" or day.weekday() == 6:
                to = day + (7 - day.weekday()) * A_DAY
            tries = (to + count * A_DAY for count in range(31))
            free = (
                other
                for other in tries
                if other.weekday() < 5
                and other not in taken
                and not any(
                    known.day == other and not known.hours
                    for known in (*self.included(other.year), *self.fixed(other.year))
                )
            )
            found = next(free, day)
            if not one.hours:
                taken.add(found)
            yield Known(found, one.name, one.hours)


def seconds_of(hours: tuple[tuple[int, int], ...]) -> set[int]:
    return {hour for since, until in hours for hour in range(since, until, HOUR)}


@pytest.mark.parametrize("examples", [50, pytest.param(2_000, marks=pytest.mark.long)])
def test_a_calendar_is_what_walking_day_by_day_finds(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(CALENDARS)
    def check(calendar: OwnCalendar) -> None:
        restated = Restated(calendar)
        for year in YEARS:
            off: dict[date, set[str]] = {}
            special: dict[date, set[int]] = {}
            for known in restated.known(year):
                if known.hours:
                    hours = seconds_of(known.hours)
                    special[known.day] = special.get(known.day, hours) & hours
                else:
                    off.setdefault(known.day, set()).add(known.name)
            found = calendar.of_year(year)
            assert found.off.keys() == off.keys()
            for day, name in found.off.items():
                assert set(name.split("; ")) <= off[day]
            assert {
                day: seconds_of(one.hours) for day, one in found.special.items()
            } == {day: hours for day, hours in special.items() if day not in off}

    check()
