"""Rows that refer to rows which raw SQL has deleted, past the foreign keys."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from otel_sla import checks
from otel_sla.metrics.source import Snapshots
from otel_sla.models import Agreement, Component, Schedule, ScheduleCalendar

from ..support.asking import API, get, told
from ..support.make import (
    make_agreement,
    make_calendar,
    make_component,
    make_schedule,
    seconds,
)

pytestmark = pytest.mark.django_db(transaction=True)

NOON = seconds(2026, 11, 25, 12)


@pytest.fixture
def of_parts() -> None:
    """A schedule that stands alone, and three that are made of other rows."""
    company = make_calendar("company", {"name": "Closing", "date": "12-24"})
    company.calendars.add(make_calendar("base"))
    for name in ("alone", "part", "with-holidays", "including", "excluding"):
        schedule = make_schedule(name)
        make_component(name, agreement=make_agreement(name, schedule=schedule))
    part = Schedule.objects.get(name="part")
    Schedule.objects.get(name="with-holidays").calendars.add(company)
    Schedule.objects.get(name="including").includes.add(part)
    Schedule.objects.get(name="excluding").excludes.add(part)


def delete(table: str, name: str) -> None:
    """Delete a row without regard for those that refer to it."""
    connection.disable_constraint_checking()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # As a restore of a part of a dump does it.
            cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"DELETE FROM {table} WHERE name = %s", [name])  # noqa: S608
        if connection.vendor == "postgresql":
            cursor.execute("RESET session_replication_role")
    connection.enable_constraint_checking()


@pytest.mark.usefixtures("of_parts")
@pytest.mark.parametrize(
    ("table", "name", "hit", "fault"),
    [
        (
            "otel_sla_holidaycalendar",
            "company",
            ["with-holidays"],
            "holidays: There is no calendar",
        ),
        (
            "otel_sla_holidaycalendar",
            "base",
            ["with-holidays"],
            "holidays: The calendar 'company' can't be evaluated. include: There is "
            "no calendar",
        ),
        (
            "otel_sla_schedule",
            "part",
            ["excluding", "including"],
            "cludes: There is no schedule",
        ),
    ],
)
def test_a_link_to_nothing_costs_its_own_schedules_only(
    table: str, name: str, hit: list[str], fault: str, client: Client
) -> None:
    delete(table, name)
    every = set(Schedule.objects.values_list("name", flat=True))
    snapshot = Snapshots().take(NOON)
    assert {row.component for row in snapshot.rows} == every - {*hit}
    found = checks.check_stored_schedules(None, ["default"])
    assert [one.id for one in found] == ["otel_sla.E003"] * len(hit)
    for one, schedule in zip(sorted(found, key=str), hit, strict=True):
        assert f"Schedule {schedule!r}: " in one.msg
        assert fault in one.msg
        with pytest.raises(CommandError, match=f"The schedule of {schedule} can't be"):
            call_command("windows", schedule, stdout=io.StringIO())
        response = client.get(f"{API}schedules/{schedule}")
        assert response.status_code == 503
        assert fault in told(response)[0][1]
    assert {one["name"] for one in get(client, "schedules")["items"]} == every
    assert get(client, "schedules/alone")["name"] == "alone"


@pytest.mark.usefixtures("of_parts")
def test_a_renamed_part_is_found_by_its_new_name(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE otel_sla_schedule SET name = 'new' WHERE name = 'part'")
        cursor.execute(
            "UPDATE otel_sla_holidaycalendar SET name = 'old' WHERE name = 'company'"
        )
    assert len(Snapshots().take(NOON).rows) == 5
    assert get(client, "schedules/including")["includes"] == ["new"]
    assert get(client, "schedules/with-holidays")["holidays"] == "old"


@pytest.mark.usefixtures("of_parts")
def test_what_has_a_link_to_nothing_can_be_deleted(admin_client: Client) -> None:
    delete("otel_sla_holidaycalendar", "base")
    delete("otel_sla_holidaycalendar", "company")
    delete("otel_sla_schedule", "part")
    for name in ("with-holidays", "including", "excluding"):
        schedule = Schedule.objects.get(name=name)
        Component.objects.filter(name=name).delete()
        Agreement.objects.filter(name=name).delete()
        url = reverse("admin:otel_sla_schedule_delete", args=[schedule.pk])
        assert "the missing" in admin_client.get(url).content.decode()
        assert admin_client.post(url, {"post": "yes"}).status_code == 302
    assert not ScheduleCalendar.objects.exists()


def test_the_check_names_the_path_of_a_circle() -> None:
    first, second = make_schedule("first"), make_schedule("second")
    first.includes.add(second)
    second.excludes.add(first)
    found = checks.check_stored_schedules(None, ["default"])
    assert [one.id for one in found] == ["otel_sla.E003"] * 2
    assert "made of each other: first -> second -> first." in str(found)
