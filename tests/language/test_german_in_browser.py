"""A German browser gets German pages: none of them has an English word of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from playwright.sync_api import Browser, Page, expect

from ..support.browser import ADD_USER, Visit, chromium, visiting
from ..support.processes import GUNICORN, WSGI, Server, make_site

ROOT = Path(__file__).parents[2]
ROWS = """
from datetime import datetime, time, timedelta
from django.utils import timezone
from otel_sla.models import *
now = timezone.now().replace(microsecond=0, tzinfo=None)
werk = HolidayCalendar.objects.create(name="werk", include="DE-BE")
werk.days.create(name="Inventur", date="12-28")
laden = Schedule.objects.create(name="laden", timezone="Europe/Berlin")
laden.calendars.add(werk)
laden.rules.create(weekdays="mon-fri", start=time(9), end=time(17))
laden.rules.create(weekdays="sun", nth=-1, start=time(2), end=time(4), kind="closed")
laden.rules.create(weekdays="sat", nth=1, start=time(8), end=time(12), months="3-5")
immer = Schedule.objects.create(name="immer", timezone="Asia/Tokyo", always_open=True)
nie = Schedule.objects.create(name="nie", timezone="UTC")
for name, schedule in (("gold", laden), ("silber", immer), ("bronze", nie)):
    agreement = Agreement.objects.create(name=name, schedule=schedule, target="99.9")
    for number in (1, 2):
        Component.objects.create(
            name=f"{name}-{number}", agreement=agreement, labels={"gruppe": name})
for days in (-1, 3, 20):
    Override.objects.create(
        component=Component.objects.get(name="silber-1"), kind="closed",
        reason="Umzug", start=now + timedelta(days=days) - timedelta(hours=20),
        end=now + timedelta(days=days, hours=20))
Exclusion.objects.create(
    component=Component.objects.get(name="silber-1"), reason="Umzug",
    start=timezone.now() - timedelta(days=40), end=timezone.now() - timedelta(days=39))
"""
PUBLIC = """
OTEL_SLA["PUBLIC_STATUS"] = OTEL_SLA["PUBLIC_REPORTS"] = True
OTEL_SLA["PROMETHEUS"] = {{"SAMPLES_FILE": {samples!r}}}
"""
OUTAGES = """
gold-1: [{day: 9, from: "10:12", to: "10:31"}, {day: 14, from: "18:03", to: "18:11"}]
silber-1: [{day: 17, from: "11:00", to: "12:30", unknown: true}]
silber-2: []
"""
PAGES = [
    "/",
    "/?q=nichts",
    "/?state=open&zone=component",
    "/?label=gruppe:gold&group=gruppe",
    "/?zone=nirgends",
    "/timeline",
    "/timeline?span=day",
    "/timeline?span=4weeks",
    "/components/gold-1",
    "/components/silber-1",
    "/components/bronze-1",
    "/components/gold-1?month=2026-10",
    "/components/nichts",
    "/nichts",
    "/schedules/laden",
    "/schedules/immer",
    "/schedules/nie",
    "/agreements/gold",
    "/agreements/silber",
    "/reports/",
    "/reports/?period=nie",
    "/accounts/login/",
    "/api/v1/docs",
]
REPORT = "/reports/?period="
MODELS = (
    "component",
    "schedule",
    "agreement",
    "holidaycalendar",
    "override",
    "exclusion",
)
SHOWN = """
() => {
  const found = [document.title];
  // The admin's search has a picture that Django does not translate.
  const skipped = "code, pre, script, style, template, [lang=en], #changelist-search";
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    if (!walk.currentNode.parentElement.closest(skipped))
      found.push(walk.currentNode.data);
  }
  for (const one of document.querySelectorAll("[title],[aria-label],[placeholder],[alt]")) {
    if (!one.closest(skipped))
      found.push(...["title", "aria-label", "placeholder", "alt"].map(
        name => one.getAttribute(name) || ""));
  }
  for (const one of document.querySelectorAll("input[type=submit], input[type=button]"))
    found.push(one.value);
  return found.map(one => one.trim()).filter(Boolean);
}
"""  # noqa: E501
WORD = re.compile(r"[^\W\d_]{2,}")
PARAMETER = re.compile(r"%\(\w+\)[a-z]|`[^`]*`|\b[A-Z]{2,}\b")


def words(texts: Iterator[str]) -> set[str]:
    return {
        word.lower()
        for text in texts
        for word in WORD.findall(PARAMETER.sub(" ", text))
    }


def english_words() -> set[str]:
    """The words of our messages that no German translation of ours has."""
    entries = [
        entry
        for file in ROOT.glob("*/locale/de/LC_MESSAGES/django.po")
        for entry in polib.pofile(str(file))
    ]
    english = (text for one in entries for text in (one.msgid, one.msgid_plural))
    german = (
        text for one in entries for text in (one.msgstr, *one.msgstr_plural.values())
    )
    return words(english) - words(german) - words(iter([ROWS]))


ENGLISH = english_words()


def english(page: Page) -> list[str]:
    """The texts of a page with English words of ours, and those words."""
    found = []
    for text in page.evaluate(SHOWN):
        taken = sorted(words(iter([text])) & ENGLISH)
        if taken:
            found.append(f"{' '.join(text.split())[:200]} <- {', '.join(taken)}")
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    site = make_site(tmp_path_factory.mktemp("german"))
    site.manage("migrate", "-v0")
    site.manage("shell", "-c", ADD_USER + ROWS)
    samples = site.write("samples.yaml", OUTAGES)
    settings = PUBLIC.format(samples=str(samples))
    with site.having_settings("german", settings).serving(
        *GUNICORN, "--threads", "4", WSGI
    ) as server:
        yield server


@pytest.fixture(scope="module")
def visit(server: Server) -> Iterator[Visit]:
    with chromium() as browser, visiting(browser, server, locale="de-DE") as visit:
        yield visit


@pytest.fixture(scope="module")
def staff(server: Server, visit: Visit) -> Iterator[Visit]:
    browser = visit.page.context.browser
    assert isinstance(browser, Browser)
    with visiting(browser, server, locale="de-DE") as visit:
        visit.log_in()
        yield visit


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_english_word_of_ours(path: str, visit: Visit) -> None:
    page = visit.page
    page.goto(visit.base + path)
    # The browser's own note about 404 and 400.
    visit.faults.clear()
    assert english(page) == []


def test_the_language_is_told_to_readers_aloud(visit: Visit) -> None:
    expect(visit.go("/").locator("html")).to_have_attribute("lang", "de")


def test_reports_have_no_english_word_of_ours(staff: Visit) -> None:
    page = staff.go(REPORT)
    measured = page.locator(".report-summary, .report-months")
    expect(measured).to_be_visible(timeout=60_000)
    expect(page.locator("main [role=status]")).to_have_count(0, timeout=60_000)
    assert english(page) == []
    page.locator("form[method=post] button").last.click()
    assert "/reports/issued/" in page.url
    assert english(page) == []
    german = {"Accept-Language": "de"}
    file = page.request.get(page.url + "?format=html", headers=german)
    page.goto("about:blank")
    page.set_content(file.text())
    assert english(page) == []


@pytest.mark.parametrize("model", MODELS)
def test_the_admin_has_no_english_word_of_ours(model: str, staff: Visit) -> None:
    path = f"/admin/otel_sla/{model}/"
    page = staff.go(path)
    found = {path: english(page)}
    change = page.locator("#result_list tbody th a").first.get_attribute("href")
    assert change
    for each in (
        *(f"{path}add/", change),
        *(change.replace("change", "history"), change.replace("change", "delete")),
    ):
        staff.go(each)
        # The preview has been asked for.
        page.wait_for_load_state("networkidle")
        found[each] = english(page)
    assert {where: texts for where, texts in found.items() if texts} == {}


def test_the_index_of_the_admin_has_no_english_word_of_ours(staff: Visit) -> None:
    for path in ("/admin/", "/admin/otel_sla/"):
        assert english(staff.go(path)) == []


def test_metrics_are_the_same_in_every_language(server: Server) -> None:
    german, english = (
        server.get("/metrics", Accept_Language=code).text for code in ("de", "en")
    )
    counted = re.compile(r"^(?!#).*(?:duration|http|scrape|process|_total).*$", re.M)
    assert counted.sub("", german) == counted.sub("", english)
    assert "service_window_open" in german
