"""Operators at work, in a real browser on a real site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ..ical.test_import_calendar import calendar, event
from ..support.browser import ADD_USER, Visit, chromium, visiting
from ..support.processes import GUNICORN, WSGI, Server, make_site

ADD_FORTY = """
from datetime import time
from otel_sla.models import *
closed = Schedule.objects.create(name="never")
always = Schedule.objects.create(name="always", always_open=True)
bronze = Agreement.objects.create(name="bronze", schedule=closed, target=99)
Agreement.objects.create(name="platinum", schedule=always, target=99.99)
gold = Agreement.objects.create(name="gold", schedule=always, target=99)
Component.objects.create(name="by-keyboard-alone", agreement=gold)
Component.objects.bulk_create(
    Component(name=f"batch-{n:02}", agreement=bronze, labels={"team": "batch"})
    for n in range(40)
)
"""
PREVIEW = "#otel-sla-preview"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    site = make_site(tmp_path_factory.mktemp("browser"))
    site.manage("migrate", "-v0")
    site.manage("shell", "-c", ADD_USER + ADD_FORTY)
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


def first_opening(page: Page) -> int:
    """When the next window opens by the preview's table, in Unix seconds."""
    written = page.locator(
        f"{PREVIEW} .otel-sla-windows tr.upcoming time"
    ).first.get_attribute("datetime")
    assert written is not None
    return int(datetime.fromisoformat(written).timestamp())


def test_a_schedule_is_previewed_mended_saved_and_exported(
    visit: Visit, server: Server
) -> None:
    page = visit.go("/admin/otel_sla/schedule/add/")
    page.fill("#id_name", "office-lisbon")
    page.fill("#id_timezone", "Europe/Lisbon")
    page.click("text=Add another Rule")
    page.fill("#id_rules-0-start", "09:00")
    page.fill("#id_rules-0-end", "17:00")
    expect(page.locator(PREVIEW)).to_contain_text("09:00-17:00")
    expect(page.locator(PREVIEW)).to_contain_text("Opens, Europe/Lisbon")
    page.fill("#id_rules-0-end", "16:30")
    expect(page.locator(PREVIEW)).to_contain_text("09:00-16:30")

    page.fill("#id_rules-0-end", "half past four")
    expect(page.locator(PREVIEW)).to_contain_text("Rule 1, end")
    page.click("[name=_save]")
    error = page.locator("#rules-0 .field-end .errorlist")
    expect(error).to_contain_text("is not a valid time. Use 24-hour HH:MM")
    page.fill("#id_rules-0-end", "16:30")
    expect(page.locator(PREVIEW)).to_contain_text("09:00-16:30")
    opens = first_opening(page)
    page.click("[name=_save]")
    expect(page.locator(".messagelist .success")).to_contain_text("office-lisbon")

    page = visit.go("/admin/otel_sla/agreement/add/")
    page.fill("#id_name", "silver")
    page.click(".field-schedule .select2-selection")
    page.fill(".select2-search__field", "lisbon")
    page.click(".select2-results__option--highlighted >> text=office-lisbon")
    page.fill("#id_target", "99.5")
    page.click("[name=_save]")
    page = visit.go("/admin/otel_sla/component/add/")
    page.fill("#id_name", "web-shop")
    page.click(".field-agreement .select2-selection")
    page.fill(".select2-search__field", "silver")
    page.click(".select2-results__option--highlighted >> text=silver")
    page.fill("#id_labels-0-name", "team")
    page.fill("#id_labels-0-value", "payments")
    page.click("[name=_continue]")
    expect(page.locator(".otel-sla-exported")).to_contain_text(str(opens))

    exposition = server.get("/metrics").text
    sample = 'service_window_next_start_seconds{component="web-shop",team="payments"}'
    assert f"{sample} {opens}\n" in exposition
    local = datetime.fromtimestamp(opens, UTC)
    assert local.minute == 0


def test_a_change_says_what_it_does_before_it_is_saved(visit: Visit) -> None:
    page = visit.go("/admin/otel_sla/schedule/?q=always")
    page.click("#result_list a >> text=always")
    page.uncheck("#id_always_open")
    expect(page.locator(PREVIEW)).to_contain_text("2,160 h less")
    expect(page.locator(PREVIEW)).to_contain_text("The schedule has no rules")
    page.click("text=Add another Override")
    page.fill("#id_overrides-0-start", "2020-01-01 00:00")
    page.fill("#id_overrides-0-end", "2090-01-01 00:00")
    page.select_option("#id_overrides-0-kind", "open")
    expect(page.locator(PREVIEW)).to_contain_text("no difference in the next 90 days")


def test_forty_components_are_moved_once_the_effect_is_seen(
    visit: Visit, server: Server
) -> None:
    page = visit.go("/admin/otel_sla/component/?label=team:batch")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "move")
    page.click("button[name=index]")
    page.select_option("#id_agreement", label="platinum")
    page.click("input[value=Preview]")
    expect(page.locator(".otel-sla-moves")).to_contain_text("86,400 h more")
    expect(page.locator(".otel-sla-moves")).to_contain_text("40 would open")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert len(re.findall(r"in_window\{component=\"batch.* 0", open_now(server))) == 40
    page.click("text=Move to platinum")
    expect(page.locator(".messagelist .success")).to_contain_text(
        "40 components moved to platinum."
    )
    assert len(re.findall(r"in_window\{component=\"batch.* 1", open_now(server))) == 40


def test_a_calendar_is_imported_without_scripts_once_its_effect_is_seen(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "changes.ics"
    day = f"{datetime.now(UTC) + timedelta(days=7):%Y%m%d}"
    file.write_bytes(calendar(event(f"DTSTART:{day}T100000Z", "DURATION:PT2H")))
    options = {"viewport": {"width": 390, "height": 800}}
    with visiting(browser, server, java_script_enabled=False, **options) as visit:
        visit.log_in()
        page = visit.go("/admin/otel_sla/schedule/?q=always")
        page.click("#result_list a >> text=always")
        page.click("text=Import a calendar")
        page.set_input_files("#id_calendar", file)
        page.click("text=Show what it changes")
        expect(page.locator(".otel-sla-changes")).to_contain_text("Upgrade")
        expect(page.locator(".otel-sla-effect")).to_contain_text("2 h less")
        page.click("button[name=apply]")
        expect(page.locator(".messagelist .success")).to_contain_text(
            "Imported changes.ics: 1 override added, changed or deleted."
        )
        page.click("text=History")
        expect(page.locator("#change-history")).to_contain_text("Added override closed")


def open_now(server: Server) -> str:
    return server.get("/metrics").text


def test_a_schedule_is_made_by_keyboard_alone(visit: Visit) -> None:
    page = visit.go("/admin/otel_sla/schedule/add/")
    visit.type_into("#id_name", "by-keyboard")
    visit.type_into("#id_timezone", "Asia/Tokyo")
    visit.tab_to("#rules-group .add-row a")
    page.keyboard.press("Enter")
    for day in ("mon", "wed"):
        visit.tab_to(f"#id_rules-0-weekdays input[value={day}]", "Shift+Tab")
        page.keyboard.press("Space")
    visit.type_into("#id_rules-0-start", "10:00")
    visit.type_into("#id_rules-0-end", "24:00")
    visit.tab_to("#rules-0 summary")
    page.keyboard.press("Enter")
    visit.tab_to("#id_rules-0-on_holidays")
    page.keyboard.press("Space")
    expect(page.locator(PREVIEW)).to_contain_text("10:00-24:00")
    visit.tab_to("#rules-group .add-row a")
    page.keyboard.press("Enter")
    visit.tab_to("#rules-1 .inline-deletelink, #rules-1 a", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#rules-1")).to_have_count(0)
    visit.tab_to("[name=_continue]")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist .success")).to_contain_text("by-keyboard")
    expect(page.locator("#rules-0 .inline_label")).to_contain_text(
        "tue,thu,fri 10:00–24:00, on holidays too"
    )


def test_components_are_moved_by_keyboard_alone(visit: Visit) -> None:
    page = visit.go("/admin/otel_sla/component/?q=by-keyboard-alone")
    visit.tab_to("#result_list input[name=_selected_action]")
    page.keyboard.press("Space")
    visit.tab_to("select[name=action]", "Shift+Tab")
    page.keyboard.type("Move")
    visit.tab_to("button[name=index]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#id_agreement")
    visit.tab_to("#id_agreement")
    page.keyboard.type("bronze")
    visit.tab_to("input[type=submit][value=Preview]")
    page.keyboard.press("Enter")
    page.wait_for_selector("button[name=confirmed]")
    visit.tab_to("button[name=confirmed]")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist .success")).to_contain_text("1 component moved")


def test_without_scripts_the_preview_is_a_page_of_its_own(
    browser: Browser, server: Server
) -> None:
    with visiting(browser, server, java_script_enabled=False) as visit:
        visit.log_in()
        page = visit.go("/admin/otel_sla/schedule/?q=never")
        page.click("#result_list a >> text=never")
        page.check("#id_always_open")
        page.click("text=Preview without saving")
        expect(page.locator("h1")).to_contain_text("Preview of never")
        expect(page.locator("#content")).to_contain_text("2,160 h more")


@pytest.mark.parametrize("width", [1400, 390])
def test_the_change_page_does_not_scroll_sideways(
    browser: Browser, server: Server, width: int
) -> None:
    with visiting(browser, server, viewport={"width": width, "height": 800}) as visit:
        visit.log_in()
        page = visit.go("/admin/otel_sla/schedule/?q=always")
        page.click("#result_list a >> text=always")
        page.wait_for_selector(f"{PREVIEW} .otel-sla-weeks")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
