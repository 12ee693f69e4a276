"""Periods of reports, and an agreement's own ones in them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from otel_sla.accounting import (
    InvalidPeriod,
    own_periods,
    parse_period,
    period_of,
)

from ..support.make import seconds
from ..support.rule_cases import always

LONDON = ZoneInfo("Europe/London")
SCHEDULE = always("Europe/London")

PERIODS = {
    "2026": ("2026-01-01", "2027-01-01", "2026"),
    "2026-10": ("2026-10-01", "2026-11-01", "October 2026"),
    "2026-12": ("2026-12-01", "2027-01-01", "December 2026"),
    "2026-Q1": ("2026-01-01", "2026-04-01", "Q1 2026 (January to March)"),
    "2026-Q4": ("2026-10-01", "2027-01-01", "Q4 2026 (October to December)"),
    "2026-W44": (
        "2026-10-26",
        "2026-11-02",
        "Week 44 of 2026 (26 October to 1 November 2026)",
    ),
    "2026-W01": (
        "2025-12-29",
        "2026-01-05",
        "Week 1 of 2026 (29 December 2025 to 4 January 2026)",
    ),
    "2026-10-01/2026-10-16": ("2026-10-01", "2026-10-16", "1 to 15 October 2026"),
    "2026-10-01/2026-10-02": ("2026-10-01", "2026-10-02", "1 October 2026"),
    "1970-01-01/1970-02-01": ("1970-01-01", "1970-02-01", "1 to 31 January 1970"),
    "9998": ("9998-01-01", "9999-01-01", "9998"),
}


@pytest.mark.parametrize("text", PERIODS)
def test_a_text_means_whole_days(text: str) -> None:
    period = parse_period(text)
    shown = (period.first.isoformat(), period.after.isoformat(), period.label)
    assert shown == PERIODS[text]
    assert period.text == text


@pytest.mark.parametrize("text", ["2026-w44", " 2026-q4\n"])
def test_letters_may_be_small_and_spaces_around(text: str) -> None:
    assert parse_period(text).text == text.strip().upper()


def test_days_are_those_of_a_component_s_own_zone() -> None:
    october = parse_period("2026-10")
    assert october.bounds(LONDON) == (
        seconds(2026, 9, 30, 23),
        seconds(2026, 11, 1),
    )
    assert october.bounds(ZoneInfo("Asia/Kathmandu")) == (
        seconds(2026, 9, 30, 18, 15),
        seconds(2026, 10, 31, 18, 15),
    )


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Niue"])
@pytest.mark.parametrize("text", ["1970", "9998"])
def test_the_first_and_the_last_year_are_within_every_zone_s_calendar(
    text: str, zone: str
) -> None:
    start, end = parse_period(text).bounds(ZoneInfo(zone))
    assert datetime.fromtimestamp(end, UTC) > datetime.fromtimestamp(start, UTC)


REFUSED = {
    "": "'' is not a valid period. Use a month such as 2026-10",
    "October": "'October' is not a valid period. Use a month such as 2026-10",
    "2026-1": "'2026-1' is not a valid period",
    "٢٠٢٦": "is not a valid period. Use a month",
    "2026-13": "'2026-13' is not a valid month. Use 01 to 12, such as 2026-10.",
    "2026-00": "'2026-00' is not a valid month",
    "2026-Q5": "'2026-Q5' is not a valid quarter. Use Q1 to Q4, such as 2026-Q4.",
    "2026-Q0": "'2026-Q0' is not a valid quarter",
    "2025-W53": "'2025-W53' is not a valid week. The weeks of 2025 are W01 to W52.",
    "2026-W54": "'2026-W54' is not a valid week. The weeks of 2026 are W01 to W53.",
    "2026-W00": "'2026-W00' is not a valid week",
    "1969-12": "'1969-12' is not a valid period. Use a year from 1970 to 9998.",
    "9999": "'9999' is not a valid period. Use a year from 1970 to 9998.",
    "0000-W01": "'0000-W01' is not a valid period. Use a year from 1970 to 9998.",
    "2026-02-30/2026-03-01": "'2026-02-30' is not a valid date. Use YYYY-MM-DD",
    "2026-10-01/9999-01-01": "'9999-01-01' is not a valid period. Use a year from",
    "2026-10-02/2026-10-02": (
        "The period 2026-10-02/2026-10-02 has no days. The second date is not included"
    ),
    "2026-10-02/2026-10-01": "has no days",
    "2023-01-01/2026-01-05": (
        "The period 2023-01-01/2026-01-05 has 1100 days. Use at most 1098"
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_period_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(InvalidPeriod) as refused:
        parse_period(text)
    assert REFUSED[text] in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "day", "text"),
    [
        ("month", date(2026, 10, 31), "2026-10"),
        ("week", date(2027, 1, 3), "2026-W53"),
        ("quarter", date(2026, 3, 31), "2026-Q1"),
        ("quarter", date(2026, 4, 1), "2026-Q2"),
        ("quarter", date(2026, 12, 31), "2026-Q4"),
        ("year", date(2026, 12, 31), "2026"),
    ],
)
def test_a_day_is_in_one_period_of_each_kind(kind: str, day: date, text: str) -> None:
    period = period_of(kind, day)
    assert (period.text, period.kind) == (text, kind)
    assert period.first <= day < period.after


def owned(kind: str, report: str, moment: str = "2030-01-01") -> list[str]:
    """An agreement's own periods in a report: their local days, and if they run."""
    start, end = parse_period(report).bounds(LONDON)
    now = int(datetime.fromisoformat(moment).replace(tzinfo=LONDON).timestamp())
    return [
        " ".join(
            f"{datetime.fromtimestamp(one, LONDON):%m-%dT%H}" for one in (begins, ends)
        )
        + ("" if ended else " runs")
        for begins, ends, ended in own_periods(kind, start, end, SCHEDULE, now)
    ]


def test_a_month_is_judged_by_the_report_of_the_month() -> None:
    assert owned("month", "2026-10") == ["10-01T00 11-01T00"]


def test_a_longer_report_judges_every_month() -> None:
    assert owned("month", "2026-Q4") == [
        "10-01T00 11-01T00",
        "11-01T00 12-01T00",
        "12-01T00 01-01T00",
    ]


def test_weeks_are_judged_by_the_month_in_which_they_end() -> None:
    # The first began on 28 September, the one of 26 October ends in November.
    assert owned("week", "2026-10") == [
        "09-28T00 10-05T00",
        "10-05T00 10-12T00",
        "10-12T00 10-19T00",
        "10-19T00 10-26T00",
    ]


def test_every_week_is_judged_by_one_month() -> None:
    months = [f"2026-{month:02}" for month in range(1, 13)]
    weeks = [week for month in months for week in owned("week", month)]
    assert weeks == owned("week", "2026")
    assert len(weeks) == 52


@pytest.mark.parametrize("report", ["2026-W44", "2026-10-20/2026-11-10"])
def test_a_report_that_is_shorter_than_a_month_judges_none(report: str) -> None:
    assert owned("month", report) == []


def test_a_report_without_the_end_of_a_period_judges_none() -> None:
    assert owned("week", "2026-10-06/2026-10-11") == []
    assert owned("month", "2026-03-02/2026-03-31") == []


def test_the_running_week_is_judged_and_none_that_is_still_to_come() -> None:
    assert owned("week", "2026-10", "2026-10-14T12:00") == [
        "09-28T00 10-05T00",
        "10-05T00 10-12T00",
        "10-12T00 10-19T00 runs",
    ]
    assert owned("month", "2026-Q4", "2026-11-20") == [
        "10-01T00 11-01T00",
        "11-01T00 12-01T00 runs",
    ]


def test_the_running_week_is_judged_also_where_it_ends_after_the_report() -> None:
    assert owned("week", "2026-10", "2026-10-28")[-1] == "10-26T00 11-02T00 runs"


@pytest.mark.parametrize("moment", ["2026-11-01", "2026-11-01T09:00"])
def test_a_report_that_is_over_judges_no_running_week(moment: str) -> None:
    assert owned("week", "2026-10", moment)[-1] == "10-19T00 10-26T00"


def test_a_rolling_period_ends_with_the_report() -> None:
    # An hour later on the clock: 30 days of 24 hours, with 25 October in them.
    assert owned("30d", "2026-10") == ["10-02T01 11-01T00"]
    assert owned("90d", "2026-11") == ["09-02T01 12-01T00"]
    assert owned("30d", "2026-W44") == ["10-03T01 11-02T00"]


def test_a_rolling_period_of_a_running_report_ends_now() -> None:
    assert owned("7d", "2026-10", "2026-10-14T12:00") == ["10-07T12 10-14T12 runs"]
