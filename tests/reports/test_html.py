"""A report as one HTML file: complete, alone, and safe whatever it holds."""

from __future__ import annotations

import re
from typing import Any

import pytest

from otel_sla.reports.html import as_html
from otel_sla.reports.presentation import summary
from otel_sla.reports.wording import length, percent, span, zone_named

from ..support.report_document import component, document, met, missed, short

HOSTILE = "<script>alert(1)</script>{{ x }}\"'&"


def text_of(html: str) -> str:
    body = html.partition("<body>")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", body).replace("\u00a0", " ").split())


def test_the_file_needs_nothing_else_and_runs_nothing() -> None:
    html = as_html(document(missed()))
    assert "<script" not in html
    assert re.findall(r"\b(?:src|href)=\"(?!#)", html) == []
    assert "@import" not in html
    assert "url(" not in html


def test_names_and_reasons_are_text() -> None:
    one = missed(HOSTILE, labels={"team": HOSTILE}, agreement=HOSTILE)
    for listed in ("outages", "exclusions", "maintenance"):
        one[listed] = [{**each, "reason": HOSTILE} for each in one[listed]]
    html = as_html(document(one, source=HOSTILE, notes=[HOSTILE], title=HOSTILE))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 8


def test_a_missed_target_is_said_with_all_that_led_to_it() -> None:
    text = text_of(as_html(document(missed(), met())))
    for words in (
        "1 of 2 components missed the target. 1 met it.",
        "✗ Missed",
        "✓ Met",
        "99.881 %",
        "overspent by 1 min 54 s",
        "Tue 2026-10-06 09:12 – 09:20:24 BST",
        "outside service hours",
        "Power cut of the city Mira Lindqvist (customer)",
        "Entered after it began. It took out 1 h of service hours, 25 min of them down",
        "since Fri 2026-10-02 08:12 BST; 8 h scheduled before do not count",
        "The schedule was edited on 2026-10-19",
        "Every scheduled second is either excluded, unknown, up or down.",
        "Prometheus at https://prom.example",
        "Mon 2026-11-02 08:00 UTC",
    ):
        assert words in text


def test_a_rolling_period_is_shown_with_its_own_availability() -> None:
    rolling = {
        **component()["judged"][0],
        "start": "2026-08-03T00:00:00Z",
        "availability": 0.99615,
        "down_seconds": 7200,
        "met": False,
    }
    one = component(agreement_period="90d", met=False, judged=[rolling])
    assert "✗ Missed 99.615 % over 90d" in text_of(as_html(document(one)))
    too_little = component(
        agreement_period="90d", judged=[{**rolling, "coverage": 0.5, "met": None}]
    )
    assert "% over 90d" not in text_of(as_html(document(too_little)))


def test_no_figure_is_shown_of_what_was_not_measured() -> None:
    text = text_of(as_html(document(short(availability=0.98765))))
    assert "not enough data: 61 % of the time was measured" in text
    assert "98.76" not in text
    assert "No outages" not in text


def test_made_up_figures_are_marked() -> None:
    assert "Made up." not in text_of(as_html(document(met())))
    assert "Made up." in text_of(as_html(document(met(), is_made_up=True)))


def test_an_issued_report_says_who_and_what_differs() -> None:
    issued = {
        "id": 7,
        "at": "Mon 2026-11-02 09:30 UTC",
        "by": "sam",
        "digest": "ab" * 32,
        "supersedes": 3,
        "differences": ["web-shop: an exclusion was added."],
    }
    text = text_of(as_html(document(met()), issued))
    assert "Mon 2026-11-02 09:30 UTC by sam, number 7" in text
    assert "ab" * 32 in text
    assert "web-shop: an exclusion was added." in text


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (None, ""),
        (0.0, "0 %"),
        (0.000001, "under 0.001 %"),
        (0.9989999, "99.899 %"),
        (0.999, "99.9 %"),
        (0.9999999, "99.999 %"),
        (1.0, "100 %"),
    ],
)
def test_a_percentage_is_never_more_than_it_is(ratio: float | None, words: str) -> None:
    assert percent(ratio).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "0.4 s"),
        (744, "12 min 24 s"),
        (-0.4, "\u22120.4 s"),
        (90000, "25 h"),
    ],
)
def test_a_length_of_time_has_all_its_units(seconds: float, words: str) -> None:
    assert length(seconds) == words


def test_a_span_over_the_change_of_clocks_has_both_abbreviations() -> None:
    shown = span(
        "2026-10-24T23:30:00Z", "2026-10-25T02:00:00Z", zone_named("Europe/London")
    )
    assert shown == "Sun 2026-10-25 00:30 BST – 02:00 GMT"


def test_a_zone_that_is_gone_is_shown_in_utc() -> None:
    html = as_html(document(component(timezone="Mars/Olympus")))
    assert "Wed 2026-09-30 23:00 – Sun 2026-11-01 00:00 UTC" in text_of(html)


@pytest.mark.parametrize(
    ("components", "counts"),
    [
        ([met(), met("b")], (2, 0, 0, 0)),
        ([missed(), short()], (0, 1, 0, 1)),
        ([component(met=None, until="2026-10-20T00:00:00Z")], (0, 0, 1, 0)),
    ],
)
def test_results_are_counted(
    components: list[dict[str, Any]], counts: tuple[int, ...]
) -> None:
    found = summary(document(*components))
    names = ("met", "missed", "running", "unknown")
    assert tuple(found[name] for name in names) == counts
