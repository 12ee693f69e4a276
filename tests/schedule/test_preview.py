"""Windows and weeks around a moment, as people are shown them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_sla.schedule import Override, Rule, Schedule
from otel_sla.schedule.days import reason_closed
from otel_sla.schedule.holidays import calendar
from otel_sla.schedule.notation import parse_weekdays
from otel_sla.schedule.preview import AHEAD, BEFORE, around, preview

from ..support.make import seconds
from ..support.strategies import composed, schedules

OFFICE = Rule(parse_weekdays("mon-fri"), time(9), time(17))


def london(*rules: Rule, **fields: Any) -> Schedule:
    return Schedule(ZoneInfo("Europe/London"), rules, **fields)


def test_two_windows_that_ended_and_ten_that_end_next() -> None:
    noon = seconds(2026, 11, 25, 12)
    shown = preview(london(OFFICE), noon).windows
    assert [one.place for one in shown] == ["past"] * 2 + ["now"] + ["upcoming"] * 9
    assert [f"{one.start.local:%a %d}" for one in shown if one.start][:4] == [
        "Mon 23",
        "Tue 24",
        "Wed 25",
        "Thu 26",
    ]


def test_windows_far_apart_are_found() -> None:
    rare = Rule(
        frozenset(range(7)),
        time(9),
        time(10),
        days_of_month=frozenset({29}),
        months=frozenset({2}),
    )
    found = around(london(rare), seconds(2026, 11, 25))
    starts = [datetime.fromtimestamp(one.start or 0, UTC).year for one in found]
    assert starts == [2020, 2024, 2028, 2032, 2036]


def test_times_are_the_zone_s_and_utc() -> None:
    tokyo = Schedule(ZoneInfo("Asia/Tokyo"), (OFFICE,))
    first = preview(tokyo, seconds(2026, 11, 25)).windows[0]
    assert first.start is not None
    assert f"{first.start.local:%H:%M %Z} {first.start.utc:%H:%M}" == "09:00 JST 00:00"


def test_a_window_over_a_change_of_the_clocks_says_so() -> None:
    nights = Rule(parse_weekdays("sat"), time(22), time(6))
    shown = preview(london(nights), seconds(2026, 3, 27)).windows
    assert (shown[2].length, shown[2].clocks) == (
        "7 h",
        "1 h shorter than by the clock",
    )
    assert {one.clocks for one in shown[3:]} == {""}


def test_what_never_ends_has_no_end() -> None:
    (one,) = preview(london(always_open=True), seconds(2026, 3, 27)).windows
    assert (one.start, one.end, one.length) == (None, None, "more than ten years")


def test_four_weeks_from_monday_with_reasons_and_clocks() -> None:
    closed = Override(
        datetime(2026, 10, 22, 12), datetime(2026, 10, 22, 17), "closed", "move"
    )
    subject = london(OFFICE, overrides=((closed,),))
    weeks = preview(subject, seconds(2026, 10, 22, 12)).weeks
    assert [len(week) for week in weeks] == [7] * 4
    assert weeks[0][0].date == date(2026, 10, 19)
    thursday, sunday = weeks[0][3], weeks[0][6]
    assert thursday.now == 541
    assert (thursday.open, thursday.reasons) == (("09:00-12:00",), ("closed: move",))
    assert [bar.kind for bar in thursday.bars] == ["open", "by-closed"]
    assert (sunday.clocks, sunday.open, sunday.bars) == ("25 h", (), ())
    assert (thursday.bars[0].x, thursday.bars[0].width) == (375, 125)


def test_a_holiday_is_named_and_a_whole_day_is_called_that() -> None:
    daily = Rule(frozenset(range(7)), time(0), time(0), end_day=1)
    subject = london(daily, holidays=calendar("GB-ENG"))
    week = preview(subject, seconds(2026, 12, 24)).weeks[0]
    assert week[3].open == ("all day",)
    assert (week[4].open, week[4].reasons) == ((), ("closed: Christmas Day",))


def test_an_evening_that_runs_on_ends_at_24_00() -> None:
    nights = Rule(frozenset({3}), time(22), time(6))
    week = preview(london(nights), seconds(2026, 12, 24)).weeks[0]
    assert (week[3].open, week[4].open) == (("22:00-24:00",), ("00:00-06:00",))


@settings(max_examples=60, deadline=None)
@given(schedules() | composed(), st.integers(seconds(2026, 1, 1), seconds(2026, 12, 1)))
def test_every_schedule_can_be_shown(subject: Schedule, moment: int) -> None:
    shown = preview(subject, moment)
    past = [one for one in shown.windows if one.place == "past"]
    assert len(past) <= BEFORE
    assert len(shown.windows) - len(past) <= AHEAD
    assert any(one.place == "now" for one in shown.windows) == shown.state.in_window
    assert sum(cell.now is not None for week in shown.weeks for cell in week) == 1
    for week in shown.weeks:
        for cell in week:
            assert all(bar.x >= 0 for bar in cell.bars)
            assert all(bar.x + bar.width <= 1004 for bar in cell.bars)


def test_of_thousands_of_overrides_at_a_time_some_are_told() -> None:
    first, last = datetime(1900, 1, 1), datetime(2200, 1, 1)
    shut = tuple(Override(first, last, "closed", f"no {n}") for n in range(10_000))
    subject = Schedule(ZoneInfo("UTC"), always_open=True, overrides=(shut,))
    moment = seconds(2026, 11, 25, 12)
    began = process_time()
    (wednesday,) = (
        one for week in preview(subject, moment).weeks for one in week if one.now
    )
    assert process_time() - began < 8
    assert len(wednesday.bars) == 20
    assert wednesday.reasons[-2:] == ("closed: no 19", "and 9,980 more")
    assert reason_closed(subject, moment).endswith("no 4; and 9,995 more")
