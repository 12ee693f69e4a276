"""Calendars, and schedules made of others, in the JSON API."""

from __future__ import annotations

import json

import pytest
import yaml
from django.test import Client

from otel_sla.catalogue import apply as apply_catalogue
from otel_sla.catalogue import dump, parse_text, read_database

from ..support.asking import API, get, told

pytestmark = pytest.mark.django_db

CATALOGUE = """
calendars:
  base:
    days:
      - {name: Early closing, date: "12-24", hours: ["09:00-13:00"]}
  company:
    include: [GB-ENG, base]
    without: [Boxing Day]
    days:
      - {name: Christmas closing, from: "12-27", to: "01-02"}
      - {name: Founders' day, nth: 3, day: mon, month: may, first_year: 2020}
      - {name: Good Friday, easter: -2, orthodox: true}
      - {name: New Year, date: "01-01", observed: next_monday}
      - {name: Half days, date: "2026-12-23", hours: ["09:00-12:00", "14:00-24:00"]}
schedules:
  office:
    timezone: Europe/London
    holidays: [company, DE-BY]
    rules:
      - {days: daily, start: "09:00", end: "17:00", every_days: 4, from: 2026-01-01}
  one-calendar: {timezone: Europe/London, holidays: company}
  both: {timezone: UTC, includes: [one-calendar, office], excludes: [nights]}
  nights:
    timezone: America/New_York
    holidays: US
    rules: [{days: daily, start: "22:00", end: "06:00"}]
agreements: {}
components: {}
"""


@pytest.fixture
def composed() -> None:
    apply_catalogue(parse_text(CATALOGUE, "yaml"))


@pytest.mark.usefixtures("composed")
def test_they_are_as_the_catalogue_writes_them(client: Client) -> None:
    document = json.loads(
        json.dumps(yaml.safe_load(dump(read_database())), default=str)
    )
    listed = {one["name"]: one for one in get(client, "schedules")["items"]}
    for name, expected in document["schedules"].items():
        shown = get(client, f"schedules/{name}")
        for key in ("holidays", "includes", "excludes", "rules"):
            assert shown[key] == expected.get(key, "" if key == "holidays" else [])
            assert listed[name].get(key, shown[key]) == shown[key]
    for name, expected in document["calendars"].items():
        assert get(client, f"calendars/{name}")["days"] == expected["days"]


@pytest.mark.usefixtures("composed")
def test_a_calendar_tells_what_it_is_made_of_and_who_uses_it(client: Client) -> None:
    base, company = get(client, "calendars")["items"]
    assert base == {
        "name": "base",
        "include": [],
        "without": [],
        "schedules": [],
        "included_by": ["company"],
    }
    assert company == {
        "name": "company",
        "include": ["base", "GB-ENG"],
        "without": ["Boxing Day"],
        "schedules": ["office", "one-calendar"],
        "included_by": [],
    }
    whole = get(client, "calendars/company")
    assert len(whole.pop("days")) == 5
    assert whole == company


@pytest.mark.usefixtures("composed")
def test_the_days_of_a_year_are_listed_with_their_hours(client: Client) -> None:
    found = get(client, "calendars/company/days?year=2026")
    by_date = {one.pop("date"): one for one in found}
    assert list(by_date) == sorted(by_date)
    assert by_date["2026-05-18"] == {"name": "Founders' day", "hours": None}
    assert by_date["2026-12-23"]["hours"] == ["09:00-12:00", "14:00-24:00"]
    assert by_date["2026-12-24"] == {"name": "Early closing", "hours": ["09:00-13:00"]}
    assert by_date["2026-12-25"] == {"name": "Christmas Day", "hours": None}
    # Without Boxing Day, but also of the year before.
    assert "2026-12-26" not in by_date
    assert by_date["2026-01-02"]["name"] == "Christmas closing"


@pytest.mark.usefixtures("composed")
def test_the_days_of_a_schedule_have_the_names_of_its_calendars(client: Client) -> None:
    at = "days?from=2026-12-27&until=2026-12-28"
    (day,) = get(client, f"schedules/office/{at}")
    assert [one["reason"] for one in day["exceptions"]] == ["Christmas closing"]


@pytest.mark.parametrize(
    ("endpoint", "status", "message"),
    [
        ("calendars/none", 404, "There is no holiday calendar 'none'."),
        ("calendars/GB-ENG/days?year=2026", 404, "There is no holiday calendar"),
        ("calendars/company/days", 422, "Field required"),
        ("calendars/company/days?year=1969", 422, "greater than or equal to 1970"),
        ("calendars/company/days?year=2100", 422, "less than 2100"),
        ("calendars?years=1", 422, "Unknown parameter 'years'. Use limit, offset."),
    ],
)
def test_what_is_not_there_is_told(
    endpoint: str, status: int, message: str, client: Client
) -> None:
    response = client.get(API + endpoint)
    assert response.status_code == status
    assert message in told(response)[0][1]
