"""A schedule day by day: what is open, and what changed that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_sla.schedule import DAY, Override, Rule, Schedule
from otel_sla.schedule.calendars import NO_HOLIDAYS, Calendar
from otel_sla.schedule.days import Day, days, reason_closed, stretch
from otel_sla.schedule.holidays import calendar
from otel_sla.schedule.notation import parse_weekdays
from otel_sla.schedule.spans import merge

from ..support.calendars import days_off, special_days
from ..support.strategies import calendars, composed, rules, schedules

OFFICE = Rule(parse_weekdays("mon-fri"), time(9), time(17))
NIGHTS = Rule(parse_weekdays("daily"), time(22), time(6))


def schedule(*rules: Rule, zone: str = "Europe/London", **fields: Any) -> Schedule:
    return Schedule(ZoneInfo(zone), rules, **fields)


def override(start: str, end: str, kind: Any, reason: str) -> Override:
    first, last = map(datetime.fromisoformat, (start, end))
    return Override(first, last, kind, reason)


def of(subject: Schedule, day: date) -> Day:
    (found,) = days(subject, day, day)
    return found


def told(day: Day) -> list[tuple[str, str, float]]:
    """Exceptions as kind, reason and hours."""
    return [
        (one.kind, one.reason, sum(end - start for start, end in one.spans) / 3600)
        for one in day.exceptions
    ]


def test_a_holiday_is_named_on_the_day_it_closes() -> None:
    subject = schedule(OFFICE, holidays=calendar("GB-ENG"))
    christmas = of(subject, date(2026, 12, 25))
    assert (christmas.open, told(christmas)) == ((), [("holiday", "Christmas Day", 8)])


def test_a_holiday_that_cancels_no_window_is_no_reason() -> None:
    subject = schedule(OFFICE, holidays=calendar("GB-ENG"))
    assert told(of(subject, date(2026, 12, 26))) == []


def test_the_rest_of_a_cancelled_night_is_named_by_the_holiday_it_began_on() -> None:
    subject = schedule(NIGHTS, holidays=calendar("GB-ENG"))
    assert told(of(subject, date(2026, 12, 27))) == [("holiday", "Boxing Day", 6)]


def test_an_override_is_a_reason_for_what_it_takes_away_only() -> None:
    closed = override("2026-11-25T12:00", "2026-11-25T20:00", "closed", "party")
    wednesday = of(schedule(OFFICE, overrides=((closed,),)), date(2026, 11, 25))
    assert told(wednesday) == [("closed", "party", 5)]


def test_what_an_open_override_gives_back_is_not_told_as_closed() -> None:
    closed = override("2026-11-25T12:00", "2026-11-25T20:00", "closed", "party")
    opened = override("2026-11-25T16:00", "2026-11-25T18:00", "open", "stocktaking")
    subject = schedule(OFFICE, overrides=((closed,), (opened,)))
    assert told(of(subject, date(2026, 11, 25))) == [
        ("closed", "party", 4),
        ("open", "stocktaking", 2),
    ]


def test_an_override_without_effect_is_no_reason() -> None:
    closed = override("2026-11-28T12:00", "2026-11-28T20:00", "closed", "weekend")
    assert told(of(schedule(OFFICE, overrides=((closed,),)), date(2026, 11, 28))) == []


def test_alike_overrides_of_a_day_are_told_once() -> None:
    halves = (
        override("2026-11-25T09:00", "2026-11-25T11:00", "closed", "move"),
        override("2026-11-25T10:00", "2026-11-25T12:00", "closed", "move"),
    )
    wednesday = of(schedule(OFFICE, overrides=(halves,)), date(2026, 11, 25))
    assert told(wednesday) == [("closed", "move", 3)]


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)],
)
def test_a_day_on_which_the_clocks_change_says_how_long_it_is(
    day: date, hours: float
) -> None:
    assert of(schedule(), day).hours == hours


def test_a_date_that_a_zone_has_skipped_is_no_day() -> None:
    subject = schedule(OFFICE, zone="Pacific/Apia")
    found = days(subject, date(2011, 12, 29), date(2011, 12, 31))
    assert [day.date.day for day in found] == [29, 31]


def test_24x7_knows_no_holidays() -> None:
    subject = schedule(always_open=True, holidays=calendar("GB-ENG"))
    assert told(of(subject, date(2026, 12, 25))) == []


def test_a_special_day_is_the_reason_for_what_is_outside_its_hours() -> None:
    eve = date(2026, 12, 24)
    subject = schedule(OFFICE, holidays=special_days(eve, hours=((8, 12),)))
    thursday = of(subject, eve)
    assert told(thursday) == [("holiday", "a special day", 5)]


NEW_YORK = schedule(
    OFFICE,
    zone="America/New_York",
    holidays=days_off(Independence=date(2026, 7, 3)),
    overrides=((override("2026-07-06T12:00", "2026-07-06T13:00", "closed", "move"),),),
)
FRIDAY = int(datetime(2026, 7, 3, 18, tzinfo=UTC).timestamp())


def test_what_closes_an_included_schedule_is_the_reason_if_nothing_else_is_open() -> (
    None
):
    around = schedule(OFFICE, includes=(NEW_YORK,))
    # 17:00 to 22:00 in London; until then London's office is open.
    assert told(of(around, date(2026, 7, 3))) == [("holiday", "Independence", 5)]
    assert told(of(around, date(2026, 7, 6))) == [("closed", "move", 1)]
    assert reason_closed(around, FRIDAY) == "Independence"
    assert reason_closed(schedule(includes=(around,)), FRIDAY) == "Independence"


def test_what_is_closed_in_any_case_is_not_due_to_an_included_schedule() -> None:
    evening = Rule(parse_weekdays("daily"), time(18), time(0), 1, kind="closed")
    early = schedule(evening, OFFICE, includes=(NEW_YORK,))
    assert told(of(early, date(2026, 7, 3))) == [("holiday", "Independence", 1)]
    other = schedule(replace(evening, kind="open"))
    without = schedule(OFFICE, includes=(NEW_YORK,), excludes=(other,))
    assert told(of(without, date(2026, 7, 3))) == [("holiday", "Independence", 1)]


def test_what_an_included_schedule_opens_besides_is_no_exception() -> None:
    extra = override("2026-07-04T12:00", "2026-07-04T13:00", "open", "stocktaking")
    saturday = schedule(overrides=((extra,),))
    assert told(of(schedule(includes=(saturday,)), date(2026, 7, 4))) == []


def test_exceptions_of_a_schedule_that_many_include_are_looked_for_once() -> None:
    subject = NEW_YORK
    for _ in range(12):
        two = (schedule(includes=(subject,)), schedule(includes=(subject,)))
        subject = schedule(includes=two)
    with patch.object(Schedule, "spans", autospec=True, side_effect=spans) as asked:
        assert reason_closed(subject, FRIDAY) == "Independence"
    assert asked.call_count < 5 * 37


spans = Schedule.spans
FIRST = date(2026, 1, 1)


@settings(max_examples=150, deadline=None)
@given(schedules() | composed(), st.integers(0, 330))
def test_the_days_together_are_the_windows(subject: Schedule, offset: int) -> None:
    first = FIRST + timedelta(days=offset)
    found = list(days(subject, first, first + timedelta(days=20)))
    since, until = found[0].start, found[-1].end
    windows = [
        (max(since, start or since), min(until, until if end is None else end))
        for start, end in subject.windows(since, until)
    ]
    assert merge(span for day in found for span in day.open) == windows


@settings(max_examples=150, deadline=None)
@given(
    st.lists(rules(), min_size=1, max_size=3),
    schedules(),
    schedules(),
    st.sampled_from(["GB-ENG", "DE-BY", "US"]).map(calendar) | calendars(),
    st.integers(0, 330),
)
def test_rules_and_exceptions_together_make_the_day(
    some: list[Rule],
    included: Schedule,
    other: Schedule,
    holidays: Calendar,
    offset: int,
) -> None:
    closed = tuple(one for one in included.overrides[0] if one.kind == "closed")
    included = replace(included, overrides=(closed,))
    subject = Schedule(
        other.zone,
        (*some, *(rule for rule in other.rules if rule.kind == "closed")),
        holidays=holidays,
        overrides=other.overrides,
        includes=(included,),
        excludes=(other,),
    )
    by_rules = replace(
        subject,
        holidays=NO_HOLIDAYS,
        overrides=(),
        includes=(replace(included, holidays=NO_HOLIDAYS, overrides=()),),
    )
    first = FIRST + timedelta(days=offset)
    last = first + timedelta(days=20)
    for bare, day in zip(
        days(by_rules, first, last), days(subject, first, last), strict=True
    ):
        seconds = _covered(bare.open)
        for one in day.exceptions:
            if one.kind == "open":
                continue
            seconds -= _covered(one.spans)
        gained = {
            second
            for one in day.exceptions
            if one.kind == "open"
            for second in _covered(one.spans)
        }
        assert seconds | gained == _covered(day.open)


def _covered(spans: Any) -> set[int]:
    """The quarters of an hour that spans of whole quarters cover."""
    return {at for start, end in spans for at in range(start, end, 900)}


def test_what_is_closed_in_a_repeated_hour_keeps_its_reason() -> None:
    closed = override("2026-10-25T00:30", "2026-10-25T03:00", "closed", "upgrade")
    subject = schedule(always_open=True, overrides=((closed,),))
    # 01:30 for the second time, on the day on which the clocks go back.
    moment = int(datetime(2026, 10, 25, 1, 30, tzinfo=UTC).timestamp())
    assert reason_closed(subject, moment) == "upgrade"
    _, exceptions = stretch(subject, moment - DAY, moment)
    assert [one.spans for one in exceptions] == [((moment - 2 * 3600, moment),)]
