"""What a schedule says that its author may not mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otel_sla.schedule import Override, Rule, Schedule
from otel_sla.schedule.holidays import calendar
from otel_sla.schedule.lint import advice
from otel_sla.schedule.long_overrides import distant_overrides
from otel_sla.schedule.notation import parse_weekdays

from ..support.make import seconds

NOW = seconds(2026, 11, 25, 12)
SATURDAY = datetime(2026, 11, 28)


def rule(days: str, start: str, end: str, **fields: Any) -> Rule:
    opens, closes = map(time.fromisoformat, (start, end))
    return Rule(parse_weekdays(days), opens, closes, **fields)


def schedule(*rules: Rule, **fields: Any) -> Schedule:
    return Schedule(ZoneInfo("Europe/London"), rules, **fields)


def closed(start: str, end: str, kind: Any = "closed") -> Override:
    first, last = map(datetime.fromisoformat, (start, end))
    return Override(first, last, kind)


def only(day: int, month: int) -> dict[str, Any]:
    return {"days_of_month": frozenset({day}), "months": frozenset({month})}


OFFICE = rule("mon-fri", "09:00", "17:00")
SATURDAYS = schedule(rule("sat", "09:00", "17:00"), name="saturdays")
FRIDAYS = schedule(rule("fri", "09:00", "17:00"), name="fridays")
HALF_HOURS = schedule(rule("daily", "12:00", "12:30"), name="lunch")
NIGHTLY = rule("daily", "02:00", "02:20", kind="closed")


@pytest.mark.parametrize(
    "subject",
    [
        schedule(OFFICE),
        schedule(OFFICE, rule("sat", "10:00", "14:00")),
        schedule(rule("mon-fri", "09:00", "12:00"), rule("mon-fri", "13:00", "17:00")),
        schedule(OFFICE, rule("mon-fri", "17:00", "20:00")),
        schedule(rule("daily", "22:00", "06:00")),
        schedule(always_open=True),
        schedule(NIGHTLY, always_open=True),
        schedule(rule("daily", "22:00", "06:00"), NIGHTLY),
        schedule(
            OFFICE, overrides=((closed("2026-12-24T12:00", "2026-12-24T17:00"),),)
        ),
        schedule(OFFICE, includes=(SATURDAYS,)),
        schedule(includes=(SATURDAYS,)),
        schedule(OFFICE, excludes=(FRIDAYS,)),
        # A gap that an included schedule fills, and one that an excluded one makes.
        schedule(
            rule("mon-fri", "09:00", "12:00"),
            rule("mon-fri", "12:30", "17:00"),
            includes=(HALF_HOURS,),
        ),
        schedule(OFFICE, excludes=(HALF_HOURS,)),
        # No rule overlaps with an included schedule.
        schedule(OFFICE, includes=(schedule(rule("fri", "09:00", "18:00")),)),
        # What is past is of no concern.
        schedule(
            OFFICE, overrides=((closed("2020-01-04T12:00", "2020-01-04T17:00"),),)
        ),
    ],
)
def test_there_is_nothing_to_say_of_what_is_meant(subject: Schedule) -> None:
    assert list(advice(subject, NOW)) == []


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (schedule(), "The schedule has no rules that open"),
        (schedule(OFFICE, always_open=True), "rules that open don't apply"),
        (
            schedule(always_open=True, holidays=calendar("US")),
            "use a rule daily 00:00–24:00 instead.",
        ),
        (
            schedule(OFFICE, includes=(SATURDAYS, FRIDAYS)),
            "The included schedule 'fridays' opens nothing within a year: the schedule "
            "is open without it, too.",
        ),
        (
            schedule(OFFICE, excludes=(FRIDAYS, SATURDAYS)),
            "The excluded schedule 'saturdays' closes nothing within a year: the "
            "schedule is closed without it, too.",
        ),
        (
            schedule(
                rule("daily", "09:00", "17:00", **only(30, 2)), includes=(SATURDAYS,)
            ),
            "Rule 1 (daily 09:00–17:00, months 2, days of month 30) never runs",
        ),
        (
            schedule(OFFICE, NIGHTLY),
            "Rule 2 (closed daily 02:00–02:20) closes nothing within a year",
        ),
        (
            schedule(
                OFFICE, rule("daily", "09:00", "17:00", valid_to=date(2026, 1, 2))
            ),
            "never runs again: its last window ended on 2026-01-02.",
        ),
        (
            schedule(rule("daily", "09:00", "17:00", **only(30, 2))),
            "never runs: no day of the next ten years meets",
        ),
        (
            schedule(
                rule("daily", "09:00", "17:00", **only(25, 12)),
                holidays=calendar("US"),
            ),
            "or all such days are holidays",
        ),
        (
            schedule(OFFICE, rule("fri,sat", "16:00", "18:00")),
            "Rules 1 and 2 overlap, next on Fri 2026-11-27 16:00 for 1 h",
        ),
        (
            schedule(rule("daily", "22:00", "06:00"), rule("thu", "05:00", "09:00")),
            "Rules 1 and 2 overlap, next on Thu 2026-11-26 05:00 for 1 h",
        ),
        (
            schedule(rule("daily", "00:00", "23:59")),
            "closed for only 1 min from Wed 2026-11-25 23:59",
        ),
        (
            schedule(
                OFFICE, overrides=((closed("2026-11-28T09:00", "2026-11-28T17:00"),),)
            ),
            "The closed override from 2026-11-28 09:00 has no effect",
        ),
        (
            schedule(
                OFFICE,
                overrides=((closed("2026-11-26T10:00", "2026-11-26T11:00", "open"),),),
            ),
            "The open override from 2026-11-26 10:00 has no effect",
        ),
    ],
)
def test_what_may_not_be_meant_is_said(subject: Schedule, words: str) -> None:
    (sentence,) = advice(subject, NOW)
    assert words in sentence


def test_of_many_rules_that_overlap_some_are_named() -> None:
    sentences = list(advice(schedule(*[OFFICE] * 6), NOW))
    assert len(sentences) == 6
    assert sentences[-1] == "More rules overlap."


def test_an_override_that_had_its_effect_already_is_not_told_to_have_none() -> None:
    # It closes Tuesday afternoon; what is left at noon on Wednesday is a holiday.
    party = closed("2026-11-24T12:00", "2026-11-26T00:00")
    off = closed("2026-11-25T00:00", "2026-11-26T00:00")
    told = list(advice(schedule(OFFICE, overrides=((party, off),)), NOW))
    assert "from 2026-11-24 12:00 has no effect any more:" in told[0]
    assert "from 2026-11-25 00:00 has no effect any more:" in told[1]


def test_of_an_override_longer_than_is_looked_at_only_its_length_is_said() -> None:
    late = rule("daily", "09:00", "17:00", valid_from=date(2035, 1, 1))
    shut = closed("2026-01-01T00:00", "2040-01-01T00:00")
    assert list(advice(schedule(late, overrides=((shut,),)), NOW)) == [
        "The closed override from 2026-01-01 00:00 to 2040-01-01 00:00 lasts 5,113 d. "
        "Are its dates right?"
    ]


def test_a_mistyped_year_is_named_and_not_the_right_override_within_it() -> None:
    typed = closed("2026-12-24T12:00", "2027-12-24T17:00")
    right = closed("2027-03-01T12:00", "2027-03-01T17:00")
    for layers in (((typed, right),), ((right,), (typed,)), ((typed,), (right,))):
        assert list(advice(schedule(OFFICE, overrides=layers), NOW)) == [
            "The closed override from 2026-12-24 12:00 to 2027-12-24 17:00 lasts 365 d "
            "5 h and takes 344 h of 512 h of open time in the next 90 days. Are "
            "its dates right?"
        ]


def test_an_override_that_takes_most_of_the_open_time_is_named() -> None:
    monthly = rule("sat", "08:00", "20:00", months=frozenset({12}), nth=1)
    most = closed("2026-12-05T00:00", "2026-12-06T00:00")
    assert list(advice(schedule(monthly, overrides=((most,),)), NOW)) == [
        "The closed override from 2026-12-05 00:00 to 2026-12-06 00:00 lasts 1 d and "
        "takes 12 h of 12 h of open time in the next 90 days. Are its dates right?"
    ]
    half = closed("2026-12-05T00:00", "2026-12-05T14:00")
    assert list(advice(schedule(monthly, overrides=((half,),)), NOW)) == []


def test_an_opening_of_more_than_a_week_is_named_with_its_reason() -> None:
    opening = replace(
        closed("2026-12-24T12:00", "2027-12-24T17:00", "open"), reason="sale"
    )
    assert list(advice(schedule(OFFICE, overrides=((opening,),)), NOW)) == [
        "The open override from 2026-12-24 12:00 to 2027-12-24 17:00 (sale) lasts "
        "365 d 5 h. Are its dates right?"
    ]
    week = closed("2026-12-24T00:00", "2026-12-31T00:00")
    assert list(advice(schedule(OFFICE, overrides=((week,),)), NOW)) == []


@pytest.mark.parametrize("always_open", [False, True])
def test_ten_thousand_overrides_of_minutes_are_advised_on_in_seconds(
    always_open: bool,
) -> None:
    first = datetime(2026, 11, 26)
    several = tuple(
        Override(
            first + timedelta(minutes=4 * n),
            first + timedelta(minutes=4 * n + 1),
            "open",
        )
        for n in range(10_000)
    )
    rules = () if always_open else (OFFICE,)
    began = process_time()
    list(advice(schedule(*rules, always_open=always_open, overrides=(several,)), NOW))
    assert process_time() - began < 3


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2025-12-02T10:00", "2025-12-02T12:00", "is over already"),
        ("2062-12-02T10:00", "2062-12-02T12:00", "begins more than two years from now"),
    ],
)
def test_a_new_override_of_another_year_is_named_until_it_is_saved(
    start: str, end: str, words: str
) -> None:
    before = schedule(
        OFFICE, overrides=((closed("2026-12-02T10:00", "2026-12-03T00:00"),),)
    )
    after = replace(before, overrides=((*before.overrides[0], closed(start, end)),))
    named = f"The closed override from {start} to {end} {words}. Are its dates right?"
    assert list(distant_overrides(after, before, NOW)) == [named.replace("T1", " 1")]
    assert list(distant_overrides(after, after, NOW)) == []
    elsewhere = replace(after, zone=ZoneInfo("Asia/Tokyo"))
    assert list(distant_overrides(elsewhere, before, NOW)) == []


def test_the_overrides_of_a_new_schedule_are_all_new() -> None:
    begun = closed("2026-11-24T12:00", "2026-11-26T00:00")
    over = closed("2026-11-24T12:00", "2026-11-25T00:00")
    (told,) = distant_overrides(schedule(overrides=((begun, over),)), None, NOW)
    assert "to 2026-11-25 00:00 is over already" in told
