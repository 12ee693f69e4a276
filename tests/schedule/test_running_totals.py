"""What is counted: the same whoever asks, whenever, and however often."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_sla.metrics.instruments import INSTRUMENTS
from otel_sla.schedule import DAY, Override, Rule, Schedule
from otel_sla.schedule.agreement_period import PERIODS, bounds
from otel_sla.schedule.notation import parse_weekdays
from otel_sla.schedule.running_totals import START_OF_COUNT, Figures, RunningTotals

from ..support.calendars import days_off
from ..support.make import seconds
from ..support.strategies import composed, schedules
from .test_open_seconds import by_enumeration

OFFICE = Rule(parse_weekdays("mon-fri"), time(9), time(17))
ALL = st.one_of(schedules(), composed())
MOMENTS = st.integers(seconds(2026, 1, 1), seconds(2027, 6, 1))
STEPS = st.lists(
    st.one_of(st.integers(1, 60), st.integers(1, 3 * DAY), st.integers(1, 60 * DAY)),
    max_size=12,
)


def tell(tally: RunningTotals, schedule: Schedule, moment: int, period: str) -> Figures:
    return tally.figures(moment, period, schedule.state(moment))


def test_counting_began_with_the_year_2026() -> None:
    assert seconds(2026, 1, 1) == START_OF_COUNT
    (counter,) = [one for one in INSTRUMENTS if one.since is not None]
    assert counter.name == "service_window.open.time"
    assert "2026-01-01T00:00:00Z" in counter.description


@settings(max_examples=100, deadline=None)
@given(ALL, MOMENTS, STEPS, st.sampled_from(PERIODS))
def test_between_two_moments_it_counts_what_enumeration_does(
    schedule: Schedule, moment: int, steps: list[int], period: str
) -> None:
    """Figures that have moved from scrape to scrape, with states kept while they
    hold, as a snapshot does; against those of a process that has just begun."""
    tally = RunningTotals(schedule)
    state = schedule.state(moment)
    before = tally.figures(moment, period, state)
    for step in steps:
        previous, moment = moment, moment + step
        if not state.holds_at(moment):
            state = schedule.state(moment)
        figures = tally.figures(moment, period, state)
        grown = figures.open_time - before.open_time
        assert grown == by_enumeration(schedule, previous, moment)
        before = figures
    start, end = bounds(period, moment, schedule)
    assert before.period_start == start
    assert before.scheduled == by_enumeration(schedule, start, end)
    assert before == tell(RunningTotals(schedule), schedule, moment, period)


@settings(max_examples=50, deadline=None)
@given(ALL, st.lists(MOMENTS, min_size=2, max_size=6))
def test_scrapes_that_finish_out_of_order_are_told_the_same(
    schedule: Schedule, moments: list[int]
) -> None:
    tally = RunningTotals(schedule)
    for moment in moments:
        expected = tell(RunningTotals(schedule), schedule, moment, "30d")
        assert tell(tally, schedule, moment, "30d") == expected


@pytest.mark.parametrize(
    ("zone", "at", "month"),
    [
        ("Europe/Berlin", "2026-10-31T22:59:59", "2026-10-01"),
        ("Europe/Berlin", "2026-10-31T23:00:00", "2026-11-01"),
        ("America/New_York", "2026-11-01T03:59:59", "2026-10-01"),
        ("America/New_York", "2026-11-01T04:00:00", "2026-11-01"),
        ("Asia/Kathmandu", "2026-10-31T18:14:59", "2026-10-01"),
        ("Asia/Kathmandu", "2026-10-31T18:15:00", "2026-11-01"),
    ],
)
def test_a_month_begins_at_midnight_in_the_schedule_s_zone(
    zone: str, at: str, month: str
) -> None:
    schedule = Schedule(ZoneInfo(zone), (OFFICE,))
    moment = int(datetime.fromisoformat(f"{at}+00:00").timestamp())
    figures = tell(RunningTotals(schedule), schedule, moment, "month")
    assert figures.period_start is not None
    began = datetime.fromtimestamp(figures.period_start, schedule.zone)
    assert began.replace(tzinfo=None) == datetime.fromisoformat(month)


@settings(max_examples=100, deadline=None)
@given(ALL, MOMENTS, STEPS, st.sampled_from(PERIODS))
def test_what_a_component_s_overrides_add_is_counted_on_top_of_its_schedule(
    schedule: Schedule, moment: int, steps: list[int], period: str
) -> None:
    """Two components on one schedule, one with overrides of its own."""
    below = replace(schedule, overrides=schedule.overrides[:-1])
    shared = RunningTotals(below)
    own = RunningTotals(schedule, shared)
    for step in (0, *steps):
        moment += step
        expected = tell(RunningTotals(schedule), schedule, moment, period)
        assert tell(own, schedule, moment, period) == expected
        expected = tell(RunningTotals(below), below, moment, period)
        assert tell(shared, below, moment, period) == expected


def test_a_month_by_hand() -> None:
    """December 2026 in London: 23 weekdays, less Christmas Day and the substitute for
    Boxing Day, the 28th; from 13:00 on the 24th and the 31st closed for 4 hours."""
    closed = tuple(
        Override(datetime(2026, 12, day, 13), datetime(2026, 12, day, 17), "closed")
        for day in (24, 31)
    )
    schedule = Schedule(
        ZoneInfo("Europe/London"),
        (OFFICE,),
        holidays=days_off(date(2026, 12, 25), date(2026, 12, 28)),
        overrides=(closed,),
    )
    noon = seconds(2026, 12, 1, 12)
    figures = tell(RunningTotals(schedule), schedule, noon, "month")
    assert figures.scheduled == ((23 - 2) * 8 - 2 * 4) * 3600
    later = tell(RunningTotals(schedule), schedule, seconds(2027, 1, 1), "month")
    assert later.open_time - figures.open_time == figures.scheduled - 3 * 3600


def test_open_at_all_times_counts_every_second() -> None:
    always = Schedule(ZoneInfo("Europe/London"), always_open=True)
    tally = RunningTotals(always)
    noon = seconds(2026, 11, 23, 12)
    assert tell(tally, always, noon, "7d") == (
        noon - START_OF_COUNT,
        noon - 7 * DAY,
        7 * DAY,
    )
    assert tell(tally, always, noon, "month").scheduled == 30 * DAY


def test_a_period_that_is_none_leaves_its_figures_out() -> None:
    always = Schedule(ZoneInfo("Europe/London"), always_open=True)
    tomorrow = tell(RunningTotals(always), always, START_OF_COUNT + DAY, "fortnight")
    assert tomorrow == (DAY, None, None)


def test_agreements_of_several_periods_on_one_schedule_don_t_mix() -> None:
    schedule = Schedule(ZoneInfo("Europe/London"), (OFFICE,))
    tally = RunningTotals(schedule)
    noon = seconds(2026, 11, 23, 12)
    for moment in (noon, noon + 60, noon + DAY):
        for period in PERIODS:
            fresh = tell(RunningTotals(schedule), schedule, moment, period)
            assert tell(tally, schedule, moment, period) == fresh
