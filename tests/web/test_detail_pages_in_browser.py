"""Timeline, components, schedules, agreements and the API's page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from ..support.browser import LOOKS, Visit, chromium, visiting
from ..support.processes import GUNICORN, WSGI, Server, make_site

PATHS = [
    "/timeline",
    "/timeline?span=day&zone=component",
    "/timeline?span=4weeks&start=2026-12-14",
    "/timeline?q=nothing",
    "/components/contact-centre-uk?month=2026-12",
    "/schedules/support-follow-the-sun",
    "/schedules/retired?year=2027",
    "/agreements/contact-centre-uk",
    "/agreements/gold",
    "/api/v1/docs",
]
POPOVERS = """() => [...document.querySelectorAll(".timeline td > div")]
    .filter((one) => getComputedStyle(one).zIndex === "4")
    .map((one) => one.innerText)"""
SPANS = ("day", "week", "4weeks")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    site = make_site(tmp_path_factory.mktemp("details")).load_sample()
    public = site.having_settings("public", 'OTEL_SLA["PUBLIC_STATUS"] = True')
    with public.serving(*GUNICORN, "--threads", "4", WSGI) as server:
        yield server


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    site = make_site(tmp_path_factory.mktemp("empty"))
    public = site.having_settings("public", 'OTEL_SLA["PUBLIC_STATUS"] = True')
    public.manage("migrate", "-v0")
    with public.serving(*GUNICORN, "--threads", "4", WSGI) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def faults_of(page: Page, width: int) -> list[Any]:
    """What is wrong with the page that is open, at that width."""
    found = Axe().run(page).response["violations"]
    grave: list[Any] = [
        (page.url, one["id"], [node["html"] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        grave.append((page.url, "wider than the screen"))
    return grave


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_pages_are_accessible_and_fit(
    theme: Any, width: int, browser: Browser, server: Server
) -> None:
    size = {"width": width, "height": 844}
    with visiting(browser, server, viewport=size, color_scheme=theme) as visit:
        found = [one for path in PATHS for one in faults_of(visit.go(path), width)]
    assert found == []


@pytest.mark.parametrize("width", [1400, 390])
def test_empty_pages_are_accessible_and_lead_on(
    width: int, browser: Browser, empty: Server
) -> None:
    size = {"width": width, "height": 844}
    with visiting(browser, empty, viewport=size) as visit:
        page = visit.go("/timeline")
        assert faults_of(page, width) == []
        expect(page.locator("main")).to_contain_text("load_catalogue")
        visit.page.goto(visit.base + "/schedules/none")
        assert faults_of(page, width) == []
        expect(page.locator("main")).to_contain_text("No schedule has this name.")
        # The browser's own note about the status.
        visit.faults = [one for one in visit.faults if "status of 404" not in one]


@pytest.mark.parametrize("width", [1400, 390])
def test_the_moment_is_one_straight_line_through_all_rows(
    width: int, browser: Browser, server: Server
) -> None:
    size = {"width": width, "height": 844}
    with visiting(browser, server, viewport=size) as visit:
        for span in SPANS:
            page = visit.go(f"/timeline?span={span}&q=london")
            (line,) = page.locator(".axis .now").all()
            drawn = line.bounding_box()
            assert drawn
            assert drawn["width"] <= 3
            rows = [
                one.bounding_box() for one in page.locator(".timeline tbody tr").all()
            ]
            assert len(rows) > 2
            for row in filter(None, rows):
                assert drawn["y"] <= row["y"]
                assert row["y"] + row["height"] <= drawn["y"] + drawn["height"] + 1
            today = page.locator(".timeline td.today").first.bounding_box()
            assert today
            assert today["x"] <= drawn["x"] <= today["x"] + today["width"]


@pytest.mark.parametrize(
    "width", [1400, pytest.param(768, marks=pytest.mark.long), 390]
)
def test_bars_end_where_the_last_day_does(
    width: int, browser: Browser, server: Server
) -> None:
    size = {"width": width, "height": 844}
    with visiting(browser, server, viewport=size) as visit:
        for span in SPANS:
            page = visit.go(f"/timeline?span={span}&q=card-gateway")
            bar = page.locator(".timeline .row .open").bounding_box()
            first = page.locator(".timeline td").first.bounding_box()
            last = page.locator(".timeline td").last.bounding_box()
            assert bar
            assert first
            assert last
            assert bar["x"] == pytest.approx(first["x"], abs=1)
            ends = last["x"] + last["width"]
            assert bar["x"] + bar["width"] == pytest.approx(ends, abs=2)


@pytest.mark.parametrize("scripts", [True, False])
def test_hours_and_reasons_are_shown_one_at_a_time(
    scripts: bool, browser: Browser, server: Server
) -> None:
    with visiting(browser, server, java_script_enabled=scripts) as visit:
        page = visit.go("/timeline?start=2026-12-21&label=team:logistics")
        cells = page.locator(".timeline tbody tr").nth(1).locator("td")
        cells.nth(3).focus()
        (shown,) = page.evaluate(POPOVERS)
        assert shown.split("\n") == ["05:00-23:00"]
        cells.nth(4).hover()
        (shown,) = page.evaluate(POPOVERS)
        assert shown.split("\n") == ["closed: Christmas Day"]
        page.mouse.move(5, 5)
        assert len(page.evaluate(POPOVERS)) == 1


def test_names_and_days_stay_in_sight(browser: Browser, server: Server) -> None:
    size = {"width": 1400, "height": 600}
    with visiting(browser, server, viewport=size) as visit:
        page = visit.go("/timeline")
        page.evaluate("scrollTo(0, 1200)")
        day = page.locator(".timeline thead th").nth(2).bounding_box()
        assert day
        assert day["y"] == pytest.approx(0, abs=1)
    size = {"width": 800, "height": 600}
    with visiting(browser, server, viewport=size) as visit:
        page = visit.go("/timeline?span=4weeks")
        frame = page.locator(".timeline-frame")
        frame.evaluate("one => one.scrollTo(300, 400)")
        scrolled = frame.evaluate("one => [one.scrollLeft, one.scrollTop]")
        assert min(scrolled) > 50
        inside = frame.bounding_box()
        day = page.locator(".timeline thead th").nth(20).bounding_box()
        name = page.locator(".timeline tbody th").nth(20).bounding_box()
        assert inside
        assert day
        assert name
        assert day["y"] == pytest.approx(inside["y"], abs=2)
        assert name["x"] == pytest.approx(inside["x"], abs=2)


def test_a_phone_shows_all_days_and_tells_the_hours_of_one_that_is_tapped(
    browser: Browser, server: Server
) -> None:
    phone: dict[str, Any] = {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
    }
    with visiting(browser, server, **phone) as visit:
        page = visit.go("/timeline?start=2026-12-21&label=team:logistics")
        cell = page.locator(".timeline tbody tr").nth(1).locator("td").nth(4)
        place = cell.bounding_box()
        assert place
        assert place["x"] + place["width"] <= 390
        assert place["height"] >= 44
        cell.tap()
        (shown,) = page.evaluate(POPOVERS)
        assert shown.split("\n") == ["closed: Christmas Day"]
        box = cell.locator("> div").bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 844


def test_the_viewer_s_zone_is_one_click_away(browser: Browser, server: Server) -> None:
    with visiting(browser, server, timezone_id="Asia/Tokyo") as visit:
        page = visit.go("/timeline?label=team:logistics")
        page.click("text=Mine (Asia/Tokyo)")
        expect(page.locator(".summary")).to_contain_text("Times in Asia/Tokyo")
        expect(page.locator(".active .chip").first).to_contain_text("team:logistics")
        page.click("text=Each component's own")
        expect(page.locator(".timeline tbody th").first).to_contain_text("Europe/")


def test_filters_survive_the_way_to_a_component_and_back(
    browser: Browser, server: Server
) -> None:
    with visiting(browser, server) as visit:
        page = visit.go("/timeline?label=team:logistics")
        page.click(".timeline tbody th a >> nth=0")
        page.click("dl a >> nth=0")
        expect(page.locator("h1")).to_be_visible()
        page.click("nav[aria-label=Pages] >> text=Timeline")
        expect(page.locator(".summary")).to_contain_text("11 components")


def lines_of(visit: Visit, path: str) -> list[str]:
    return visit.go(path).locator("main").inner_text().splitlines()


def test_pages_can_be_read_without_scripts(browser: Browser, server: Server) -> None:
    with visiting(browser, server, java_script_enabled=False) as visit:
        for path, words in (
            ("/timeline?start=2026-12-21", "closed: Christmas Day"),
            ("/schedules/office-london", "Mon–Fri 09:00–17:00"),
            ("/agreements/gold", "Allowed downtime"),
            ("/api/v1/docs", "/timeline"),
        ):
            text = "\n".join(lines_of(visit, path))
            assert words in text
            expect(visit.page.locator("[data-my-zone]:visible")).to_have_count(0)


def test_a_fact_and_its_link_are_on_one_line_on_a_phone(
    browser: Browser, server: Server
) -> None:
    phone = {"width": 390, "height": 844}
    with visiting(browser, server, viewport=phone) as visit:
        page = visit.go("/components/stock-london")
        facts = page.locator("section[aria-labelledby=agreement] dl")
        boxes = facts.locator("dt").first, facts.locator("dd > a").first
        name, link = (one.bounding_box() for one in boxes)
        assert name
        assert link
        assert link["height"] >= 44
        middles = [one["y"] + one["height"] / 2 for one in (name, link)]
        assert middles[0] == pytest.approx(middles[1], abs=2)


def test_a_month_on_a_phone_is_a_day_a_line(browser: Browser, server: Server) -> None:
    phone = {"width": 390, "height": 844}
    with visiting(browser, server, viewport=phone) as visit:
        page = visit.go("/components/stock-london?month=2026-12")
        days = page.locator(".month td:visible")
        assert days.count() == 31
        boxes = [one.bounding_box() for one in days.all()]
        assert all(one and one["width"] > 300 for one in boxes)
        expect(page.locator(".month")).to_contain_text("closed: Christmas Day")
