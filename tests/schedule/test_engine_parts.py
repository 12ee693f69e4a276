"""The parts of the engine on their own: spans, patterns, and how far it looks."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from otel_sla.schedule import HORIZON, Schedule
from otel_sla.schedule.boundaries import Stretch
from otel_sla.schedule.calendars import NO_HOLIDAYS
from otel_sla.schedule.compiled import is_gapless, patterns, runs, windows, within
from otel_sla.schedule.notation import parse_weekdays
from otel_sla.schedule.overrides import Override
from otel_sla.schedule.rules import LAST, Rule
from otel_sla.schedule.spans import DAY, EPOCH, merge, subtract, to_unix
from otel_sla.schedule.timezones import zone

from ..support.calendars import days_off
from ..support.make import seconds

MONDAY = date(2026, 1, 5).toordinal()
NOON = seconds(2026, 3, 27, 12)


def rule(days: str, start: str, end: str, **fields: Any) -> Rule:
    return Rule(
        parse_weekdays(days),
        time.fromisoformat(start),
        time.fromisoformat(end),
        **fields,
    )


@pytest.mark.parametrize(
    ("spans", "merged"),
    [
        ([], []),
        ([(1, 1), (3, 2)], []),
        ([(5, 6), (1, 2)], [(1, 2), (5, 6)]),
        ([(1, 3), (3, 4)], [(1, 4)]),
        ([(1, 5), (2, 3), (4, 6)], [(1, 6)]),
        ([(1, 5), (2, 5)], [(1, 5)]),
    ],
)
def test_merge(spans: list[tuple[int, int]], merged: list[tuple[int, int]]) -> None:
    assert merge(spans) == merged


@pytest.mark.parametrize(
    ("spans", "cuts", "left"),
    [
        ([(1, 5)], [], [(1, 5)]),
        ([(1, 5)], [(0, 1), (5, 6)], [(1, 5)]),
        ([(1, 5)], [(1, 5)], []),
        ([(1, 5)], [(0, 6)], []),
        ([(1, 5)], [(2, 3)], [(1, 2), (3, 5)]),
        ([(1, 9)], [(2, 3), (5, 6)], [(1, 2), (3, 5), (6, 9)]),
        ([(1, 3), (5, 8)], [(2, 6)], [(1, 2), (6, 8)]),
        ([(1, 3), (5, 8), (9, 10)], [(0, 2), (7, 12)], [(2, 3), (5, 7)]),
    ],
)
def test_subtract(
    spans: list[tuple[int, int]],
    cuts: list[tuple[int, int]],
    left: list[tuple[int, int]],
) -> None:
    assert subtract(spans, cuts) == left


@pytest.mark.parametrize(
    ("reading", "unix"),
    [
        (datetime(2026, 3, 29, 0, 59, 59), seconds(2026, 3, 29, 0, 59, 59)),
        (datetime(2026, 3, 29, 1), seconds(2026, 3, 29, 1)),
        (datetime(2026, 3, 29, 1, 59, 59), seconds(2026, 3, 29, 1)),
        (datetime(2026, 3, 29, 2), seconds(2026, 3, 29, 1)),
        (datetime(2026, 3, 29, 2, 0, 1), seconds(2026, 3, 29, 1, 0, 1)),
        (datetime(2026, 10, 25, 0, 59, 59), seconds(2026, 10, 24, 23, 59, 59)),
        (datetime(2026, 10, 25, 1), seconds(2026, 10, 25, 0)),
        (datetime(2026, 10, 25, 1, 59, 59), seconds(2026, 10, 25, 0, 59, 59)),
        (datetime(2026, 10, 25, 2), seconds(2026, 10, 25, 2)),
        (datetime(1970, 1, 1), -3600),
        (datetime(2026, 1, 5, 12, 34, 56), seconds(2026, 1, 5, 12, 34, 56)),
        (datetime(2026, 1, 5, 0, 59, 1), seconds(2026, 1, 5, 0, 59, 1)),
    ],
)
def test_readings_around_both_changes_in_london(reading: datetime, unix: int) -> None:
    local = int(reading.replace(tzinfo=UTC).timestamp()) + EPOCH
    assert to_unix(local, ZoneInfo("Europe/London")) == unix


@pytest.mark.parametrize(
    ("name", "reading", "instant"),
    [
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 1, 59), (2026, 10, 3, 15, 29)),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 29), (2026, 10, 3, 15, 30)),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 30), (2026, 10, 3, 15, 30)),
        ("Pacific/Chatham", datetime(2026, 9, 27, 2, 44), (2026, 9, 26, 13, 59)),
        ("Pacific/Chatham", datetime(2026, 9, 27, 2, 46), (2026, 9, 26, 14)),
        ("Pacific/Chatham", datetime(2026, 9, 27, 3, 45), (2026, 9, 26, 14)),
        ("Pacific/Chatham", datetime(2026, 4, 5, 3), (2026, 4, 4, 13, 15)),
        ("Pacific/Chatham", datetime(2026, 4, 5, 3, 43), (2026, 4, 4, 13, 58)),
        ("Pacific/Apia", datetime(2011, 12, 30, 17), (2011, 12, 30, 10)),
        ("America/St_Johns", datetime(2010, 11, 7, 0, 0, 59), (2010, 11, 7, 2, 30, 59)),
        ("America/St_Johns", datetime(2010, 11, 7, 0, 1), (2010, 11, 7, 3, 31)),
        ("America/Nuuk", datetime(2023, 10, 28, 23, 30), (2023, 10, 29, 1, 30)),
    ],
)
def test_readings_around_changes_elsewhere(
    name: str, reading: datetime, instant: tuple[int, ...]
) -> None:
    local = int(reading.replace(tzinfo=UTC).timestamp()) + EPOCH
    assert to_unix(local, zone(name)) == seconds(*instant)


GAPLESS: dict[str, tuple[tuple[Rule, ...], bool, bool]] = {
    "a day, every day": ((rule("daily", "00:00", "00:00", end_day=1),), False, True),
    "cancelled by holidays": (
        (rule("daily", "00:00", "00:00", end_day=1),),
        True,
        False,
    ),
    "also on holidays": (
        (rule("daily", "09:00", "09:00", end_day=1, on_holidays=True),),
        True,
        True,
    ),
    "one second short": (
        (rule("daily", "00:00:01", "00:00", end_day=1),),
        False,
        False,
    ),
    "six days of seven": (
        (rule("mon-sat", "00:00", "00:00", end_day=1),),
        False,
        False,
    ),
    "a week on end": ((rule("wed", "09:00", "09:00", end_day=7),), False, True),
    "a week but for a second": (
        (rule("wed", "09:00:01", "09:00", end_day=7),),
        False,
        False,
    ),
    "all but a Saturday": (
        (rule("sun-fri", "00:00", "00:00", end_day=1),),
        False,
        False,
    ),
    "a week on end, from a Monday": (
        (rule("mon", "12:00", "12:00", end_day=7),),
        False,
        True,
    ),
    "a week on end, and some of it again": (
        (rule("wed", "09:00", "09:00", end_day=7), rule("mon", "08:00", "09:00")),
        False,
        True,
    ),
    "a minute short, and hours over each other": (
        (
            rule("mon-thu", "00:00", "00:00", end_day=1),
            rule("fri,sat", "00:00", "12:00", end_day=1),
            rule("sun", "12:01", "00:00", end_day=1),
        ),
        False,
        False,
    ),
    "enough hours, but over each other": (
        (rule("mon-wed", "00:00", "00:00", end_day=3),),
        False,
        False,
    ),
    "two rules that meet": (
        (
            rule("mon-thu", "08:00", "08:00", end_day=1),
            rule("fri", "08:00", "08:00", end_day=3),
        ),
        False,
        True,
    ),
    "only for a time": (
        (rule("daily", "00:00", "00:00", end_day=1, valid_to=date(2099, 1, 1)),),
        False,
        False,
    ),
    "only since a time": (
        (rule("daily", "00:00", "00:00", end_day=1, valid_from=date(1999, 1, 1)),),
        False,
        False,
    ),
    "only in a month": (
        (rule("daily", "00:00", "00:00", end_day=1, months=frozenset({1})),),
        False,
        False,
    ),
    "only on a day of the month": (
        (rule("daily", "00:00", "00:00", end_day=7, days_of_month=frozenset({1})),),
        False,
        False,
    ),
    "only the last of its kind": (
        (rule("daily", "00:00", "00:00", end_day=7, nth=LAST),),
        False,
        False,
    ),
    "only every second week": (
        (
            rule(
                "daily",
                "00:00",
                "00:00",
                end_day=1,
                every_weeks=2,
                anchor=date(2026, 1, 5),
            ),
        ),
        False,
        False,
    ),
    "no rule": ((), False, False),
}


@pytest.mark.parametrize("case", GAPLESS)
def test_rules_that_leave_no_second_closed_are_recognised(case: str) -> None:
    rules, holidays, gapless = GAPLESS[case]
    calendar = days_off(date(2026, 12, 25)) if holidays else NO_HOLIDAYS
    assert is_gapless(patterns(rules), calendar) == gapless


def test_windows_of_rules_on_the_same_days_are_merged() -> None:
    (pattern,) = patterns(
        (
            rule("mon", "09:00", "12:00"),
            rule("mon", "12:00", "01:00"),
            rule("mon", "03:00", "04:00"),
        )
    )
    assert pattern.spans == ((10_800, 14_400), (32_400, DAY + 3_600))
    assert pattern.days_on == 1
    assert pattern.seconds_a_week() == 3_600 + 16 * 3_600


@pytest.mark.parametrize(
    "rules",
    [
        (rule("mon-fri", "09:00", "17:00"),),
        (rule("mon-fri", "22:00", "06:00"), rule("sat", "05:00", "13:00")),
        (rule("sat", "20:00", "00:00", end_day=2), rule("mon", "00:00", "08:00")),
        (rule("sun", "12:00", "18:00", end_day=7), rule("mon", "01:00", "02:00")),
        (rule("daily", "00:00", "00:00", end_day=1),),
        (rule("sun", "02:00", "04:00", kind="closed"),),
        (),
    ],
)
@pytest.mark.parametrize("length", [0, 1, 6, 7, 8, 15])
def test_what_is_the_same_every_week_is_what_walking_its_days_finds(
    rules: tuple[Rule, ...], length: int
) -> None:
    for first in range(MONDAY, MONDAY + 7):
        days = first, first + length
        weekly = windows(patterns(rules), days, NO_HOLIDAYS)
        # A rule that begins on some date is not the same every week.
        walked = [replace(one, valid_from=date(2000, 1, 1)) for one in rules]
        assert weekly == windows(patterns(walked), days, NO_HOLIDAYS)


@pytest.mark.parametrize(
    ("hours", "unbroken"),
    [
        ([("09:00", "09:00", 1)], True),
        ([("09:00", "08:59:59", 1)], False),
        ([("09:00", "08:00", 3)], True),
        ([("09:00", "12:00", 0), ("12:00", "09:00", 1)], True),
        ([("09:00", "10:00", 0), ("12:00", "13:00", 1)], False),
    ],
)
def test_a_window_that_lasts_until_the_next_day_s_leaves_no_break(
    hours: list[tuple[str, str, int]], unbroken: bool
) -> None:
    (pattern,) = patterns(
        tuple(rule("daily", start, end, end_day=days) for start, end, days in hours)
    )
    assert pattern.unbroken == unbroken


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([], []),
        ([1], [(1, 1)]),
        ([1, 2, 3], [(1, 3)]),
        ([1, 3], [(1, 1), (3, 3)]),
        ([2, 3, 5, 7, 8], [(2, 3), (5, 5), (7, 8)]),
    ],
)
def test_runs(days: list[int], found: list[tuple[int, int]]) -> None:
    assert list(runs(days)) == found


@pytest.mark.parametrize(
    "restriction",
    [
        {"nth": 1},
        {"months": frozenset({1})},
        {"days_of_month": frozenset({1})},
        {"every_weeks": 2, "anchor": date(2026, 1, 5)},
        {"every_days": 14, "anchor": date(2026, 1, 5)},
        {"valid_from": date(2026, 1, 5)},
        {"valid_to": date(2026, 1, 5)},
        {"on_holidays": True},
    ],
)
def test_rules_on_other_days_are_not_merged(restriction: dict[str, Any]) -> None:
    plain = rule("mon", "09:00", "12:00")
    assert len(patterns((plain, rule("mon", "10:00", "13:00", **restriction)))) == 2


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ((0, 9), [(0, 5 * DAY), (6 * DAY, 7 * DAY), (8 * DAY, 9 * DAY)]),
        ((1, 1), [(DAY, 2 * DAY)]),
        ((4, 4), [(4 * DAY, 5 * DAY)]),
        ((5, 5), []),
        ((5, 6), [(6 * DAY, 7 * DAY)]),
        ((6, 7), [(6 * DAY, 7 * DAY)]),
        ((7, 8), [(8 * DAY, 9 * DAY)]),
        ((9, 20), []),
    ],
)
def test_within_is_what_of_the_spans_lies_in_the_days(
    days: tuple[int, int], found: list[tuple[int, int]]
) -> None:
    spans = [(0, 5 * DAY), (6 * DAY, 7 * DAY), (8 * DAY, 9 * DAY)]
    assert within(spans, days) == found


@pytest.mark.parametrize(
    ("moment", "open_", "last", "next_"),
    [
        (9, True, (None, None), (20, 10)),
        (10, False, (None, 10), (20, 30)),
        (19, False, (None, 10), (20, 30)),
        (20, True, (20, 10), (40, 30)),
        (29, True, (20, 10), (40, 30)),
        (30, False, (20, 30), (40, None)),
        (40, True, (40, 30), (None, None)),
    ],
)
def test_a_stretch_knows_the_boundaries_within_and_none_where_it_is_cut_off(
    moment: int,
    open_: bool,
    last: tuple[int | None, int | None],
    next_: tuple[int | None, int | None],
) -> None:
    stretch = Stretch(0, 50, [(0, 10), (20, 30), (40, 50)])
    assert stretch.covers(moment) == open_
    assert stretch.last(moment) == last
    assert stretch.next(moment) == next_


def test_days_are_those_between_first_and_last_both_inclusive() -> None:
    mondays = rule("mon", "09:00", "10:00")
    assert list(mondays.days(MONDAY, MONDAY)) == [MONDAY]
    assert list(mondays.days(MONDAY + 1, MONDAY + 6)) == []
    assert list(mondays.days(MONDAY + 1, MONDAY)) == []
    first_of_month = rule("daily", "09:00", "10:00", days_of_month=frozenset({1}))
    assert list(first_of_month.days(MONDAY - 4, MONDAY - 4)) == [MONDAY - 4]
    once = rule("daily", "09:00", "10:00", valid_from=date(2026, 1, 5))
    assert list(once.days(1, MONDAY)) == [MONDAY]


def test_an_anchor_without_an_interval_restricts_nothing() -> None:
    anchored = rule("mon", "09:00", "10:00", anchor=date(2026, 1, 5))
    assert list(anchored.days(MONDAY, MONDAY + 7)) == [MONDAY, MONDAY + 7]


def test_days_ascend_whatever_the_order_of_the_weekdays() -> None:
    weekend = rule("sun,sat,mon", "09:00", "10:00")
    assert list(weekend.days(MONDAY, MONDAY + 6)) == [MONDAY, MONDAY + 5, MONDAY + 6]


OFFICE = Schedule(ZoneInfo("UTC"), (rule("mon-fri", "09:00", "17:00"),))
FRIDAYS = Schedule(ZoneInfo("UTC"), (rule("fri", "09:00", "17:00"),))
LUNCH = rule("daily", "12:00", "13:00", kind="closed")
NEVER, ALWAYS = (
    Schedule(ZoneInfo("UTC"), always_open=always) for always in (False, True)
)
OPENED_ONCE = Schedule(
    ZoneInfo("UTC"),
    overrides=((Override(datetime(2026, 3, 1), datetime(2026, 3, 2), "open"),),),
)


@pytest.mark.parametrize(
    ("subject", "looks"),
    [
        (Schedule(ZoneInfo("UTC"), (rule("mon-fri", "09:00", "17:00"),)), 1),
        (Schedule(ZoneInfo("UTC"), always_open=True), 1),
        (Schedule(ZoneInfo("UTC")), 1),
        (Schedule(ZoneInfo("UTC"), (rule("daily", "00:00", "00:00", end_day=1),)), 1),
        (Schedule(ZoneInfo("UTC"), (LUNCH,)), 1),
        (Schedule(ZoneInfo("UTC"), includes=(NEVER, ALWAYS)), 1),
        (Schedule(ZoneInfo("UTC"), excludes=(OFFICE,)), 1),
        (Schedule(ZoneInfo("UTC"), always_open=True, excludes=(NEVER,)), 1),
        (Schedule(ZoneInfo("UTC"), always_open=True, includes=(OFFICE,)), 1),
        (
            Schedule(
                ZoneInfo("UTC"), (LUNCH,), includes=(OFFICE,), excludes=(OFFICE, ALWAYS)
            ),
            1,
        ),
        (
            Schedule(ZoneInfo("UTC"), includes=(Schedule(ZoneInfo("UTC"), (LUNCH,)),)),
            1,
        ),
        (Schedule(ZoneInfo("UTC"), includes=(OFFICE,)), 1),
        (Schedule(ZoneInfo("UTC"), includes=(FRIDAYS,)), 3),
        (Schedule(ZoneInfo("UTC"), includes=(OPENED_ONCE,)), 17),
        (Schedule(ZoneInfo("UTC"), always_open=True, excludes=(FRIDAYS,)), 3),
        (Schedule(ZoneInfo("UTC"), (rule("fri", "09:00", "17:00"),)), 3),
        (Schedule(ZoneInfo("UTC"), (rule("fri", "09:00", "17:00", nth=LAST),)), 5),
    ],
)
def test_no_more_stretches_are_searched_than_it_takes(
    subject: Schedule, looks: int
) -> None:
    with patch.object(
        Schedule, "_stretch", autospec=True, side_effect=Schedule._stretch
    ) as stretch:
        subject.state(NOON)
    assert stretch.call_count == looks


@pytest.mark.parametrize(
    ("override", "days"),
    [
        (("2025-12-01", "2026-03-28"), (-256, 4)),
        (("2026-03-27", "2026-12-01"), (-4, 256)),
    ],
)
def test_a_period_s_windows_are_looked_for_further_out_where_they_are_cut_off(
    override: tuple[str, str], days: tuple[int, int]
) -> None:
    start, end = map(datetime.fromisoformat, override)
    once = Schedule(ZoneInfo("UTC"), overrides=((Override(start, end, "open"),),))
    with patch.object(
        Schedule, "_stretch", autospec=True, side_effect=Schedule._stretch
    ) as stretch:
        once.windows(NOON, NOON + 1)
    today = date(2026, 3, 27).toordinal()
    assert stretch.call_args.args[1:] == (today + days[0], today + days[1])


def test_the_whole_of_ten_years_is_searched_without_a_hole() -> None:
    weekly = Schedule(
        ZoneInfo("UTC"), (rule("fri", "09:00", "17:00", nth=5, months=frozenset({2})),)
    )
    with patch.object(
        Schedule, "_stretch", autospec=True, side_effect=Schedule._stretch
    ) as stretch:
        weekly.state(NOON)
    asked = sorted(call.args[1:] for call in stretch.call_args_list)
    for (_, last), (first, _) in pairwise(asked):
        assert first < last
    today = date(2026, 3, 27).toordinal()
    assert asked[0][0] < today - HORIZON // DAY
    assert asked[-1][1] > today + HORIZON // DAY
    assert max(last - first for first, last in asked) <= 401


def test_a_state_holds_from_its_moment_up_to_its_until_and_not_at_it() -> None:
    office = Schedule(ZoneInfo("UTC"), (rule("mon-fri", "09:00", "17:00"),))
    state = office.state(NOON)
    assert state.until == seconds(2026, 3, 27, 17)
    assert [state.holds_at(NOON - 1), state.holds_at(NOON)] == [False, True]
    assert [state.holds_at(state.until - 1), state.holds_at(state.until)] == [
        True,
        False,
    ]


@pytest.mark.parametrize("kind", ["start", "end"])
def test_a_window_s_far_boundary_is_known_up_to_ten_years_off(kind: str) -> None:
    far = Override(datetime(2010, 1, 1), datetime(2030, 1, 1), "open")
    once = Schedule(ZoneInfo("UTC"), overrides=((far,),))
    starts, ends = seconds(2010, 1, 1), seconds(2030, 1, 1)
    at = {
        "start": (starts + HORIZON, starts + HORIZON + 1),
        "end": (ends - HORIZON - 1, ends - HORIZON),
    }[kind]
    (window,) = once.windows(*at)
    assert getattr(window, kind) == {"start": starts, "end": ends}[kind]
    away = {"start": 1, "end": -1}[kind]
    (window,) = once.windows(at[0] + away, at[1] + away)
    assert getattr(window, kind) is None


def test_ten_years_are_3653_days() -> None:
    assert HORIZON == 3_653 * 86_400


def test_definitions_compare_and_print_by_what_was_given() -> None:
    """Whatever has been worked out or asked of them since."""

    def defined() -> Schedule:
        closed = Override(datetime(2026, 1, 1), datetime(2026, 1, 2), "closed")
        first = rule("mon", "09:00", "10:00", nth=1)
        return Schedule(ZoneInfo("UTC"), (first,), overrides=((closed,),))

    asked, unasked = defined(), defined()
    asked.state(NOON)
    assert (asked, hash(asked)) == (unasked, hash(unasked))
    assert " _" not in repr(asked)
    assert asked.rules != (replace(asked.rules[0], nth=2),)


def test_a_definition_that_replaces_another_is_worked_out_afresh() -> None:
    mondays = rule("mon", "09:00", "10:00", months=frozenset({1}))
    assert list(mondays.days(MONDAY, MONDAY + 2)) == [MONDAY]
    tuesdays = replace(mondays, weekdays=frozenset({1}))
    assert list(tuesdays.days(MONDAY, MONDAY + 2)) == [MONDAY + 1]


def test_definitions_can_not_be_changed() -> None:
    for thing, name in (
        (rule("mon", "09:00", "10:00"), "start"),
        (Override(datetime(2026, 1, 1), datetime(2026, 1, 2), "open"), "kind"),
        (Schedule(ZoneInfo("UTC")), "rules"),
        (Schedule(ZoneInfo("UTC")).state(NOON), "until"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, name, None)
        with pytest.raises((AttributeError, TypeError)):
            object.__setattr__(thing, "another", None)


def test_only_zones_whose_clocks_matter_are_watched() -> None:
    london, berlin, cairo = map(
        ZoneInfo, ("Europe/London", "Europe/Berlin", "Africa/Cairo")
    )
    daily = (rule("daily", "09:00", "17:00"),)
    inner = Schedule(berlin, daily, excludes=(Schedule(cairo, daily),))
    assert Schedule(london, includes=(inner,)).zones == {london, berlin, cairo}
    assert Schedule(london, daily, excludes=(inner,)).zones == {london, berlin, cairo}
    assert Schedule(london, excludes=(inner,)).zones == {london}
    assert Schedule(london, includes=(Schedule(cairo),)).zones == {london}
