"""An operator enters a plant's year in few inputs, in a real browser on a real site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from ..support.browser import ADD_USER, Visit, chromium, visiting
from ..support.processes import GUNICORN, WSGI, Server, Site, make_site

PREVIEW = "#otel-sla-preview"
ADD_CALENDAR = """
from otel_sla.models import *
company = HolidayCalendar.objects.create(name="company", include="GB-ENG")
company.days.create(name="A closing day with quite a long name", date="12-24")
office = Schedule.objects.create(name="office")
office.calendars.add(company)
"""
ADD_COMPONENT = """
from otel_sla.models import *
plant = Schedule.objects.get(name="plant")
standard = Agreement.objects.create(name="standard", schedule=plant, target=99)
Component.objects.create(name="press", agreement=standard)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = make_site(tmp_path_factory.mktemp("operator"))
    site.manage("migrate", "-v0")
    site.manage("shell", "-c", ADD_USER + ADD_CALENDAR)
    return site


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[Server]:
    with site.serving(*GUNICORN, "--threads", "4", WSGI) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visit]:
    with visiting(browser, server) as visit:
        visit.log_in()
        yield visit


@dataclass
class Inputs:
    """Fills in fields, and counts them: every text typed, choice made and box ticked.

    Buttons are not inputs.
    """

    page: Page
    count: int = 0

    def type(self, field: str, text: str) -> None:
        self.count += 1
        self.page.fill(f"#id_{field}", text)

    def choose(self, field: str, value: str) -> None:
        self.count += 1
        self.page.select_option(f"#id_{field}", value)

    def tick(self, field: str, value: str) -> None:
        self.count += 1
        self.page.check(f"#id_{field} input[value={value}]")


def unfold(page: Page, row: str) -> None:
    page.click(f"#{row} summary")


def save(page: Page) -> None:
    page.click("[name=_save]")
    expect(page.locator(".messagelist .success")).to_contain_text("plant")


def windows(site: Site, since: str, until: str) -> list[str]:
    """The windows of the component that overlap the dates, in UTC."""
    printed = site.manage(
        "windows", "press", "--from", since, "--until", until, "--format", "json"
    )
    return [f"{one['start'][:16]} {one['end'][11:16]}" for one in json.loads(printed)]


def test_a_plant_with_its_holidays_takes_fewer_than_twenty_inputs(
    visit: Visit, site: Site
) -> None:
    page = visit.go("/admin/otel_sla/holidaycalendar/add/")
    year = datetime.now(UTC).year
    inputs = Inputs(page)
    inputs.type("name", "plant")
    inputs.type("include", "DE-BY/catholic")
    page.click("text=Add another Calendar day")
    inputs.type("days-0-name", "Christmas closing")
    inputs.type("days-0-start", "12-24")
    inputs.type("days-0-end", "01-02")
    page.click("text=Add another Calendar day")
    inputs.type("days-1-name", "Until noon")
    inputs.type("days-1-date", "12-23")
    unfold(page, "days-1")
    inputs.type("days-1-hours", "00:00-12:00")
    listed = page.locator(f"{PREVIEW} .otel-sla-days")
    expect(listed).to_contain_text("Mariä Himmelfahrt")
    expect(listed).to_contain_text("limited to 00:00-12:00")
    expect(listed).to_contain_text(f"{year}-12-31")
    save(page)

    visit.go("/admin/otel_sla/schedule/add/")
    inputs.type("name", "plant")
    inputs.type("timezone", "Europe/Berlin")
    inputs.type("holidays", "plant")
    page.click("text=Add another Rule")
    inputs.type("rules-0-start", "06:00")
    inputs.type("rules-0-end", "22:00")
    page.click("text=Add another Rule")
    inputs.tick("rules-1-weekdays", "sat")
    unfold(page, "rules-1")
    inputs.choose("rules-1-nth", "1")
    inputs.type("rules-1-start", "08:00")
    inputs.type("rules-1-end", "12:00")
    expect(page.locator(PREVIEW)).to_contain_text("06:00-22:00")
    expect(page.locator(PREVIEW)).to_contain_text("Opens, Europe/Berlin")
    save(page)
    assert inputs.count < 20

    site.manage("shell", "-c", ADD_COMPONENT)
    assert windows(site, "2026-12-22", "2027-01-06") == [
        "2026-12-22T05:00 21:00",
        "2026-12-23T05:00 11:00",
        "2027-01-04T05:00 21:00",
        "2027-01-05T05:00 21:00",
    ]
    assert windows(site, "2027-02-05", "2027-02-15") == [
        "2027-02-05T05:00 21:00",
        "2027-02-06T07:00 11:00",
        *(f"2027-02-{day:02}T05:00 21:00" for day in range(8, 13)),
    ]
    assert windows(site, "2028-08-15", "2028-08-16") == []


def test_each_name_of_a_list_is_suggested(visit: Visit) -> None:
    page = visit.go("/admin/otel_sla/schedule/add/")
    page.fill("#id_holidays", "US,")
    suggested = (
        "[...document.querySelector('#id_holidays').list.options].map(o => o.value)"
    )
    assert "US, DE-BY" in page.evaluate(suggested)
    page.fill("#id_holidays", "")
    assert "DE-BY" in page.evaluate(suggested)


@pytest.mark.parametrize("width", [1400, 768, 390])
def test_a_calendar_s_page_does_not_scroll_sideways(visit: Visit, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 800})
    page = visit.go("/admin/otel_sla/holidaycalendar/?q=company")
    page.click("#result_list a >> text=company")
    page.fill("#id_days-0-date", "12-28")
    expect(page.locator(PREVIEW)).to_contain_text("Change in the next 90 days")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    unfold(page, "days-0")
    for field in page.query_selector_all("#days-0 .form-row :is(input, select)"):
        box = field.bounding_box()
        assert box is None or box["x"] + box["width"] <= width
