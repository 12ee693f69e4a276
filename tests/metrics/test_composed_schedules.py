"""Schedules made of calendars and of each other, as scrapes see them."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import connection

from otel_sla import checks
from otel_sla.metrics.source import Snapshots
from otel_sla.models import (
    CalendarDay,
    CalendarInclusion,
    HolidayCalendar,
    Schedule,
    ScheduleCalendar,
    ScheduleExclusion,
    ScheduleInclusion,
)

from ..support.make import (
    make_agreement,
    make_calendar,
    make_component,
    make_schedule,
    seconds,
)

pytestmark = pytest.mark.django_db

CHRISTMAS_EVE_NOON = seconds(2026, 12, 24, 12)


@pytest.fixture
def of_three_offices() -> Snapshots:
    """London, which has the company's holidays, New York, and one made of both."""
    base = make_calendar("base", {"name": "Closing", "start": "12-27", "end": "01-02"})
    company = make_calendar("company", include="GB-ENG")
    CalendarInclusion.objects.create(calendar=company, included=base)
    london, new_york = make_schedule("london"), make_schedule("new-york")
    Schedule.objects.filter(pk=new_york.pk).update(timezone="America/New_York")
    ScheduleCalendar.objects.create(schedule=london, calendar=company)
    both = make_schedule("both", (), timezone="UTC")
    for included in (london, new_york):
        ScheduleInclusion.objects.create(schedule=both, included=included)
    neither = make_schedule("neither", (), timezone="UTC", always_open=True)
    ScheduleExclusion.objects.create(schedule=neither, excluded=both)
    for schedule in (london, new_york, both, neither):
        agreement = make_agreement(schedule.name, schedule=schedule)
        make_component(schedule.name, agreement=agreement)
    return Snapshots()


def open_at(snapshots: Snapshots, moment: int) -> set[str]:
    rows = snapshots.take(moment).rows
    return {row.component for row in rows if row.state.in_window}


def test_they_are_open_as_the_parts_say(of_three_offices: Snapshots) -> None:
    at = of_three_offices
    assert open_at(at, CHRISTMAS_EVE_NOON) == {"london", "both"}
    assert open_at(at, seconds(2026, 12, 24, 18)) == {"new-york", "both"}
    assert open_at(at, seconds(2026, 12, 24, 23)) == {"neither"}
    # A bank holiday of England, and the company's closing.
    assert open_at(at, seconds(2026, 12, 28, 12)) == {"neither"}
    assert open_at(at, seconds(2026, 12, 30, 12)) == {"neither"}


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE otel_sla_calendarday SET start = '12-24'",
        "UPDATE otel_sla_holidaycalendar SET include = 'GB-ENG,AT-9'"
        " WHERE name = 'company'",
        "UPDATE otel_sla_schedule SET timezone = 'Asia/Tokyo' WHERE name = 'london'",
        "DELETE FROM otel_sla_scheduleinclusion WHERE included_id ="
        " (SELECT id FROM otel_sla_schedule WHERE name = 'london')",
        "UPDATE otel_sla_rule SET start = '13:00:00'",
    ],
)
def test_an_edit_of_a_part_shows_in_the_next_scrape_of_every_dependent(
    of_three_offices: Snapshots, edit: str
) -> None:
    moment = CHRISTMAS_EVE_NOON
    if "AT-9" in edit:
        # Epiphany.
        moment = seconds(2027, 1, 6, 12)
    before = of_three_offices.take(moment)
    assert {row.component for row in before.rows if row.state.in_window} >= {"both"}
    with connection.cursor() as cursor:
        cursor.execute(edit)
    after = open_at(of_three_offices, moment)
    assert "both" not in after
    assert "neither" in after


def test_what_an_edit_does_not_concern_is_kept(of_three_offices: Snapshots) -> None:
    of_three_offices.take(CHRISTMAS_EVE_NOON)
    before = {one.group.schedule: one.group.unit for one in _groups(of_three_offices)}
    kept = before["london"].definition, before["new-york"].definition
    CalendarDay.objects.update(start="12-28")
    of_three_offices.take(CHRISTMAS_EVE_NOON)
    after = {one.group.schedule: one.group.unit for one in _groups(of_three_offices)}
    assert after["new-york"] is before["new-york"]
    assert after["london"].definition is not kept[0]
    # What has changed is made anew of what has not.
    london, new_york = after["both"].definition.includes
    assert london is after["london"].definition
    assert new_york is kept[1]


def _groups(snapshots: Snapshots) -> Any:
    return snapshots.take(CHRISTMAS_EVE_NOON).groups


def test_schedules_with_the_same_calendars_share_them() -> None:
    company = make_calendar("company", {"name": "Closing", "date": "12-24"})
    for name in ("a", "b"):
        schedule = make_schedule(name, holidays="GB-ENG,DE-BY")
        ScheduleCalendar.objects.create(schedule=schedule, calendar=company)
        agreement = make_agreement(name, schedule=schedule)
        make_component(name, agreement=agreement)
    first, second = (one.group.unit.definition for one in _groups(Snapshots()))
    assert first.holidays is second.holidays


def test_a_circle_costs_its_own_schedules_only(of_three_offices: Snapshots) -> None:
    both, london = (Schedule.objects.get(name=name) for name in ("both", "london"))
    ScheduleInclusion.objects.create(schedule=london, included=both)
    snapshot = of_three_offices.take(CHRISTMAS_EVE_NOON)
    assert [row.component for row in snapshot.rows] == ["new-york"]
    assert snapshot.dropped == {"schedule": 3}


def test_a_calendar_that_is_lost_costs_its_schedules_only(
    of_three_offices: Snapshots,
) -> None:
    HolidayCalendar.objects.filter(name="company").update(include="AT-LANTIS")
    snapshot = of_three_offices.take(CHRISTMAS_EVE_NOON)
    assert [row.component for row in snapshot.rows] == ["new-york"]
    assert snapshot.dropped == {"holidays": 1, "schedule": 2}


def test_a_name_that_no_day_has_is_warned_of_once(
    of_three_offices: Snapshots, caplog: pytest.LogCaptureFixture
) -> None:
    HolidayCalendar.objects.filter(name="company").update(without="Boxing Dye")
    with caplog.at_level(logging.WARNING, "otel_sla.snapshot"):
        open_before = open_at(of_three_offices, CHRISTMAS_EVE_NOON)
        Schedule.objects.filter(name="new-york").update(always_open=True)
        of_three_offices.take(CHRISTMAS_EVE_NOON)
    assert open_before == {"london", "both"}
    (warning,) = checks.check_stored_calendars(None, ["default"])
    assert warning.id == "otel_sla.W022"
    assert "Calendar 'company' is without 'Boxing Dye'" in warning.msg
    (record,) = caplog.records
    assert record.getMessage() == (
        "calendar 'company' is without 'Boxing Dye', which matches no day that it "
        "includes from 2000 to 2050"
    )
