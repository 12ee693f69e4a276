"""Time intervals of Alertmanager against the engine, minute by minute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_sla.alerting.alertmanager import Interval, Plan, plan, time_intervals
from otel_sla.alerting.alertmanager.local_dates import bounds, disputed
from otel_sla.alerting.alertmanager.time_interval import month_lengths
from otel_sla.catalogue import parse_file
from otel_sla.schedule import DAY, LAST, Override, Rule, Schedule
from otel_sla.schedule.holidays import calendar
from otel_sla.schedule.timezones import zone

from ..support.alertmanager import MonthLength, counted, divided, open_minutes
from ..support.calendars import days_off, special_days
from ..support.make import seconds
from ..support.processes import SAMPLE
from ..support.strategies import composed, schedules

WEEKDAYS = frozenset(range(5))
DAILY = frozenset(range(7))
OFFICE = Rule(WEEKDAYS, time(9), time(17))
LONDON = zone("Europe/London")
YEAR = date(2026, 1, 1), date(2026, 12, 31)
AFTER = seconds(2026, 7, 2), seconds(2028, 3, 1)
MONTH_LENGTHS = pytest.mark.parametrize("length", [counted, divided])


def written(planned: Plan) -> tuple[str, list[dict[str, Any]]]:
    """Return the text of a plan, and the entries that Alertmanager reads in it."""
    text = "\n".join(time_intervals([Interval("any", planned)]))
    (found,) = yaml.safe_load(text)["time_intervals"]
    return text, found["time_intervals"]


def by_engine(schedule: Schedule, start: int, end: int) -> str:
    """Return 1 for each minute with an open second, else 0."""
    found = bytearray(b"0" * ((end - start) // 60))
    for opens, closes in schedule.spans(start, end):
        first, last = (opens - start) // 60, -((start - closes) // 60)
        found[first:last] = b"1" * (last - first)
    return found.decode()


def sample() -> Iterator[tuple[str, Schedule]]:
    """Return the sample's schedules, and its components with own overrides."""
    catalogue = parse_file(SAMPLE)
    layers: list[tuple[str, str, tuple[Override, ...]]] = [
        (name, name, ()) for name in catalogue.schedules
    ]
    for name, component in catalogue.components.items():
        if component.overrides:
            under = catalogue.agreements[component.agreement].schedule
            layers.append((f"component {name}", under, component.overrides))
    for name, under, own in layers:
        yield name, catalogue.definitions.schedule(under, own)


@MONTH_LENGTHS
def test_every_minute_of_a_year_of_every_sample_schedule(length: MonthLength) -> None:
    start, end = seconds(2026, 7, 2), seconds(2027, 7, 2)
    compared = 0
    for name, schedule in sample():
        planned = plan(schedule, date(2026, 7, 1), date(2027, 7, 3))
        _, entries = written(planned)
        expected = by_engine(schedule, start, end)
        assert open_minutes(entries, start, end, length) == expected, name
        compared += 1
    assert compared > 40


def known(schedule: Schedule) -> Schedule:
    """The schedule, and all that it is made of, in the zones that the package reads."""
    includes, excludes = (
        tuple(map(known, some)) for some in (schedule.includes, schedule.excludes)
    )
    return replace(
        schedule,
        zone=zone(schedule.zone.key),
        includes=includes,
        excludes=excludes,
    )


@settings(max_examples=60, deadline=None)
@given(
    schedules() | composed(), st.integers(1, 11), st.sampled_from([counted, divided])
)
def test_every_minute_of_two_months_of_any_schedule(
    schedule: Schedule, month: int, length: MonthLength
) -> None:
    schedule = known(schedule)
    planned = plan(schedule, date(2026, month, 1), date(2026, month + 1, 1))
    start, end = bounds(schedule.zone, planned.first, planned.last)
    _, entries = written(planned)
    assert open_minutes(entries, start, end, length) == by_engine(schedule, start, end)


@pytest.mark.parametrize(
    ("rule", "entry"),
    [
        (OFFICE, {"weekdays": ["monday:friday"], "times": [("09:00", "17:00")]}),
        (Rule(DAILY, time(0), time(0), 1), {"times": [("00:00", "24:00")]}),
        (
            Rule(DAILY, time(22), time(6)),
            {"times": [("00:00", "06:00"), ("22:00", "24:00")]},
        ),
        (
            Rule(frozenset({5, 6}), time(10), time(12)),
            {"weekdays": ["sunday", "saturday"], "times": [("10:00", "12:00")]},
        ),
        (
            Rule(frozenset({0}), time(8), time(9), nth=2),
            {
                "days_of_month": ["8:14"],
                "weekdays": ["monday"],
                "times": [("08:00", "09:00")],
            },
        ),
        (
            Rule(DAILY, time(8), time(9), months=frozenset({1, 2, 7})),
            {"months": ["1:2", "7"], "times": [("08:00", "09:00")]},
        ),
        (
            Rule(DAILY, time(8), time(9), days_of_month=frozenset({1, 15})),
            {"days_of_month": ["1", "15"], "times": [("08:00", "09:00")]},
        ),
    ],
    ids=["weekdays", "all", "overnight", "weekend", "nth", "months", "days"],
)
def test_a_rule_without_exceptions_is_one_entry_for_good(
    rule: Rule, entry: dict[str, Any]
) -> None:
    text, entries = written(plan(Schedule(zone("UTC"), (rule,)), *YEAR))
    entry["times"] = [
        {"start_time": begin, "end_time": end} for begin, end in entry["times"]
    ]
    assert entries == [{**entry, "location": "UTC"}]
    assert "without" not in text


def test_weekly_closing_rules_are_said_for_good_where_weekdays_tell_them() -> None:
    sundays = Rule(frozenset({6}), time(2), time(6), kind="closed")
    always = Schedule(zone("UTC"), (sundays,), always_open=True)
    text, entries = written(plan(always, *YEAR))
    assert [one.get("weekdays") for one in entries] == [["monday:saturday"], ["sunday"]]
    assert "Outside: open; closed sun 02:00-06:00." in text
    first = Rule(frozenset({6}), time(0), time(12), nth=1)
    text, entries = written(plan(Schedule(zone("UTC"), (first, sundays)), *YEAR))
    without = "(without rule 'closed sun 02:00-06:00')"
    assert f"Outside: first Sunday 00:00-12:00 {without}." in text
    (january,) = (one for one in entries if one.get("months") == ["1"])
    assert [one["start_time"] for one in january["times"]] == ["00:00", "06:00"]


def test_a_holiday_writes_out_its_month_only() -> None:
    schedule = Schedule(LONDON, (OFFICE,), holidays=days_off(date(2026, 5, 4)))
    text, entries = written(plan(schedule, *YEAR))
    assert [(one.get("years"), one.get("months")) for one in entries] == [
        (["1970:2025", "2027:9999"], None),
        (["2026"], ["1:4", "6:12"]),
        (["2026"], ["5"]),
    ]
    assert entries[2]["days_of_month"] == ["1", "5:8", "11:15", "18:22", "25:29"]
    assert "Outside: mon-fri 09:00-17:00 (without holidays)." in text


def test_a_special_day_writes_out_its_month_only() -> None:
    half = special_days(date(2026, 5, 4), hours=((9, 13),))
    schedule = Schedule(LONDON, (OFFICE,), holidays=half)
    _, entries = written(plan(schedule, *YEAR))
    may = [one for one in entries if one.get("months") == ["5"]]
    clocks = {
        (*one["days_of_month"],): one["times"][0]["end_time"]
        for one in may
        if one["years"] == ["2026"]
    }
    working_days = ("1", "5:8", "11:15", "18:22", "25:29")
    assert clocks == {("4",): "13:00", working_days: "17:00"}
    assert len(may) == len(clocks)


SATURDAYS = Rule(frozenset({5}), time(10), time(14))
OFFICES = tuple(
    Schedule(
        zone(name), (OFFICE,), holidays=days_off(date(2026, 5, 4), date(2027, 6, 1))
    )
    for name in ("Europe/London", "America/New_York", "Pacific/Kiritimati")
)


def test_included_schedules_of_the_same_zone_are_said_for_good() -> None:
    inner = Schedule(LONDON, (OFFICE,))
    text, entries = written(
        plan(Schedule(LONDON, (SATURDAYS,), includes=(inner,)), *YEAR)
    )
    assert [one["weekdays"] for one in entries] == [["saturday"], ["monday:friday"]]
    assert "Outside: sat 10:00-14:00; mon-fri 09:00-17:00." in text


def test_included_schedules_of_other_zones_are_said_outside_the_printed_months() -> (
    None
):
    """Kiritimati is 14 hours ahead of UTC: its holiday on 1 June begins in May."""
    sun = Schedule(zone("UTC"), includes=OFFICES)
    period = date(2026, 4, 1), date(2027, 5, 31)
    text, entries = written(plan(sun, *period))
    start, end = seconds(2026, 4, 1), seconds(2027, 6, 1)
    expected = by_engine(sun, start, end)
    assert open_minutes(entries, start, end, counted) == expected
    assert (
        "Right from 2026-04-01 to 2027-05-31. Outside: mon-fri 09:00-17:00 in " in text
    )
    assert "in America/New_York; " in text
    assert "(without holidays)." in text
    rules_alone = tuple(replace(one, holidays=days_off()) for one in OFFICES)
    later = seconds(2027, 8, 1), seconds(2028, 3, 1)
    assert open_minutes(entries, *later, counted) == by_engine(
        replace(sun, includes=rules_alone), *later
    )
    # Some lines a month, not one for each date.
    assert len(entries) < 14 * 16


def test_excluded_schedules_are_left_out_of_the_printed_months_alone() -> None:
    outside = Schedule(LONDON, always_open=True, excludes=OFFICES[:2])
    text, entries = written(plan(outside, *YEAR))
    start, end = seconds(2026, 1, 1), seconds(2027, 1, 1)
    expected = by_engine(outside, start, end)
    assert open_minutes(entries, start, end, counted) == expected
    assert "Outside: open (without excluded schedules)." in text
    assert set(open_minutes(entries, *AFTER, counted)[184 * 1440 :]) == {"1"}


def test_closing_rules_that_close_included_schedules_are_named() -> None:
    lunch = Rule(WEEKDAYS, time(12), time(13), kind="closed")
    inner = Schedule(LONDON, (OFFICE,))
    schedule = Schedule(LONDON, (SATURDAYS, lunch), includes=(inner,))
    text, entries = written(plan(schedule, *YEAR))
    start, end = seconds(2026, 1, 1), seconds(2027, 1, 1)
    expected = by_engine(schedule, start, end)
    assert open_minutes(entries, start, end, counted) == expected
    assert "(without rule 'closed mon-fri 12:00-13:00')" in text


def test_rules_of_many_included_schedules_are_not_all_listed() -> None:
    hours = [Rule(WEEKDAYS, time(hour), time(23)) for hour in range(22)]
    many = tuple(Schedule(LONDON, (one,)) for one in hours)
    text, _ = written(plan(Schedule(LONDON, includes=many), *YEAR))
    assert "; and 2 more." in text


def test_after_the_last_date_a_schedule_is_not_silent_but_without_exceptions() -> None:
    """Nobody may print it again, and alerts must not be muted for ever."""
    closed = Override(datetime(2026, 3, 2), datetime(2026, 3, 7), "closed")
    schedule = Schedule(
        LONDON, (OFFICE,), holidays=calendar("GB-ENG"), overrides=((closed,),)
    )
    planned = plan(schedule, date(2026, 1, 1), date(2026, 6, 30))
    text, entries = written(planned)
    rules_alone = by_engine(Schedule(LONDON, (OFFICE,)), *AFTER)
    assert open_minutes(entries, *AFTER, counted) == rules_alone
    assert "Right from 2026-01-01 to 2026-06-30. " in text
    assert "Outside: mon-fri 09:00-17:00 (without holidays, overrides)." in text


@pytest.mark.parametrize(
    "rule",
    [
        Rule(WEEKDAYS, time(9), time(17), every_weeks=2, anchor=date(2026, 1, 5)),
        Rule(WEEKDAYS, time(9), time(17), every_days=9, anchor=date(2026, 1, 5)),
        Rule(WEEKDAYS, time(9), time(17), valid_to=date(2026, 6, 30)),
        Rule(DAILY, time(22), time(6), days_of_month=frozenset({-1})),
        Rule(DAILY, time(1), time(6), nth=LAST, days_of_month=frozenset({25})),
    ],
    ids=[
        "every second week",
        "every ninth day",
        "run out",
        "into another month",
        "two reasons",
    ],
)
def test_a_rule_that_no_entry_says_for_good_is_named(rule: Rule) -> None:
    planned = plan(Schedule(LONDON, (rule,)), date(2026, 1, 1), date(2026, 7, 31))
    text, entries = written(planned)
    assert "Outside: never open (without rule '" in text
    assert set(open_minutes(entries, *AFTER, counted)[31 * 1440 :]) == {"0"}


def test_a_rule_in_force_on_the_last_date_goes_on() -> None:
    rule = Rule(WEEKDAYS, time(9), time(17), valid_from=date(2026, 5, 11))
    schedule = Schedule(LONDON, (rule,))
    _, entries = written(plan(schedule, date(2026, 1, 1), date(2026, 6, 30)))
    for start, end in (AFTER, (seconds(2026, 1, 2), seconds(2026, 6, 30))):
        expected = by_engine(schedule, start, end)
        assert open_minutes(entries, start, end, counted) == expected


def test_open_in_one_pass_of_a_repeated_hour_is_said_in_utc() -> None:
    """Berlin, 2026-10-25: 02:30 comes first at 00:30 UTC, and again an hour later."""
    rule = Rule(frozenset({6}), time(1), time(2, 30))
    planned = plan(Schedule(zone("Europe/Berlin"), (rule,)), *YEAR)
    _, entries = written(planned)
    in_utc = [one for one in entries if one["location"] == "UTC"]
    assert [(one["days_of_month"], one["times"]) for one in in_utc] == [
        (["24"], [{"start_time": "23:00", "end_time": "24:00"}]),
        (["25"], [{"start_time": "00:00", "end_time": "00:30"}]),
    ]


def test_the_last_date_of_a_month_with_an_hour_less_is_said_in_utc() -> None:
    """Alertmanager counted 30 days in March where the clocks go forward."""
    rule = Rule(DAILY, time(12), time(13), days_of_month=frozenset({-1}))
    schedule = Schedule(LONDON, (rule,))
    _, entries = written(plan(schedule, *YEAR))
    (in_utc,) = (one for one in entries if one["location"] == "UTC")
    assert (in_utc["months"], in_utc["days_of_month"]) == (["3"], ["31"])
    assert in_utc["times"] == [{"start_time": "11:00", "end_time": "12:00"}]


def test_dates_about_which_time_zone_data_differ_are_said_in_utc(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Older data are assumed to give Berlin the clock of Algiers, without changes."""
    others = zone("Europe/Berlin"), zone("Africa/Algiers")
    for cached in (month_lengths, disputed):
        cached.cache_clear()
    for module in ("local_dates", "time_interval"):
        monkeypatch.setattr(
            f"otel_sla.alerting.alertmanager.{module}.editions", lambda _: others
        )
    schedule = Schedule(others[0], (OFFICE,))
    _, entries = written(plan(schedule, *YEAR))
    for cached in (month_lengths, disputed):
        cached.cache_clear()
    period = seconds(2026, 1, 2), seconds(2026, 12, 30)
    expected = by_engine(schedule, *period)
    assert open_minutes(entries, *period, divided) == expected
    elsewhere = [
        {**one, "location": "Africa/Algiers"} if one["location"] != "UTC" else one
        for one in entries
    ]
    assert open_minutes(elsewhere, *period, divided) == expected
    assert {"UTC", "Europe/Berlin"} == {one["location"] for one in entries}


def test_boundaries_within_a_minute_widen_the_window_and_are_told() -> None:
    rule = Rule(WEEKDAYS, time(9, 0, 30), time(17, 0, 1))
    schedule = Schedule(LONDON, (rule,))
    planned = plan(schedule, date(2026, 7, 1), date(2026, 7, 31))
    text, entries = written(planned)
    (entry,) = entries
    assert entry["times"] == [{"start_time": "09:00", "end_time": "17:01"}]
    assert (
        "# Up to a minute longer at 46 boundaries: Alertmanager can't have any at "
        "09:00:30, 17:00:01; the first is 2026-07-01T08:00:30Z." in text
    )


def test_an_override_of_seconds_is_widened_too() -> None:
    closed = Override(
        datetime(2026, 7, 1, 12), datetime(2026, 7, 1, 12, 5, 30), "closed"
    )
    schedule = Schedule(LONDON, (OFFICE,), overrides=((closed,),))
    planned = plan(schedule, date(2026, 7, 1), date(2026, 7, 31))
    _, entries = written(planned)
    start, end = seconds(2026, 7, 1), seconds(2026, 7, 31)
    expected = by_engine(schedule, start, end)
    assert open_minutes(entries, start, end, counted) == expected
    assert (
        expected.count("0")
        - by_engine(Schedule(LONDON, (OFFICE,)), start, end).count("0")
        == 5
    )


def test_never_open_is_an_interval_without_entries() -> None:
    text, entries = written(plan(Schedule(LONDON), *YEAR))
    assert entries == []
    assert "Outside: never open." in text


def test_always_open_minus_an_hour() -> None:
    closed = Override(datetime(2026, 5, 4, 2), datetime(2026, 5, 4, 3), "closed")
    schedule = Schedule(zone("UTC"), always_open=True, overrides=((closed,),))
    text, entries = written(plan(schedule, *YEAR))
    start, end = seconds(2026, 1, 1), seconds(2027, 1, 1)
    closed_minutes = open_minutes(entries, start, end, counted).count("0")
    assert closed_minutes == 60
    assert "Outside: open (without overrides)." in text


@pytest.mark.parametrize(
    "name",
    [
        "office",
        "a: b",
        "- x",
        "#1",
        "it's",
        '"quoted"',
        "yes",
        "12:30",
        "naïve 時",
        "{x}",
    ],
)
def test_any_name_is_read_back(name: str) -> None:
    planned = plan(Schedule(LONDON, (OFFICE,)), *YEAR)
    text = "\n".join(time_intervals([Interval(name, planned)]))
    assert yaml.safe_load(text)["time_intervals"][0]["name"] == name


def test_an_entry_is_a_line() -> None:
    schedule = Schedule(LONDON, (OFFICE,), holidays=calendar("GB-ENG"))
    text, entries = written(plan(schedule, *YEAR))
    assert text.count("\n  - {") == len(entries)


@MONTH_LENGTHS
def test_the_restated_semantics_by_the_minute(length: MonthLength) -> None:
    """Begins are inclusive, ends are not, and 24:00 ends a day."""
    times = [
        {"start_time": "00:00", "end_time": "00:01"},
        {"start_time": "23:59", "end_time": "24:00"},
    ]
    entry = {"times": times, "days_of_month": ["-1"], "location": "UTC"}
    start = seconds(2026, 2, 27)
    found = open_minutes([entry], start, start + 3 * DAY, length)
    assert [at for at, bit in enumerate(found) if bit == "1"] == [1440, 2879]


def test_the_restated_semantics_of_both_ways_to_count_the_days_of_a_month() -> None:
    """Alertmanager 0.25 was seen to end London's March on the 30th."""
    entry = {"days_of_month": ["-1"], "location": "Europe/London"}
    start = seconds(2026, 3, 29)
    noon = (12 + 24 * number for number in range(3))
    at_noon = [hour * 60 for hour in noon]
    for length, expected in ((counted, "001"), (divided, "010")):
        found = open_minutes([entry], start, start + 3 * DAY, length)
        assert "".join(found[minute] for minute in at_noon) == expected
