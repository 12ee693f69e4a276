"""Open seconds are those of the windows, however they are added up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_sla.schedule import DAY, Override, Rule, Schedule, compiled, local_count
from otel_sla.schedule.calendars import Calendar
from otel_sla.schedule.conversion import Period
from otel_sla.schedule.formula import Formula
from otel_sla.schedule.notation import parse_weekdays
from otel_sla.schedule.open_seconds import open_seconds
from otel_sla.schedule.running_totals import START_OF_COUNT
from otel_sla.schedule.spans import Span

from ..support.calendars import days_off
from ..support.make import seconds
from ..support.strategies import ZONES, composed, schedules

ALL = st.one_of(schedules(), composed())
MOMENTS = st.integers(seconds(2025, 6, 1), seconds(2028, 6, 1))


def by_enumeration(schedule: Schedule, start: int, end: int) -> int:
    """Add up the windows, cut off at the period's ends."""
    return sum(
        min(closes or end, end) - max(opens or start, start)
        for opens, closes in schedule.windows(start, end)
    )


@settings(max_examples=150, deadline=None)
@given(ALL, MOMENTS, st.integers(0, 500 * DAY))
def test_the_count_is_that_of_the_windows(
    schedule: Schedule, start: int, length: int
) -> None:
    counted = open_seconds(schedule, start, start + length)
    assert counted == by_enumeration(schedule, start, start + length)


@pytest.mark.parametrize("zone", [*ZONES, "Europe/Berlin", "Asia/Gaza"])
def test_windows_in_a_repeated_or_a_skipped_hour_are_counted_as_they_are(
    zone: str,
) -> None:
    rules = [Rule(parse_weekdays("daily"), time(h, 30), time(h, 45)) for h in range(24)]
    schedule = Schedule(ZoneInfo(zone), tuple(rules))
    year = seconds(2026, 1, 1), seconds(2027, 1, 1)
    assert open_seconds(schedule, *year) == by_enumeration(schedule, *year)


def test_a_date_that_a_zone_skips_is_not_counted() -> None:
    schedule = Schedule(
        ZoneInfo("Pacific/Apia"), (Rule(parse_weekdays("daily"), time(9), time(17)),)
    )
    # Samoa went from the 29th of December 2011 to the 31st.
    week = seconds(2011, 12, 27), seconds(2012, 1, 3)
    assert open_seconds(schedule, *week) == by_enumeration(schedule, *week)


def test_an_hour_more_in_autumn_and_less_in_spring() -> None:
    night = Rule(parse_weekdays("sat"), time(22), time(6), 1)
    london = Schedule(ZoneInfo("Europe/London"), (night,))
    weekend = 3 * DAY
    october, march = seconds(2026, 10, 24), seconds(2026, 3, 28)
    assert open_seconds(london, october, october + weekend) == 9 * 3600
    assert open_seconds(london, march, march + weekend) == 7 * 3600


@pytest.mark.parametrize(
    ("field", "hours"), [("includes", 7), ("excludes", 5 * 24 - 7)]
)
def test_the_clocks_of_included_and_excluded_schedules_change_on_their_own_days(
    field: str, hours: int
) -> None:
    # On the 8th of March 2026 the clocks of New York skip the hour from 02:00.
    nights = Rule(parse_weekdays("fri,sat,sun,mon"), time(1, 30), time(3, 30))
    new_york = Schedule(ZoneInfo("America/New_York"), (nights,))
    subject = Schedule(
        ZoneInfo("Asia/Kathmandu"),
        always_open=field == "excludes",
        includes=(new_york,) if field == "includes" else (),
        excludes=(new_york,) if field == "excludes" else (),
    )
    around = subject, seconds(2026, 3, 6), seconds(2026, 3, 11)
    assert open_seconds(*around) == by_enumeration(*around) == hours * 3600


@pytest.mark.parametrize("closes", [time(1, 20), time(2), time(3)], ids=str)
@pytest.mark.parametrize("about", [(2026, 10, 25, 1), (2026, 3, 29, 1)], ids=str)
def test_a_count_may_begin_and_end_while_the_clock_changes(
    about: tuple[int, ...], closes: time
) -> None:
    rule = Rule(parse_weekdays("sun"), time(0, 50), closes)
    schedule = Schedule(ZoneInfo("Europe/London"), (rule,))
    change = seconds(*about)
    moments = range(change - 5_400, change + 5_400, 600)
    for start, end in combinations(moments, 2):
        counted = open_seconds(schedule, start, end)
        assert counted == by_enumeration(schedule, start, end)


def test_weeks_that_are_alike_are_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[int] = []
    windows_of = compiled.windows_of

    def noted(
        pattern: compiled.Pattern, days: Iterable[int], holidays: Calendar
    ) -> Iterator[Span]:
        walked.extend(days := list(days))
        return windows_of(pattern, days, holidays)

    monkeypatch.setattr(compiled, "windows_of", noted)
    monkeypatch.setattr(local_count, "windows_of", noted)
    schedule = Schedule(
        ZoneInfo("Europe/London"),
        (
            Rule(parse_weekdays("mon-fri"), time(9), time(17)),
            Rule(parse_weekdays("fri"), time(16), time(18), kind="closed"),
        ),
        holidays=days_off(date(2026, 5, 4), date(2026, 5, 25)),
        overrides=((Override(datetime(2026, 6, 1), datetime(2026, 6, 2), "closed"),),),
    )
    year = seconds(2026, 1, 1), seconds(2027, 1, 1)
    assert open_seconds(schedule, *year) == ((261 - 3) * 8 - 52) * 3600
    assert len(walked) == 2


def test_nothing_is_open_within_no_time() -> None:
    always = Schedule(ZoneInfo("UTC"), always_open=True)
    noon = seconds(2026, 11, 23, 12)
    assert open_seconds(always, noon, noon) == 0
    assert open_seconds(always, noon, noon + 1) == 1


def test_what_several_include_is_evaluated_once_for_all_of_their_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Formula] = []
    open_within = Formula.open_within

    def noted(self: Formula, period: Period) -> list[Span]:
        asked.append(self)
        return open_within(self, period)

    rule = Rule(weekdays=frozenset(range(5)), start=time(9), end=time(17))
    later = replace(rule, end=time(18))
    shared = Schedule(ZoneInfo("Europe/London"), (rule,))
    first, second = (
        Schedule(ZoneInfo("Europe/London"), (own,), includes=(shared,))
        for own in (rule, later)
    )
    monkeypatch.setattr(Formula, "open_within", noted)
    for schedule in (first, second):
        open_seconds(schedule, START_OF_COUNT, START_OF_COUNT + 366 * DAY)
    of_shared, of_first = map(asked.count, (shared._formula, first._formula))
    assert of_shared == of_first > 1
