"""Occurrences are found by time, and by date as soon as one side is a date."""

from __future__ import annotations

import pytest

from otel_sla.models import Component

from ..support.make import make_component
from .test_import_calendar import BERLIN, event, intervals, take

pytestmark = pytest.mark.django_db

DAYS = ("DTSTART;VALUE=DATE:20270107", "DTEND;VALUE=DATE:20270108")
MORNINGS = (f"DTSTART;{BERLIN}:20270107T003000", "DURATION:PT1H")
"""Half past midnight in Berlin: by UTC and in London, that is still the day before."""
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=3"
MOVED_DAY = ("DTSTART;VALUE=DATE:20270115",)
MOVED_MORNING = (f"DTSTART;{BERLIN}:20270115T103000", "DURATION:PT1H")
LEFT_DAYS = ["2027-01-07T00:00", "2027-01-21T00:00"]
LEFT_MORNINGS = ["2027-01-06T23:30", "2027-01-20T23:30"]
SECOND_DAY = [
    ";VALUE=DATE:20270114",
    ":20270114",
    f";VALUE=DATE;{BERLIN}:20270114",
    ":20270114T000000",
    ":20270114T000000Z",
    ":20270113T230000Z",
    ":20270114T050000Z",
    ":20270113T110000Z",
    f";{BERLIN}:20270114T000000",
    ";TZID=GMT Standard Time:20270114T000000",
    ";TZID=Asia/Tokyo:20270114T090000",
    ";TZID=America/New_York:20270114T230000",
]
SECOND_MORNING = [
    ";VALUE=DATE:20270114",
    ":20270114",
    f";{BERLIN};VALUE=DATE:20270114",
    ":20270114T003000",
    ":20270113T233000Z",
    f";{BERLIN}:20270114T003000",
    ";TZID=America/New_York:20270113T183000",
]


@pytest.fixture(autouse=True)
def shop() -> Component:
    """Its schedule is London's."""
    return make_component()


def starts() -> list[str]:
    return [start for start, _ in intervals()]


CASES = [
    *((DAYS, written, MOVED_DAY, LEFT_DAYS) for written in SECOND_DAY),
    *((MORNINGS, written, MOVED_MORNING, LEFT_MORNINGS) for written in SECOND_MORNING),
]
cases = pytest.mark.parametrize(("times", "written", "moved", "left"), CASES)


@cases
def test_an_occurrence_is_excluded(
    times: list[str], written: str, moved: list[str], left: list[str]
) -> None:
    assert take(event(*times, WEEKLY, f"EXDATE{written}")).refusals == []
    assert starts() == left


@cases
def test_an_occurrence_is_moved_and_cancelled(
    times: list[str], written: str, moved: list[str], left: list[str]
) -> None:
    series, which = event(*times, WEEKLY), f"RECURRENCE-ID{written}"
    assert take(series + event(which, *moved)).refusals == []
    assert (len(starts()), starts()[1][:10]) == (3, "2027-01-15")
    assert take(series + event(which, *moved, "STATUS:CANCELLED")).refusals == []
    assert starts() == left


def test_a_day_with_a_zone_is_a_day() -> None:
    take(event(f"DTSTART;VALUE=DATE;{BERLIN}:20270107"))
    assert intervals() == [("2027-01-07T00:00", "2027-01-08T00:00")]


def test_an_added_occurrence_is_found_by_its_date() -> None:
    added = event(*MORNINGS, f"RDATE;{BERLIN}:20270120T080000")
    gone = event("RECURRENCE-ID;VALUE=DATE:20270120", "STATUS:CANCELLED")
    take(added + gone)
    assert starts() == ["2027-01-06T23:30"]


def test_a_time_of_a_series_by_utc_is_not_taken_for_a_day() -> None:
    late = ("DTSTART:20270107T230000Z", "DURATION:PT1H", WEEKLY)
    take(event(*late, "EXDATE;VALUE=DATE:20270114"))
    assert starts() == ["2027-01-07T23:00", "2027-01-21T23:00"]
