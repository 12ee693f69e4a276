"""The frame, the login and the phone in a real browser, on a site for its own users."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from ..support.browser import ADD_USER, LOOKS, PASSWORD, Visit, chromium, visiting
from ..support.processes import GUNICORN, WSGI, Server, make_site

LONG = "a-" + "very-" * 20 + "long-name"
ADD_OTHERS = f"""
from django.contrib.auth.models import User
from otel_sla.models import Agreement, Component

User.objects.create_user("ada", password={PASSWORD!r})
gold = Agreement.objects.get(name="platinum")
labels = {{"team": "many", "region": "emea"}}
names = [{LONG!r}, *(f"many-{{number:03}}" for number in range(199))]
Component.objects.bulk_create(
    Component(name=name, agreement=gold, labels=labels) for name in names
)
"""
PHONE = {"width": 390, "height": 844}
STATUS = "/?label=team:many"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    site = make_site(tmp_path_factory.mktemp("frame"), DJANGO_SECURE_COOKIES="0")
    site = site.load_sample()
    site.manage("shell", "-c", ADD_USER + ADD_OTHERS)
    with site.serving(*GUNICORN, "--threads", "4", WSGI) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def session(browser: Browser, server: Server) -> Any:
    """The cookies of a user who is not staff."""
    with visiting(browser, server) as visit:
        log_in(visit)
        return visit.page.context.storage_state()


def log_in(visit: Visit, path: str = "/", name: str = "ada") -> Page:
    """Ask for a page as somebody who has not logged in, and log in."""
    page = visit.go(path)
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(visit.base + path)
    return page


def box_of(page: Page, selector: str) -> Any:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box


def test_a_user_who_is_not_staff_logs_in_sees_their_name_and_logs_out(
    browser: Browser, server: Server
) -> None:
    with visiting(browser, server) as visit:
        page = log_in(visit, "/timeline?span=day")
        expect(page.locator(".menu summary")).to_have_text("ada")
        expect(page.locator(".pages")).not_to_contain_text("Manage")
        page.click(".menu summary")
        page.click("text=Log out")
        expect(page.locator("h1")).to_have_text("Log in")
        visit.go("/timeline")
        expect(page.locator("h1")).to_have_text("Log in")


def test_staff_are_led_to_the_admin(browser: Browser, server: Server) -> None:
    with visiting(browser, server) as visit:
        page = log_in(visit, name="sam")
        page.click(".pages >> text=Manage")
        expect(page).to_have_url(re.compile("/admin/otel_sla/$"))


def test_a_password_that_is_wrong_is_said(browser: Browser, server: Server) -> None:
    with visiting(browser, server) as visit:
        page = visit.go("/accounts/login/")
        page.fill("[name=username]", "ada")
        page.fill("[name=password]", "guessed")
        page.press("[name=password]", "Enter")
        expect(page.locator("[role=alert]")).to_contain_text("correct username")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_login_and_what_is_not_found_are_accessible(
    width: int, scheme: Any, browser: Browser, server: Server
) -> None:
    size = {"width": width, "height": 800}
    with visiting(browser, server, viewport=size, color_scheme=scheme) as visit:
        for path, heading in (
            ("/accounts/login/", "Log in"),
            ("/nowhere", "Page not found"),
        ):
            visit.page.goto(visit.base + path)
            expect(visit.page.locator("h1")).to_have_text(heading)
            found = Axe().run(visit.page).response["violations"]
            assert [one["id"] for one in found if one["impact"] != "minor"] == []
        visit.faults.clear()  # The browser's own note about the status.


def test_the_theme_is_kept(browser: Browser, server: Server, session: Any) -> None:
    with visiting(browser, server, storage_state=session) as visit:
        page = visit.go("/")
        colour = "getComputedStyle(document.documentElement).backgroundColor"
        light = page.evaluate(colour)
        page.click(".menu summary")
        page.check("[name=theme][value=dark]")
        dark = page.evaluate(colour)
        assert dark != light
        visit.go("/timeline")
        assert page.evaluate(colour) == dark
        page.click(".menu summary")
        page.check("[name=theme][value=auto]")
        assert page.evaluate(colour) == light


def test_one_box_finds_names_and_labels(
    browser: Browser, server: Server, session: Any
) -> None:
    with visiting(browser, server, storage_state=session) as visit:
        page = visit.go("/timeline")
        page.fill("#search", "team:payments")
        page.press("#search", "Enter")
        expect(page.locator("caption")).to_have_text(
            re.compile("^11 components of 263")
        )
        expect(page.locator("#search")).to_have_value("team:payments")
        page.fill("#search", "emea many-19")
        page.press("#search", "Enter")
        expect(page.locator(".status tbody tr")).to_have_count(9)


def test_filters_are_kept_from_page_to_page_until_they_are_cleared(
    browser: Browser, server: Server, session: Any
) -> None:
    with visiting(browser, server, storage_state=session) as visit:
        page = visit.go("/?label=team:payments&q=card")
        page.click(".pages >> text=Timeline")
        expect(page).to_have_url(re.compile(r"/timeline\?q=card&label=team%3Apayments"))
        page.click("tbody th a >> nth=0")
        expect(page.locator("h1")).to_have_text("card-gateway")
        page.click(".pages >> text=Status")
        expect(page.locator(".status tbody tr")).to_have_count(3)
        page.click("text=Clear all")
        expect(page.locator("caption")).to_have_text(re.compile(r"^\d+ components$"))


def test_a_label_leads_to_all_components_that_have_it(
    browser: Browser, server: Server, session: Any
) -> None:
    with visiting(browser, server, storage_state=session) as visit:
        page = visit.go("/?q=card-gateway")
        page.click("a.chip >> text=team:payments")
        expect(page).to_have_url(re.compile("label=team%3Apayments"))


def test_columns_sort_both_ways(browser: Browser, server: Server, session: Any) -> None:
    with visiting(browser, server, storage_state=session) as visit:
        page = visit.go(STATUS)
        first = page.locator(".status tbody th").first
        page.click("thead >> text=Component")
        expect(first).to_have_text("many-198")
        expect(page.locator("th[aria-sort=descending]")).to_have_text("Component")
        page.click("thead >> text=Component")
        expect(first).to_have_text(LONG)


@pytest.mark.parametrize("name", [LONG, "many-000"])
@pytest.mark.parametrize("scripts", [True, False])
def test_the_answer_is_on_a_phone_s_first_screen(
    name: str, scripts: bool, browser: Browser, server: Server, session: Any
) -> None:
    with visiting(
        browser,
        server,
        viewport=PHONE,
        storage_state=session,
        java_script_enabled=scripts,
    ) as visit:
        sort = "" if name == LONG else "&q=many-000&state=open"
        page = visit.go(STATUS + sort)
        expect(page.locator("tbody th").first).to_have_text(name)
        answer = box_of(page, ".answer")
        assert answer["y"] + answer["height"] < 600
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for part in ("tbody th a", ".answer", ".answer .pill"):
            box = box_of(page, part)
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            assert page.locator(part).first.evaluate(
                "one => one.scrollWidth <= one.clientWidth + 1"
                " || getComputedStyle(one).display.startsWith('inline')"
            )


def test_targets_are_large_enough_for_a_thumb(
    browser: Browser, server: Server, session: Any
) -> None:
    with visiting(browser, server, viewport=PHONE, storage_state=session) as visit:
        page = visit.go(STATUS)
        page.click(".filters summary")
        page.click(".menu summary")
        small = page.evaluate(
            """() => [...document.querySelectorAll(
                'a:not(.skip), button, summary, select, input:not([type=hidden])')]
              .map((one) => one.matches('[type=radio]') ? one.closest('label') : one)
              .filter((one) => one.checkVisibility())
              .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
              .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
              .map(([html, box]) => `${html} ${box.width} x ${box.height}`)"""
        )
        assert small == []


def test_the_renewal_keeps_the_place_and_what_is_unfolded(
    browser: Browser, server: Server, session: Any
) -> None:
    with visiting(browser, server, viewport=PHONE, storage_state=session) as visit:
        page = visit.page
        page.clock.install()
        visit.go(STATUS)
        page.click(".filters summary")
        page.locator("tbody tr").nth(40).scroll_into_view_if_needed()
        place = page.evaluate("scrollY")
        page.evaluate("document.querySelector('caption').textContent = 'stale'")
        with page.expect_response(page.url):
            page.clock.run_for(61_000)
        expect(page.locator("caption")).not_to_have_text("stale")
        assert page.evaluate("scrollY") == place > 844
        expect(page.locator("#filters")).to_have_attribute("open", "")


def test_a_wall_that_is_logged_out_says_so(
    browser: Browser, server: Server, session: Any
) -> None:
    with visiting(browser, server, storage_state=session) as visit:
        page = visit.page
        page.clock.install()
        visit.go("/")
        page.context.clear_cookies()
        page.clock.run_for(61_000)
        expect(page.locator(".head [role=alert]")).to_contain_text("Logged out")
        expect(page.locator("h1")).to_have_text("Status")


def test_the_status_prints_on_a4(
    browser: Browser, server: Server, session: Any
) -> None:
    # The width of A4 in CSS pixels, less the margins.
    size = {"width": 718, "height": 1000}
    with visiting(browser, server, viewport=size, storage_state=session) as visit:
        page = visit.go(STATUS)
        page.emulate_media(media="print")
        expect(page.locator(".filters")).to_be_hidden()
        expect(page.locator(".search")).to_be_hidden()
        expect(page.locator(".status .answer").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 718
