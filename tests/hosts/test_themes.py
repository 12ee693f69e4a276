"""Sites whose admin has a theme: operators at work, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ..support.browser import ADD_USER, Visit, chromium, visiting
from ..support.hosts import Host, make_project, prepare
from ..support.parts import missing
from ..support.processes import GUNICORN, ROOT, Server

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
for name in ("shop", "stock"):
    Component.objects.create(name=name, agreement=gold, labels={"team": "payments"})
Override.objects.create(
    component=Component.objects.get(name="stock"), kind="closed", reason="move",
    start=datetime(2099, 1, 1, 12), end=datetime(2099, 1, 1, 14))
"""
STATIC = """
from django.contrib.staticfiles.urls import staticfiles_urlpatterns

urlpatterns += staticfiles_urlpatterns()
"""
DOCS = (ROOT / "docs" / "admin-themes.md").read_text("utf-8")
ON_UNFOLD = re.findall(r"^```python\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)[0]
OWN_SITE = """
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig


class ShopAdmin(AdminSite):
    site_header = "The shop"


class ShopAdminConfig(AdminConfig):
    default_site = "shop.apps.ShopAdmin"
"""


def themed(name: str, settings: str, **files: str) -> Host:
    return Host(
        name,
        settings=settings,
        settings_after='DEBUG, ALLOWED_HOSTS = True, ["127.0.0.1"]',
        urls=STATIC,
        files={path.replace("_", "/") + ".py": text for path, text in files.items()},
        is_new=False,
    )


HOSTS = [
    themed(
        "unfold",
        'INSTALLED_APPS = ["unfold", *INSTALLED_APPS, "shop"]',
        shop_admin=ON_UNFOLD,
    ),
    themed(
        "jazzmin",
        """
        INSTALLED_APPS = ["jazzmin", "shop.apps.ShopAdminConfig", *INSTALLED_APPS[1:]]
        JAZZMIN_SETTINGS = {"use_google_fonts_cdn": False}
        """,
        shop_apps=OWN_SITE,
    ),
]


@pytest.fixture(scope="module", params=HOSTS, ids=lambda host: host.name)
def server(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    host = request.param
    if find_spec(host.name) is None:
        missing(f"django-{host.name}")
    site = make_project(host, tmp_path_factory.mktemp(host.name))
    assert prepare(site, loading=False) == ""
    site.manage("shell", "-c", ADD_USER + ROWS)
    command = (*GUNICORN, "--threads", "4", "shop.wsgi")
    with site.serving(*command, path="/windows/healthz") as server:
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


def open_tab(page: Page, name: str) -> None:
    """Show those rows, which jazzmin has in tabs."""
    tab = page.get_by_role("tab", name=name)
    if tab.count():
        tab.click()


def test_a_schedule_is_changed_with_its_preview_and_restored(visit: Visit) -> None:
    page = visit.go("/admin/otel_sla/schedule/1/change/")
    page.click("[name=_continue]")
    form, panel = (
        page.locator(one).bounding_box() for one in ("#id_name", ".otel-sla-beside")
    )
    assert form
    assert panel
    assert panel["x"] > form["x"] + form["width"]
    open_tab(page, "Rules")
    page.fill("#id_rules-0-end", "16:00")
    expect(page.locator(f"{PREVIEW} .was").first).to_have_text("was 09:00-17:00")
    expect(page.locator(PREVIEW)).to_contain_text("for 2 components")
    # A row added begins without days, and is gone from the preview once removed.
    page.click("text=Add another Rule")
    expect(page.locator(f"{PREVIEW}")).to_contain_text("To see the preview, fill in")
    expect(page.locator("#id_rules-1-weekdays :checked")).to_have_count(0)
    page.click("#rules-group :is(.inline-deletelink, .delete-template):visible")
    expect(page.locator(f"{PREVIEW} .was").first).to_be_visible()
    page.click("[name=_save]")
    expect(page.locator("body")).to_contain_text("was changed successfully")

    page = visit.go("/admin/otel_sla/schedule/1/history/")
    page.click("text=Restore >> nth=1")
    expect(page.locator(".otel-sla-note")).to_contain_text("Nothing is saved yet.")
    expect(page.locator("#id_rules-0-end")).to_have_value("17:00")
    expect(page.locator(PREVIEW)).to_contain_text("h more")
    page.click("[name=_save]")
    page = visit.go("/admin/otel_sla/schedule/1/history/")
    expect(page.locator("#change-history")).to_contain_text("back to the version")


def test_an_agreement_chosen_in_the_theme_s_list_is_previewed(visit: Visit) -> None:
    page = visit.go("/admin/otel_sla/component/1/change/")
    page.click(".field-agreement .select2-selection")
    page.click(".select2-results__option >> text=eastern")
    expect(page.locator(PREVIEW)).to_contain_text("in Asia/Tokyo")
    # Kinds of overrides are such lists as well in jazzmin.
    open_tab(page, "Overrides")
    page.click("text=Add another Override")
    page.fill("#id_overrides-0-start", "2099-01-01")
    page.fill("#id_overrides-0-end", "2099-01-01")
    page.press("#id_overrides-0-end", "Tab")
    expect(page.locator(f"{PREVIEW}:not(.stale)")).to_have_count(1)
    expect(page.locator(PREVIEW)).to_contain_text("1 Jan closed: no reason given")
    chosen = page.locator("#overrides-0 .field-kind .select2-selection")
    if chosen.count():
        chosen.click()
        page.click(".select2-results__option >> text=Open")
    else:
        page.select_option("#id_overrides-0-kind", "open")
    expect(page.locator(PREVIEW)).to_contain_text("1 Jan also open: no reason given")


def test_a_component_is_moved_to_another_zone(visit: Visit) -> None:
    page = visit.go("/admin/otel_sla/component/?q=stock")
    page.check("#result_list input[name=_selected_action]")
    page.select_option("select[name=action]", "move")
    page.click("button[name=index]")
    expect(page.locator("h1 >> visible=true").last).to_have_text(
        "Move to another agreement"
    )
    page.select_option("#id_agreement", label="eastern")
    page.click("input[value=Preview]")
    expect(page.locator(".otel-sla-shifts .chosen")).to_have_text(
        "2099-01-01 21:00 to 2099-01-01 23:00"
    )
    page.click("text=Move to eastern")
    expect(page.locator("body")).to_contain_text("1 component moved to eastern")


@pytest.mark.parametrize(("width", "theme"), [(1400, "dark"), (390, "light")])
def test_pages_fit_and_have_no_faults(
    width: int, theme: Any, browser: Browser, server: Server
) -> None:
    size = {"width": width, "height": 800}
    with visiting(browser, server, viewport=size, color_scheme=theme) as visit:
        visit.log_in()
        for path in (
            *("schedule/add/", "schedule/2/change/", "component/1/change/"),
            *("component/1/change/calendar/", "component/1/delete/"),
            *("component/1/history/", "exclusion/add/", "override/1/change/"),
        ):
            page = visit.go(f"/admin/otel_sla/{path}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert (path, wide, visit.faults) == (path, min(wide, width), [])
            inputs = page.locator(".change-form form input[type=text]:visible")
            borders = inputs.evaluate_all(
                "all => all.map(one => getComputedStyle(one).borderTopWidth)"
            )
            assert (path, {*borders} - {"1px"}) == (path, set())
