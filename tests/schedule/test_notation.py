"""How rules, lengths of time and ends are written for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest

from otel_sla.schedule import LAST, Rule
from otel_sla.schedule.calendar_notation import (
    format_hours_of_day,
    format_weekday,
    parse_day_of_year,
    parse_hours,
    parse_month,
    parse_observed,
    parse_weekday,
)
from otel_sla.schedule.errors import InvalidNotation
from otel_sla.schedule.notation import (
    end_of_days,
    format_length,
    parse_clock,
    parse_end,
    parse_months,
    parse_nth,
    parse_numbers,
    parse_reading,
    split_nth,
)
from otel_sla.schedule.wording import format_rule


@pytest.mark.parametrize(
    ("fields", "written"),
    [
        ({}, "sun 02:00–04:00"),
        ({"end": time(1)}, "sun 02:00–01:00"),
        ({"end": time(0)}, "sun 02:00–24:00"),
        ({"end": time(0), "end_day": 2}, "sun 02:00–24:00, and 1 day on"),
        ({"end_day": 2}, "sun 02:00–04:00, and 2 days on"),
        ({"end": time(2), "end_day": 1}, "sun 02:00–02:00"),
        ({"nth": LAST}, "last Sunday 02:00–04:00"),
        (
            {"nth": 1, "weekdays": {5, 6}},
            "first Saturday and Sunday 02:00–04:00",
        ),
        (
            {"nth": 5, "weekdays": {0, 2, 4}},
            "fifth Monday, Wednesday and Friday 02:00–04:00",
        ),
        ({"on_holidays": True}, "sun 02:00–04:00, on holidays too"),
        ({"nth": 2, "months": {3, 6}}, "second Sunday 02:00–04:00, months 3,6"),
        ({"days_of_month": {1, -1}}, "sun 02:00–04:00, days of month 1,-1"),
        (
            {"every_weeks": 2, "anchor": date(2026, 1, 4)},
            "sun 02:00–04:00, every 2 weeks from 2026-01-04",
        ),
        (
            {"every_days": 14, "anchor": date(2026, 1, 4)},
            "sun 02:00–04:00, every 14 days from 2026-01-04",
        ),
        (
            {"valid_from": date(2026, 1, 4), "valid_to": date(2026, 2, 4)},
            "sun 02:00–04:00, valid from 2026-01-04, valid to 2026-02-04",
        ),
    ],
)
def test_a_rule_says_what_restricts_it(fields: dict[str, Any], written: str) -> None:
    frozen = {
        name: frozenset(value) if isinstance(value, set) else value
        for name, value in fields.items()
    }
    sunday: dict[str, Any] = {
        "weekdays": frozenset({6}),
        "start": time(2),
        "end": time(4),
    }
    assert format_rule(Rule(**{**sunday, **frozen})) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (8_040, "2 h 14 min"),
        (3_601, "1 h 1 s"),
        (90_061, "1 d 1 h"),
        (86_400_000, "1,000 d"),
    ],
)
def test_a_length_has_its_two_largest_units(seconds: int, written: str) -> None:
    assert format_length(seconds) == written


def test_24_00_is_the_midnight_of_the_day_after() -> None:
    assert parse_end("24:00") == (time(0), 1)
    assert parse_end("23:59") == (time(23, 59), 0)
    with pytest.raises(ValueError, match="is not a valid time"):
        parse_end("24:01")


@pytest.mark.parametrize(
    ("parse", "text", "meant"),
    [
        (parse_clock, "9:05", time(9, 5)),
        (parse_clock, "9:05:30", time(9, 5, 30)),
        (parse_reading, "2026-12-24 9:05", datetime(2026, 12, 24, 9, 5)),
        (parse_reading, "2026-12-24", datetime(2026, 12, 24)),
        (parse_numbers, "1-3, 15 -1", {1, 2, 3, 15, -1}),
        (parse_numbers, "-3--1", {-3, -2, -1}),
        (parse_months, "December, mar 7", {3, 7, 12}),
        (parse_months, "nov-feb", {11, 12, 1, 2}),
        (parse_months, "11-2", {11, 12, 1, 2}),
        (parse_nth, "first", 1),
        (parse_nth, "Fifth", 5),
        (split_nth, "last Sun", ("last", "sun")),
        (split_nth, "mon fri", ("", "mon fri")),
    ],
)
def test_what_people_type_is_taken_where_it_means_one_thing(
    parse: Callable[[str], Any], text: str, meant: Any
) -> None:
    assert parse(text) == meant


@pytest.mark.parametrize(
    ("parse", "text", "would_be_right"),
    [
        (parse_clock, "9", "Use 24-hour HH:MM, for example 09:00."),
        (parse_clock, "9:5", "Use 24-hour HH:MM, for example 09:00."),
        (parse_numbers, "3-1", "Use for example 1-5, 15, -1."),
        (parse_numbers, "-3-1", "Use for example 1-5, 15, -1."),
        (parse_months, "decem", "Use 1 to 12 or names: december, dec, nov-feb."),
        (parse_months, "11-13", "Use 1 to 12 or names: december, dec, nov-feb."),
        (parse_nth, "sixth", "Use 1, 2, 3, 4, 5, first to fifth, or last."),
    ],
)
def test_what_may_mean_several_things_is_refused_with_what_would_be_right(
    parse: Callable[[str], Any], text: str, would_be_right: str
) -> None:
    with pytest.raises(InvalidNotation, match="is not a valid") as refused:
        parse(text)
    assert str(refused.value).endswith(would_be_right)


def test_an_end_that_is_a_date_is_the_whole_day_or_not_clear() -> None:
    day = datetime(2026, 12, 24)
    assert end_of_days(day, day) == datetime(2026, 12, 25)
    with pytest.raises(InvalidNotation, match="Use 2027-01-03T00:00 if it is, or"):
        end_of_days(day, datetime(2027, 1, 2))
    last = datetime(9999, 12, 31)
    with pytest.raises(InvalidNotation, match=r"no day after it.*9999-12-31T23:59"):
        end_of_days(last, last)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12-24", (None, 12, 24)),
        ("2026-12-24", (2026, 12, 24)),
        ("0001-01-01", (1, 1, 1)),
        # Whether it exists is for the calendar's day to say.
        ("02-30", (None, 2, 30)),
    ],
)
def test_a_day_of_a_year_is_written_as_it_is_read(
    text: str, day: tuple[int | None, int, int]
) -> None:
    assert parse_day_of_year(text) == day
    assert str(parse_day_of_year(text)) == text


@pytest.mark.parametrize(
    ("text", "hours", "written"),
    [
        ("09:00-13:00", [(9, 13)], "09:00-13:00"),
        ("9:00 - 13:00, 14:00-24:00", [(9, 13), (14, 24)], "09:00-13:00,14:00-24:00"),
        ("00:00-24:00", [(0, 24)], "00:00-24:00"),
        ("22:00-02:00", [(22, 2)], "22:00-02:00"),
        ("", [], ""),
    ],
)
def test_hours_of_a_day_are_written_as_they_are_read(
    text: str, hours: list[tuple[int, int]], written: str
) -> None:
    seconds = tuple((opens * 3600, closes * 3600) for opens, closes in hours)
    assert parse_hours(text) == parse_hours(written) == seconds
    assert format_hours_of_day(seconds) == written


def test_hours_of_a_day_have_seconds_only_where_they_need_them() -> None:
    assert format_hours_of_day(parse_hours("9:00:01-09:01:00")) == "09:00:01-09:01"


def test_a_weekday_and_a_month_are_read_by_name_and_number() -> None:
    assert [parse_weekday(text) for text in ("mon", "Monday", " SUN ")] == [0, 0, 6]
    assert [parse_weekday(format_weekday(day)) for day in range(7)] == [*range(7)]
    months = [parse_month(text) for text in ("5", "may", "Dec", "december", "05")]
    assert months == [5, 5, 12, 12, 5]


@pytest.mark.parametrize(
    ("parse", "text", "code"),
    [
        *(
            (parse_day_of_year, text, "unknown_day_of_year")
            for text in (
                "",
                "24 Dec",
                "1-6",
                "12-24-2026",
                "2026-12-24T00:00",
                "12/24",
                "١٢-٢٤",
            )
        ),
        (parse_hours, "9:00", "unknown_hours"),
        (parse_hours, "9:00-13:00 14:00-15:00", "unknown_time"),
        (parse_hours, "24:00-24:00", "unknown_time"),
        (parse_hours, "9-13", "unknown_time"),
        (parse_weekday, "mon,tue", "unknown_weekday"),
        (parse_weekday, "daily", "unknown_weekday"),
        (parse_month, "13", "unknown_month"),
        (parse_month, "may,june", "unknown_month"),
        (parse_observed, "monday", "unknown_observed"),
    ],
)
def test_days_of_calendars_that_are_no_notation_are_refused(
    parse: Callable[[str], Any], text: str, code: str
) -> None:
    with pytest.raises(InvalidNotation) as refused:
        parse(text)
    assert refused.value.code == code


def test_how_a_day_is_observed_is_read() -> None:
    assert parse_observed("next_monday") == "next_monday"
