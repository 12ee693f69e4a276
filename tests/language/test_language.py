"""Sentences that are translated later, and dates and numbers by the language."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.html import format_html

from otel_sla import language
from otel_sla.labels import InvalidLabels, check_labels
from otel_sla.language import Language, Sentence, host_language, translated
from otel_sla.schedule import InvalidDefinition

DAY = date(2026, 12, 24)


class Backwards(Language):
    """A language whose words are English ones backwards, but for parameters."""

    def gettext(self, message: str) -> str:
        return " ".join(
            word if "%" in word else word[::-1] for word in message.split(" ")
        )


@pytest.fixture
def backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language.language, "_language", Backwards())


WHY = Sentence("No <%(name)s>", {"name": "x"})
SENTENCE = Sentence("Left out: %(why)s", {"why": WHY})


def test_a_sentence_is_its_english_text() -> None:
    assert SENTENCE == "Left out: No <x>"
    assert str(SENTENCE) is SENTENCE
    assert json.loads(json.dumps({"why": SENTENCE})) == {"why": SENTENCE}


@pytest.mark.usefixtures("backwards")
def test_a_sentence_is_translated_with_those_within_it() -> None:
    assert SENTENCE == "Left out: No <x>"
    assert translated(SENTENCE) == "tfeL :tuo oN <x>"
    assert translated("Left out") == "Left out"


def test_an_error_has_the_figures_of_the_reader_s_language() -> None:
    with pytest.raises(InvalidLabels) as refused:
        check_labels({"team": "x" * 1234})
    assert "1,234" in str(refused.value)
    with translation.override("de"):
        assert "1.234" in refused.value.in_words()
        assert "1,234" in str(refused.value)
    assert pickle.dumps(refused.value)


@pytest.mark.parametrize("wrong", ["Ohne %(what)s", "100 %", "%(name)d", "%s %s"])
def test_a_translation_with_other_parameters_is_left_out(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language.sentence, "gettext", lambda _: wrong)
    assert translated(WHY) == "No <x>"


@pytest.mark.usefixtures("backwards")
@pytest.mark.parametrize("keep", [copy.deepcopy, pickle.dumps], ids=["copy", "pickle"])
def test_a_sentence_can_be_translated_after_it_was_kept(keep: Any) -> None:
    kept = keep(SENTENCE)
    again = pickle.loads(kept) if isinstance(kept, bytes) else kept  # noqa: S301
    assert translated(again) == translated(SENTENCE)


@pytest.mark.usefixtures("backwards")
def test_html_shows_the_translation_escaped() -> None:
    shown = "tfeL :tuo oN &lt;x&gt;"
    assert format_html("{}", SENTENCE) == shown
    assert Template("{{ one }}").render(Context({"one": SENTENCE})) == shown


@pytest.mark.usefixtures("backwards")
def test_an_error_is_english_until_it_is_shown() -> None:
    error = InvalidDefinition("end", "override_ends_before_start", start="09:00")
    assert f"{error}" == "end: The end must be after the start, 09:00."
    assert translated(error) == "end: ehT dne tsum eb retfa eht ,trats 09:00."


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en-us", "2026-12-24, 24 Dec 2026, 24 Dec, December 2026, Thu"),
        ("de", "24.12.2026, 24. Dezember 2026, 24. Dezember, Dezember 2026, Do"),
        ("fr", "24/12/2026, 24 décembre 2026, 24 décembre, décembre 2026, jeu"),
    ],
)
def test_dates_are_written_as_the_language_does(code: str, expected: str) -> None:
    host = host_language.HostLanguage()
    with translation.override(code):
        written = [
            host.day(DAY),
            host.day_in_words(DAY),
            host.day_of_year(DAY),
            host.month(DAY),
            host.weekday(DAY),
        ]
    assert ", ".join(written) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("en-us", "12,345.50"), ("de", "12.345,50"), (None, "12,345.50")],
)
@pytest.mark.parametrize("number", [Decimal("12345.50"), "12345.50"], ids=repr)
def test_numbers_keep_their_decimals(
    code: str, expected: str, number: Decimal | str
) -> None:
    with translation.override(code):
        assert host_language.HostLanguage().number(number) == expected


def test_without_django_everything_is_english() -> None:
    plain = Language()
    assert plain.day(DAY) == "2026-12-24"
    assert plain.day_in_words(DAY) == "24 Dec 2026"
    assert plain.number(12345) == "12,345"
    assert plain.ngettext("%(n)s row", "%(n)s rows", 2) == "%(n)s rows"
