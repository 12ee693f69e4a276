"""The reports in a real browser, from the demo's samples, and with Prometheus away."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from ..support.browser import ADD_USER, LOOKS, Visit, chromium, visiting
from ..support.processes import GUNICORN, WSGI, Server, make_site

PUBLIC = """
from otel_sla.prometheus.setting import SAMPLE_AVAILABILITY
OTEL_SLA["PUBLIC_STATUS"] = OTEL_SLA["PUBLIC_REPORTS"] = True
OTEL_SLA["PROMETHEUS"] = {"SAMPLES_FILE": SAMPLE_AVAILABILITY}
"""
BLACK_HOLE = """
OTEL_SLA["PUBLIC_STATUS"] = OTEL_SLA["PUBLIC_REPORTS"] = True
OTEL_SLA["PROMETHEUS"] = {{"URL": "http://127.0.0.1:{port}", "TIMEOUT": 60}}
"""
LAST_MONTH = "/reports/?period="
OF_A_TEAM = f"{LAST_MONTH}&label=team:payments"
PAPER = 688
"""The width of A4 without its margins, in the pixels of a printing browser."""
AT_ONCE = 2.0
"""Seconds within which a page answers on a busy machine, and Prometheus would not."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    site = make_site(tmp_path_factory.mktemp("reports")).load_sample()
    site.manage("shell", "-c", ADD_USER)
    public = site.having_settings("public_reports", PUBLIC)
    with public.serving(*GUNICORN, "--threads", "4", WSGI) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def issued(browser: Browser, server: Server) -> str:
    """The path of a report that was issued by its button."""
    with visiting(browser, server) as visit:
        visit.log_in()
        page = measured(visit, OF_A_TEAM)
        page.click("text=Issue this report")
        expect(page.locator("main")).to_contain_text("Issued")
        return page.url.removeprefix(visit.base)


def measured(visit: Visit, path: str) -> Page:
    """Open a report, and wait for the page to renew itself until it is there."""
    page = visit.page
    page.goto(visit.base + path)
    expect(page.locator(".report-summary, .report-months")).to_be_visible(
        timeout=60_000
    )
    # As long as a month is being measured, the page is renewed under our hands.
    expect(page.locator("main [role=status]")).to_have_count(0, timeout=60_000)
    return page


def graves(page: Page) -> list[Any]:
    return [
        (one["id"], one["impact"], [node["html"] for node in one["nodes"][:3]])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("width", "theme"), LOOKS)
@pytest.mark.parametrize("path", ["/reports/", OF_A_TEAM, "issued"])
def test_a_report_is_accessible_and_fits(
    path: str,
    theme: Any,
    width: int,
    browser: Browser,
    server: Server,
    issued: str,
) -> None:
    size = {"width": width, "height": 800}
    with visiting(browser, server, viewport=size, color_scheme=theme) as visit:
        page = measured(visit, issued if path == "issued" else path)
        assert graves(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_bars_of_a_component_are_accessible(
    theme: Any, browser: Browser, server: Server
) -> None:
    size = {"width": 390, "height": 800}
    with visiting(browser, server, viewport=size, color_scheme=theme) as visit:
        page = visit.go("/components/web-shop")
        for _ in range(60):
            if page.locator("svg.days").count():
                break
            page.wait_for_timeout(500)
            page.reload()
        expect(page.locator("svg.days > g")).to_have_count(90)
        page.click("#outage-days summary")
        expect(page.locator("#outage-days")).to_contain_text("down")
        assert graves(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_reports_can_be_chosen_and_read_without_scripts(
    browser: Browser, server: Server
) -> None:
    with visiting(browser, server, java_script_enabled=False) as visit:
        page = measured(visit, "/reports/")
        expect(page.locator(".banner")).to_contain_text("Made up.")
        page.select_option("[name=agreement]", "gold")
        page.click("button:text-is('Show')")
        expect(page.locator(".report-summary")).to_contain_text(
            "web-shop", timeout=60_000
        )
        expect(page.locator(".report-summary tbody tr")).to_have_count(3)
        page.click(".report-summary >> text=web-shop")
        assert page.url.partition("#")[2]


def test_a_page_that_renews_itself_is_not_renewed_by_the_script_as_well(
    browser: Browser, server: Server
) -> None:
    with visiting(browser, server) as visit:
        page = measured(visit, LAST_MONTH)
        expect(page.locator("[data-renewed]")).to_have_count(0)


def test_the_dates_of_issued_reports_are_whole_on_a_phone(
    browser: Browser, server: Server, issued: str
) -> None:
    with visiting(browser, server, viewport={"width": 390, "height": 844}) as visit:
        page = visit.go("/reports/")
        for part in page.locator(".report-issues time span").all():
            assert len(part.evaluate("one => [...one.getClientRects()]")) == 1
        assert page.locator(".report-issues time span").count() >= 2
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def saved(visit: Visit, issued: str, folder: Path) -> str:
    """Save the report as HTML, as its link does, and return the address of the file."""
    page = visit.go(issued)
    with page.expect_download() as download:
        page.locator(".report-files").get_by_text("HTML").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file.as_uri()


@pytest.mark.parametrize("kind", ["page", "file"])
def test_a_report_fits_on_paper(
    kind: str, browser: Browser, server: Server, issued: str, tmp_path: Path
) -> None:
    size = {"width": PAPER, "height": 900}
    with visiting(browser, server, viewport=size) as visit:
        page = visit.go(issued)
        if kind == "file":
            page.goto(saved(visit, issued, tmp_path))
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER
        for selector in ("nav", "button", ".report-files", "form"):
            expect(page.locator(f"{selector}:visible")).to_have_count(0)
        assert page.pdf(format="A4").startswith(b"%PDF")


def test_the_file_is_accessible_and_stands_alone(
    browser: Browser, server: Server, issued: str, tmp_path: Path
) -> None:
    with visiting(browser, server) as visit:
        asked: list[str] = []
        page = visit.page
        file = saved(visit, issued, tmp_path)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file)
        expect(page.locator("h1")).to_contain_text("SLA report")
        assert [one for one in asked if "favicon" not in one] == [page.url]
        assert graves(page) == []


@pytest.fixture(scope="module")
def black_hole() -> Iterator[int]:
    """The port of what takes connections and never answers."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(128)
        yield hole.getsockname()[1]


@pytest.fixture(scope="module")
def without_answers(
    tmp_path_factory: pytest.TempPathFactory, black_hole: int
) -> Iterator[Server]:
    site = make_site(tmp_path_factory.mktemp("black-hole")).load_sample()
    text = BLACK_HOLE.format(port=black_hole)
    away = site.having_settings("away", text)
    with away.serving(*GUNICORN, "--threads", "2", WSGI) as server:
        yield server


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/2026-10/", 202),
        ("/reports/", 200),
        ("/api/v1/reports/2026-10", 202),
        ("/", 200),
        ("/timeline", 200),
        ("/components/web-shop", 200),
        ("/metrics", 200),
        ("/readyz", 200),
    ],
)
def test_no_page_waits_for_a_prometheus_that_does_not_answer(
    path: str, status: int, without_answers: Server
) -> None:
    # The first request to each path imports and compiles what it needs.
    assert without_answers.get(path).status == status
    began = time.monotonic()
    for _ in range(5):
        assert without_answers.get(path).status == status
    assert time.monotonic() - began < 5 * AT_ONCE
