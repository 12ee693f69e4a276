"""The pages in a real browser: in both themes, at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from ..support.browser import LOOKS, chromium, visiting
from ..support.processes import GUNICORN, WSGI, Server, make_site

PATHS = {
    "status": "/?group=team",
    "timeline": "/timeline",
    "a day": "/timeline?span=day&start=2026-10-25",
    "four weeks": "/timeline?span=4weeks&start=2026-12-14",
    "component": "/components/stock-london",
    "no component": "/components/nobody",
    "nonsense": "/?zone=nowhere",
}
FOUND = {"no component": 404, "nonsense": 400}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    site = make_site(tmp_path_factory.mktemp("pages")).load_sample()
    public = site.having_settings("public", 'OTEL_SLA["PUBLIC_STATUS"] = True')
    with public.serving(*GUNICORN, "--threads", "4", WSGI) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize(("width", "theme"), LOOKS)
@pytest.mark.parametrize("name", PATHS)
def test_a_page_is_accessible_and_fits(
    name: str, theme: Any, width: int, browser: Browser, server: Server
) -> None:
    size = {"width": width, "height": 800}
    with visiting(browser, server, viewport=size, color_scheme=theme) as visit:
        page = visit.page
        answer = page.goto(visit.base + PATHS[name])
        assert answer is not None
        assert answer.status == FOUND.get(name, 200)
        found = Axe().run(page).response["violations"]
        grave = [
            (one["id"], one["impact"], [node["html"] for node in one["nodes"][:3]])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert grave == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if name in FOUND:
            # The browser's own note about the status.
            visit.faults = [one for one in visit.faults if "status of 4" not in one]


@pytest.mark.parametrize(
    ("name", "words"),
    [("status", "web-shop"), ("timeline", "Mon "), ("component", "Allowed downtime")],
)
def test_everything_can_be_read_without_scripts(
    name: str, words: str, browser: Browser, server: Server
) -> None:
    with visiting(browser, server, java_script_enabled=False) as visit:
        page = visit.go(PATHS[name])
        expect(page.locator("main")).to_contain_text(words)
        expect(page.locator("button[data-copy]:visible")).to_have_count(0)


def test_a_filter_is_typed_and_shared(browser: Browser, server: Server) -> None:
    with visiting(browser, server) as visit:
        page = visit.go("/")
        page.fill("[name=label][type=text]", "team:payments")
        page.select_option("[name=state]", "")
        page.press("[name=label][type=text]", "Enter")
        expect(page.locator("caption")).to_contain_text("of 63")
        assert "label=team%3Apayments" in page.url
        with visiting(browser, server) as another:
            shared = another.go(page.url.removeprefix(visit.base))
            expect(shared.locator("caption")).to_have_text(
                page.locator("caption").inner_text()
            )
        page.click(".active .chip")
        expect(page.locator("caption")).to_have_text("63 components")


def test_the_promql_of_a_metric_is_copied(browser: Browser, server: Server) -> None:
    with visiting(browser, server) as visit:
        visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = visit.go("/components/web-shop")
        page.locator("button[data-copy]").nth(4).click()
        expect(page.locator("button[data-copy]").nth(4)).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == 'service_window_in_window{component="web-shop"}'


def test_my_own_zone_is_offered(browser: Browser, server: Server) -> None:
    with visiting(browser, server, timezone_id="Asia/Tokyo") as visit:
        page = visit.go("/")
        option = page.locator("#zones option[value='Asia/Tokyo']")
        expect(option).to_have_count(1)


def minutes(page: Page, count: int) -> None:
    """Let minutes pass, and wait for the renewal that each of them brings."""
    for _ in range(count):
        with page.expect_response(page.url):
            page.clock.run_for(60_000)


def test_a_page_left_open_stays_true(browser: Browser, server: Server) -> None:
    with visiting(browser, server) as visit:
        visit.page.clock.install()
        page = visit.go("/")
        page.evaluate("document.querySelector('caption').textContent = 'stale'")
        minutes(page, 1)
        expect(page.locator("caption")).to_have_text("63 components")


@pytest.mark.parametrize("place", ["tbody tr:nth-child(5) td:nth-child(4)", "h1"])
def test_a_click_does_not_stop_the_renewal(
    place: str, browser: Browser, server: Server
) -> None:
    with visiting(browser, server) as visit:
        visit.page.clock.install()
        page = visit.go("/")
        page.click(place)
        page.evaluate("document.querySelector('caption').textContent = 'stale'")
        minutes(page, 1)
        expect(page.locator("caption")).to_have_text("63 components")
        expect(page.locator(".updated")).to_contain_text("renewed every minute")


def test_the_renewal_pauses_while_a_filter_is_typed_and_says_so(
    browser: Browser, server: Server
) -> None:
    with visiting(browser, server) as visit:
        visit.page.clock.install()
        page = visit.go("/")
        page.fill("[name=agreement]", "gol")
        page.clock.run_for(61_000)
        expect(page.locator(".updated")).to_contain_text("paused")
        expect(page.locator("[name=agreement]")).to_have_value("gol")
        with page.expect_response(page.url):
            page.locator("[name=agreement]").blur()
        expect(page.locator(".updated")).to_contain_text("renewed every minute")


def test_the_timeline_is_read_by_keyboard(browser: Browser, server: Server) -> None:
    with visiting(browser, server) as visit:
        page = visit.go(PATHS["four weeks"])
        visit.tab_to(".timeline td")
        focused = page.evaluate("document.activeElement.innerText")
        assert focused.strip()


def test_the_timeline_prints_without_what_is_for_screens(
    browser: Browser, server: Server
) -> None:
    with visiting(browser, server) as visit:
        page = visit.go("/timeline")
        page.emulate_media(media="print")
        expect(page.locator(".filters")).to_be_hidden()
        expect(page.locator(".timeline")).to_be_visible()


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 502, "content_type": "text/html", "body": "<h1>Bad gateway</h1>"},
        {"status": 200, "content_type": "text/html", "body": "<main>A login</main>"},
        None,
    ],
)
def test_a_page_on_the_wall_says_it_is_old_until_the_site_is_back(
    answer: Any, browser: Browser, server: Server
) -> None:
    with visiting(browser, server) as visit:
        page = visit.page
        page.clock.install()
        visit.go("/")
        shown = page.locator("table.status tbody tr").count()

        def instead(route: Route) -> None:
            route.fulfill(**answer) if answer else route.abort()

        page.route("**/*", instead)
        page.clock.run_for(61_000)
        expect(page.locator(".head [role=alert]")).to_have_text(
            re.compile(r"Connection lost\. Showing data from \d\d:\d\d\.")
        )
        expect(page.locator("h1")).to_have_text("Status")
        expect(page).to_have_title(re.compile("^Connection lost: .*windows open"))
        assert page.locator("table.status tbody tr").count() == shown
        page.unroute("**/*")
        minutes(page, 1)
        expect(page.locator("[role=alert]")).to_have_count(0)
        expect(page).to_have_title(re.compile(r"^\d+ of 63 "))
        visit.faults.clear()
