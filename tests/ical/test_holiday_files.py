"""A yearly calendar file of holidays and a holiday calendar give the same windows."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from otel_sla.models import Schedule, ScheduleCalendar

from ..support.make import make_calendar, make_schedule, seconds
from .test_import_calendar import event, take

pytestmark = pytest.mark.django_db

START, END = seconds(2026, 11, 1), seconds(2028, 11, 1)
DAYS: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    ({"date": "12-24"}, ("DTSTART;VALUE=DATE:20201224", "RRULE:FREQ=YEARLY")),
    ({"date": "02-29"}, ("DTSTART;VALUE=DATE:20200229", "RRULE:FREQ=YEARLY")),
    ({"date": "2027-06-03"}, ("DTSTART;VALUE=DATE:20270603",)),
    (
        {"nth": -1, "weekday": "mon", "month": 8},
        ("DTSTART;VALUE=DATE:20200831", "RRULE:FREQ=YEARLY;BYMONTH=8;BYDAY=-1MO"),
    ),
    (
        {"nth": 3, "weekday": "wed", "month": 5},
        ("DTSTART;VALUE=DATE:20200520", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=3WE"),
    ),
    (
        {"easter": 1},
        ("DTSTART;VALUE=DATE:20260406", "RDATE;VALUE=DATE:20270329,20280417"),
    ),
    (
        {"start": "12-27", "end": "01-02"},
        (
            "DTSTART;VALUE=DATE:20201227",
            "DTEND;VALUE=DATE:20210103",
            "RRULE:FREQ=YEARLY",
        ),
    ),
)
DAY = ({"weekdays": "mon-sat", "start": time(9), "end": time(17)},)
NIGHT = ({"weekdays": "mon-sun", "start": time(22), "end": time(6)},)


def windows(schedule: Schedule) -> list[Any]:
    return Schedule.objects.get(pk=schedule.pk).definition().windows(START, END)


def of_calendar(rules: Any, *days: dict[str, Any]) -> Schedule:
    schedule = make_schedule("by-calendar", rules=rules)
    company = make_calendar("company", *({"name": "Closed", **one} for one in days))
    ScheduleCalendar.objects.create(schedule=schedule, calendar=company)
    return schedule


def of_file(rules: Any, *events: tuple[str, ...]) -> Schedule:
    schedule = make_schedule("by-file", rules=rules)
    file = "".join(
        event(*lines, uid=f"e{number}", summary="Closed")
        for number, lines in enumerate(events)
    )
    outcome = take(file, schedule, moment=START, days=800)
    assert outcome.refusals == []
    return schedule


def test_by_day_both_say_the_same() -> None:
    by_calendar = of_calendar(DAY, *(one for one, _ in DAYS))
    by_file = of_file(DAY, *(lines for _, lines in DAYS))
    whole = make_schedule("whole", rules=DAY)
    assert windows(by_calendar) == windows(by_file)
    # Every day of the table has closed something.
    assert len(windows(whole)) - len(windows(by_file)) == 22


def test_by_night_a_holiday_cancels_windows_and_a_file_cuts_days() -> None:
    (day, lines) = DAYS[0]
    christmas_eve = seconds(2026, 12, 24)
    by_calendar, by_file = of_calendar(NIGHT, day), of_file(NIGHT, lines)

    def around(schedule: Schedule) -> list[tuple[int, int]]:
        return [
            (window.start - christmas_eve, window.end - christmas_eve)
            for window in windows(schedule)
            if abs(window.start - christmas_eve) < 86_400
        ]

    hour = 3600
    assert around(by_calendar) == [(-2 * hour, 6 * hour)]
    assert around(by_file) == [(-2 * hour, 0)]
    assert [
        (one.start - christmas_eve) // hour
        for one in windows(by_file)
        if 0 < one.start - christmas_eve < 2 * 86_400
    ] == [24, 46]
