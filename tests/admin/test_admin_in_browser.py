"""An operator's tasks in the admin, in a real browser, with their inputs counted."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import otel_sla

from ..support.browser import ADD_USER, LOOKS, Visit, chromium, visiting
from ..support.processes import GUNICORN, WSGI, Server, Site, make_site
from .test_operator import Inputs

PREVIEW = "#otel-sla-preview"
ROWS = """
from datetime import datetime, time
from otel_sla.models import *
office = Schedule.objects.create(name="office", timezone="Europe/London")
tokyo = Schedule.objects.create(name="tokyo", timezone="Asia/Tokyo")
for schedule in (office, tokyo):
    schedule.rules.create(weekdays="mon-fri", start=time(9), end=time(17))
gold = Agreement.objects.create(name="gold", schedule=office, target="99.9")
Agreement.objects.create(name="eastern", schedule=tokyo, target="99.9")
for name in ("shop", "bank", "stock", "mail", "wiki", "gone"):
    Component.objects.create(name=name, agreement=gold, labels={"team": "payments"})
Override.objects.create(
    component=Component.objects.get(name="stock"), kind="closed", reason="move",
    start=datetime(2099, 1, 1, 12), end=datetime(2099, 1, 1, 14))
company = HolidayCalendar.objects.create(name="company", include="GB-ENG")
company.days.create(name="Closing day", date="12-24")
"""
PAGES = {
    "schedule": "/admin/otel_sla/schedule/1/change/",
    "component": "/admin/otel_sla/component/3/change/",
    "agreement": "/admin/otel_sla/agreement/1/change/",
    "calendar": "/admin/otel_sla/holidaycalendar/1/change/",
    "new schedule": "/admin/otel_sla/schedule/add/",
    "deletion": "/admin/otel_sla/component/6/delete/",
    "history": "/admin/otel_sla/component/3/history/",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = make_site(tmp_path_factory.mktemp("admin"))
    site.manage("migrate", "-v0")
    site.manage("shell", "-c", ADD_USER + ROWS)
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


def component(visit: Visit, name: str) -> Page:
    page = visit.go(f"/admin/otel_sla/component/?q={name}")
    page.click("#result_list tbody th a")
    page.wait_for_selector(f"{PREVIEW} table")
    return page


def add_override(page: Page) -> None:
    page.click("text=Add another Override")


def workday(ahead: int) -> date:
    """The first working day, that many days from now or later."""
    day = datetime.now(UTC).date() + timedelta(days=ahead)
    return day + timedelta(days=max(0, 7 - day.weekday()) % 7 * (day.weekday() > 4))


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_our_parts_are_accessible_and_the_page_fits(
    width: int, theme: Any, browser: Browser, server: Server
) -> None:
    size = {"width": width, "height": 800}
    with visiting(browser, server, viewport=size, color_scheme=theme) as visit:
        visit.log_in()
        for name, path in PAGES.items():
            page = visit.go(path)
            page.wait_for_load_state("networkidle")
            page.wait_for_function("!document.querySelector('.stale')")
            assert (name, visit.faults) == (name, [])
            found = Axe().run(page, {"include": [["#content"], ["#header"]]})
            grave = [
                (one["id"], node["target"], node["html"][:120])
                for one in found.response["violations"]
                if one["impact"] in ("serious", "critical")
                for node in one["nodes"][:3]
            ]
            assert (name, grave) == (name, [])
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert (name, wide) == (name, min(wide, width))
            # Of axe, which styles what it measures.
            visit.faults.clear()


def test_a_component_is_closed_for_two_days_in_five_inputs(visit: Visit) -> None:
    page = component(visit, "shop")
    inputs, first = Inputs(page), workday(60)
    add_override(page)
    inputs.type("overrides-0-start", f"{first}")
    inputs.type("overrides-0-end", f"{first + timedelta(days=1)}")
    inputs.count += 1
    page.check("#id_overrides-0-all_day")
    inputs.type("overrides-0-reason", "Stocktaking")
    # The preview goes to the day, and marks what differs.
    day = page.locator(f"{PREVIEW} td:has(time[datetime='{first}'])")
    expect(day).to_contain_text("closed")
    expect(day.locator(".was")).to_have_text("was 09:00-17:00")
    expect(page.locator(PREVIEW)).to_contain_text("closed: Stocktaking")
    page.click(f"{PREVIEW} >> text=Today")
    expect(page.locator(f"{PREVIEW} td.today")).to_have_count(1)
    page.click(f"{PREVIEW} >> text=Later")
    expect(page.locator(f"{PREVIEW} td.today")).to_have_count(0)
    page.click("[name=_save]")
    expect(page.locator(".messagelist .success")).to_contain_text("shop")
    assert inputs.count <= 5


def test_the_preview_stays_beside_the_form(visit: Visit) -> None:
    page = component(visit, "bank")
    form, panel = (
        page.locator(one).bounding_box() for one in ("#id_name", ".otel-sla-beside")
    )
    assert form
    assert panel
    assert panel["x"] > form["x"] + form["width"]
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    expect(page.locator("#preview-heading")).to_be_in_viewport()


def test_a_mistyped_year_warns_and_names_itself(visit: Visit) -> None:
    page = component(visit, "bank")
    start = workday(30)
    add_override(page)
    page.fill("#id_overrides-0-start", f"{start} 12:00")
    page.fill("#id_overrides-0-end", f"{start + timedelta(days=365)} 17:00")
    warning = page.locator(f"{PREVIEW} .otel-sla-advice")
    expect(warning).to_contain_text(f"The closed override from {start} 12:00")
    expect(warning).to_contain_text("Are its dates right?")
    page.fill("#id_overrides-0-start", "2020-12-02 12:00")
    page.fill("#id_overrides-0-end", "2020-12-02 17:00")
    expect(warning).to_contain_text("to 2020-12-02 17:00 is over already.")


def test_errors_are_beside_their_fields_and_none_before_anything_is_typed(
    visit: Visit,
) -> None:
    page = visit.go("/admin/otel_sla/schedule/add/")
    page.click("text=Add another Rule")
    page.check("#id_rules-0-weekdays input[value=sat]")
    expect(page.locator(PREVIEW)).to_contain_text("To see the preview, fill in: Name")
    expect(page.locator(".otel-sla-error")).to_have_count(0)
    page.fill("#id_rules-0-start", "half past nine")
    error = page.locator("#id_rules-0-start-error")
    expect(error).to_contain_text("is not a valid time")
    described = page.get_attribute("#id_rules-0-start", "aria-describedby")
    assert described == "id_rules-0-start-error"
    page.fill("#id_rules-0-start", "09:30")
    expect(page.locator(".otel-sla-error")).to_have_count(0)


def test_a_picker_writes_the_notation(visit: Visit) -> None:
    page = component(visit, "bank")
    add_override(page)
    pick = page.get_by_label("Pick a date and time: From")
    expect(pick).to_have_count(1)
    page.evaluate("HTMLInputElement.prototype.showPicker = () => {}")
    pick.click()
    page.evaluate(
        """() => {
          const native = document.querySelector("#overrides-0 .native");
          native.value = "2099-02-03T14:30";
          native.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    assert page.input_value("#id_overrides-0-start") == "2099-02-03 14:30"


def test_a_move_to_another_zone_takes_three_inputs_and_lists_the_instants(
    visit: Visit,
) -> None:
    page = visit.go("/admin/otel_sla/component/?q=stock")
    page.check("#result_list input[name=_selected_action]")
    page.select_option("select[name=action]", "move")
    page.click("button[name=index]")
    page.select_option("#id_agreement", label="eastern")
    page.click("input[value=Preview]")
    expect(page.locator("#content")).to_contain_text("1 component selected: stock.")
    listed = page.locator(".otel-sla-shifts tbody")
    expect(listed).to_contain_text("2099-01-01 12:00 to 2099-01-01 14:00")
    expect(listed.locator(".chosen")).to_have_text(
        "2099-01-01 21:00 to 2099-01-01 23:00"
    )
    page.click("text=Move to eastern")
    expect(page.locator(".messagelist .success")).to_contain_text("1 component moved")
    page = component(visit, "stock")
    assert page.input_value("#id_overrides-0-start") == "2099-01-01 21:00"


def test_disabling_a_component_takes_one_input_and_says_what_stops(
    visit: Visit,
) -> None:
    page = component(visit, "mail")
    page.uncheck("#id_enabled")
    expect(page.locator(".otel-sla-stops")).to_contain_text("no longer held back")


def test_a_stale_form_is_refused_and_saved_anyway_with_one_more_input(
    browser: Browser, server: Server
) -> None:
    with visiting(browser, server, java_script_enabled=False) as visit:
        visit.log_in()
        listed = visit.page.context.new_page()
        for page in (visit.page, listed):
            page.goto(f"{visit.base}{PAGES['component'].replace('3', '5')}")
        listed.fill("#id_labels-0-value", "people")
        listed.click("[name=_save]")
        page = visit.page
        page.fill("#id_name", "wikis")
        page.click("[name=_save]")
        refusal = page.locator(".otel-sla-stale")
        expect(refusal).to_contain_text("was changed since you opened it")
        expect(refusal.locator("tbody")).to_contain_text("team=people")
        expect(refusal.locator("tbody")).to_contain_text("wikis")
        page.check("[name=_anyway]")
        page.click("[name=_save]")
        expect(page.locator(".messagelist .success")).to_contain_text("wikis")


def test_without_scripts_earlier_and_later_weeks_are_pages(
    browser: Browser, server: Server
) -> None:
    with visiting(browser, server, java_script_enabled=False) as visit:
        visit.log_in()
        page = visit.go(PAGES["schedule"])
        page.fill("#id_rules-0-end", "16:00")
        page.click(f"{PREVIEW} >> text=Later")
        expect(page.locator("h1")).to_contain_text("Preview of office")
        for _ in range(2):
            page.click("text=Later")
            expect(page.locator(".otel-sla-weeks")).to_contain_text("was 09:00-17:00")
        expect(page.locator("td.today")).to_have_count(0)
        page.click("text=Today")
        expect(page.locator("td.today")).to_have_count(1)


def test_the_scripts_are_small() -> None:
    scripts = Path(otel_sla.__file__).parent.glob("static/otel_sla/*.js")
    assert sum(len(gzip.compress(one.read_bytes())) for one in scripts) <= 10_000


def test_the_site_s_admin_has_the_name_and_the_pages_of_the_site(visit: Visit) -> None:
    page = visit.go("/admin/")
    expect(page.locator("#site-name")).to_have_text("Service windows")
    expect(page).to_have_title("Site administration | Service windows")
    page.click("#site-pages >> text=Timeline")
    assert page.url.startswith(f"{visit.base}/timeline")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_last_version_is_restored_from_the_history_with_two_inputs(
    scripts: bool, browser: Browser, server: Server
) -> None:
    with visiting(browser, server, java_script_enabled=scripts) as visit:
        visit.log_in()
        page = visit.go(PAGES["schedule"].replace("1", "2"))
        page.click("[name=_continue]")
        page.check("#id_rules-0-DELETE")
        page.click("[name=_save]")
        page = visit.go("/admin/otel_sla/schedule/2/history/")
        page.click("text=Restore >> nth=1")
        expect(page.locator(".otel-sla-note")).to_contain_text("Nothing is saved yet.")
        expect(page.locator("#id_rules-0-end")).to_have_value("17:00")
        expect(page.locator(PREVIEW)).to_contain_text("h more")
        page.click("[name=_save]")
        expect(page.locator(".messagelist .success")).to_contain_text("tokyo")
        page = visit.go("/admin/otel_sla/schedule/2/history/")
        expect(page.locator("#change-history")).to_contain_text("back to the version")
        assert visit.faults == []
