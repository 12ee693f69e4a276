"""What a change does to open time, and how that is said."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from otel_sla.schedule import Rule, Schedule, State
from otel_sla.schedule.notation import parse_weekdays
from otel_sla.schedule.open_time_change import OpenTime, hours, open_time
from otel_sla.schedule.wording import in_words

from ..support.make import seconds

LONDON = ZoneInfo("Europe/London")
OFFICE = Schedule(LONDON, (Rule(parse_weekdays("mon-fri"), time(9), time(17)),))
SHORTER = Schedule(LONDON, (Rule(parse_weekdays("mon-thu"), time(9), time(17)),))
WEEK = seconds(2026, 11, 23), seconds(2026, 11, 30)


def test_open_time_is_what_lies_in_the_period() -> None:
    assert open_time(OFFICE, *WEEK)[:2] == (5 * 8 * 3600, 5)
    noon = seconds(2026, 11, 23, 12)
    assert open_time(OFFICE, noon, noon + 3600)[:2] == (3600, 1)


def test_24x7_is_open_for_all_of_it() -> None:
    always = Schedule(LONDON, always_open=True)
    assert open_time(always, *WEEK)[:2] == (7 * 86_400, 1)


def test_a_change_is_told_as_hours_and_windows() -> None:
    difference = open_time(SHORTER, *WEEK).since(open_time(OFFICE, *WEEK))
    assert str(difference) == "8 h less, 1 fewer window"
    assert str(OpenTime().plus(difference, -12)) == "96 h more, 12 more windows"


def test_a_change_to_other_times_of_as_many_hours_is_a_difference() -> None:
    later = Schedule(LONDON, (Rule(parse_weekdays("mon-fri"), time(10), time(18)),))
    difference = open_time(later, *WEEK).since(open_time(OFFICE, *WEEK))
    told = "same open time, same number of windows, at other times"
    assert str(difference) == told
    assert str(difference.plus(difference)) == told
    assert str(difference.plus(difference, -1)) == told
    again = open_time(OFFICE, *WEEK).since(open_time(OFFICE, *WEEK))
    assert str(again) == "no difference"


@pytest.mark.parametrize(
    ("difference", "told"),
    [
        (OpenTime(), "no difference"),
        (OpenTime(5400, 0), "1.5 h more, same number of windows"),
        (OpenTime(0, 2), "same open time, 2 more windows"),
        (OpenTime(1), "1 s more, same number of windows"),
        (OpenTime(-4_320_000, -1_200), "1,200 h less, 1,200 fewer windows"),
    ],
)
def test_differences_are_told_as_people_would(difference: OpenTime, told: str) -> None:
    assert str(difference) == told


def test_hours_have_two_decimals_at_most() -> None:
    assert [hours(one) for one in (3600, 6300, 100, -29)] == [
        "1 h",
        "1.75 h",
        "0.03 h",
        "-29 s",
    ]


MOMENT = seconds(2026, 11, 25, 14, 46)


@pytest.mark.parametrize(
    ("schedule", "moment", "words"),
    [
        (OFFICE, MOMENT, "Open until 17:00 GMT, 2 h 14 min left"),
        (OFFICE, MOMENT + 3 * 3600, "Closed, opens Thu 09:00 GMT, in 15 h 14 min"),
        (
            Schedule(LONDON, (Rule(frozenset({0}), time(9), time(17), nth=1),)),
            seconds(2026, 3, 10),
            "Closed, opens Mon 2026-04-06 09:00 BST, in 27 d 8 h",
        ),
        (Schedule(LONDON, always_open=True), MOMENT, "Open 24×7"),
        (Schedule(LONDON), MOMENT, "Closed. No opening scheduled"),
        (
            Schedule(LONDON, (Rule(frozenset({2}), time(9), time(14, 46, 30)),)),
            MOMENT,
            "Open until 14:46:30 GMT, 30 s left",
        ),
    ],
)
def test_a_state_is_said_in_words(schedule: Schedule, moment: int, words: str) -> None:
    state: State = schedule.state(moment)
    assert in_words(state, moment, schedule.zone) == words
