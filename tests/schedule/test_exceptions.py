"""The exceptions to a schedule's rules, as people list them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from otel_sla.schedule import Override, Rule, Schedule
from otel_sla.schedule.exceptions import exceptions, rows
from otel_sla.schedule.holidays import calendar
from otel_sla.schedule.notation import parse_weekdays
from otel_sla.schedule.timezones import zone

from ..support.make import seconds

OFFICE = Rule(parse_weekdays("mon-fri"), time(9), time(17))
DECEMBER = seconds(2026, 12, 1), seconds(2027, 1, 1)


def office(*overrides: tuple[Any, ...], **fields: Any) -> Schedule:
    made = tuple(Override(*one) for one in overrides)
    return Schedule(zone("Europe/London"), (OFFICE,), overrides=(made,), **fields)


def test_holidays_and_overrides_are_listed_by_when_they_begin() -> None:
    subject = office(
        (datetime(2026, 12, 19, 10), datetime(2026, 12, 19, 14), "open", "sale"),
        (datetime(2026, 12, 3, 12), datetime(2026, 12, 3, 20), "closed", ""),
        holidays=calendar("GB-ENG"),
    )
    london = zone("Europe/London")
    found = rows(exceptions(subject, *DECEMBER), london, seconds(2026, 12, 3, 13))
    assert [
        (f"{one.start.local:%d %H}", one.what, one.difference) for one in found
    ] == [
        ("03 12", "Closed, no reason given", "5 h less"),
        ("19 10", "Also open: sale", "4 h more"),
        ("25 09", "Closed: Christmas Day", "8 h less"),
        ("28 09", "Closed: Boxing Day (observed)", "8 h less"),
    ]
    assert [one.is_now for one in found] == [True, False, False, False]


def test_an_override_over_nights_and_a_weekend_is_one_exception() -> None:
    subject = office(
        (datetime(2026, 12, 10), datetime(2026, 12, 16), "closed", "moving house")
    )
    (only,) = exceptions(subject, *DECEMBER)
    assert only.start == seconds(2026, 12, 10, 9)
    assert only.end == seconds(2026, 12, 15, 17)
    assert only.seconds == 4 * 8 * 3600
    (row,) = rows([only], zone("Europe/London"), DECEMBER[0])
    assert not row.is_one_day


def test_the_same_reason_again_after_a_week_is_another_exception() -> None:
    days = (3, 10)
    subject = office(
        *(
            (datetime(2026, 12, day), datetime(2026, 12, day + 1), "closed", "drill")
            for day in days
        )
    )
    found = exceptions(subject, *DECEMBER)
    assert [one.start for one in found] == [seconds(2026, 12, day, 9) for day in days]


def test_an_override_without_effect_is_no_exception() -> None:
    night = (datetime(2026, 12, 3, 20), datetime(2026, 12, 3, 22), "closed", "x")
    assert exceptions(office(night), *DECEMBER) == []


def test_an_exception_up_to_midnight_is_within_its_day() -> None:
    subject = office(
        (datetime(2026, 12, 5, 20), datetime(2026, 12, 6), "open", "migration")
    )
    (row,) = rows(exceptions(subject, *DECEMBER), zone("Europe/London"), DECEMBER[0])
    assert row.is_one_day
