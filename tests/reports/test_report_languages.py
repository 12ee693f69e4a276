"""A report is shown in the reader's language; what is stored of it is English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils.translation import override

from otel_sla.accounting import parse_period
from otel_sla.language import translated
from otel_sla.models import Exclusion, Override
from otel_sla.models.selections import selection_in_words
from otel_sla.reports import issued, making, notes_in_words
from otel_sla.reports.csv_file import as_csv
from otel_sla.reports.document import as_json
from otel_sla.reports.html import as_html
from otel_sla.reports.measurements import in_words as progress
from otel_sla.reports.note_messages import NOTES
from otel_sla.reports.notes_in_words import note_in_words
from otel_sla.reports.selection import Selection

from ..support.make import make_component, utc
from ..support.measured import MadeUpSource, forget, s, use
from ..support.report_document import component, document, met, missed

VALUES = {"at": "2026-10-02 07:12 UTC", "names": "a, b", "count": "1,234"}


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.mark.django_db
def test_what_programs_read_is_the_same_in_every_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = use(MadeUpSource(), monkeypatch)
    one = make_component(labels={"team": "payments"})
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T08:24:24")
    source.down("web-shop", "2026-10-10T21:00", "2026-10-11T04:30")
    moments = {"start": utc(2026, 10, 13, 9), "end": utc(2026, 10, 13, 10, 45)}
    Exclusion.objects.create(component=one, reason="power cut", **moments)
    Override.objects.create(
        component=one,
        kind="closed",
        start="2026-10-20T10:00",
        end="2026-10-20T11:15",
        created=utc(2026, 10, 21),
    )

    def made() -> dict[str, Any]:
        forget()
        moment = s("2026-10-28T12:00")
        return making.make(parse_period("2026-10"), Selection(), moment)

    english = made()
    with override("de"):
        german = made()
        assert as_csv(german) == as_csv(english)
    assert as_json(german) == as_json(english)
    assert issued.digest(german) == issued.digest(english)
    assert "2026-10-28 11:58 UTC" in german["notes"][0]
    assert "1.25 h" in " ".join(german["components"][0]["notes"])


def test_figures_and_dates_are_shown_as_the_reader_writes_them() -> None:
    with override("de"):
        html = as_html(document(missed(), met())).replace("\u00a0", " ")
    for words in (
        "99,881 %",
        "Di 06.10.2026 09:12 – 09:20:24 BST",
        "Mo 02.11.2026 08:00 UTC",
        "Oktober 2026",
    ):
        assert words in html


@pytest.mark.parametrize("template", NOTES.values(), ids=NOTES)
def test_a_stored_note_is_recognised(
    template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Values(dict[str, str]):
        def __missing__(self, name: str) -> str:
            return VALUES.get(name, "web shop: 1.5 h")

    note = template % Values()
    assert note_in_words(note) == note
    monkeypatch.setattr(notes_in_words, "gettext", lambda message: f"<{message}>")
    assert note_in_words(note) == f"<{note}>"


def test_the_figures_of_a_stored_note_are_those_of_the_language() -> None:
    note = NOTES["in_service"] % {"at": "2026-10-02 07:12 UTC", "length": "1,234.5 h"}
    with override("de"):
        shown = note_in_words(note)
    assert "02.10.2026 07:12 UTC" in shown
    assert "1.234,5 h" in shown


@pytest.mark.django_db
def test_differences_are_stored_in_english_and_shown_in_the_reader_s_language() -> None:
    make_component()
    with override("de"):
        issued.issue(document(component(), is_final=True), "Ann")
        changed = component(availability=0.9975, down_seconds=1584)
        row = issued.issue(document(changed, is_final=True), "Ann")
        shown = [one.replace("\u00a0", " ") for one in issued.differences_of(row)]
    assert row.differences == [
        "web-shop: availability 100\u00a0% before, 99.75\u00a0% now; down 0 s before, "
        "26 min 24 s now.",
        "web-shop: other samples were measured.",
    ]
    assert "99,75 %" in shown[0]


def test_progress_that_is_kept_is_written_for_each_reader() -> None:
    kept = progress(1_200, 5_000)
    assert kept == "1,200 of 5,000 days"
    with override("de"):
        assert translated(kept).startswith("1.200 ")


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection.of("gold, silver", ["team:a", "team:b, c"], ["o'clock, now", "x"]),
        "agreement gold, whatever follows",
    ],
)
def test_a_stored_selection_is_shown_as_it_is(selection: object) -> None:
    assert selection_in_words(str(selection)) == str(selection)
