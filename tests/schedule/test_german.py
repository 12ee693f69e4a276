"""What is said of schedules, in German."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.utils import translation

from otel_sla.ical.imports.wanted import Refusal
from otel_sla.language import translated
from otel_sla.schedule import Override, Schedule
from otel_sla.schedule.calendars import OwnCalendar, Union
from otel_sla.schedule.days import first_few
from otel_sla.schedule.exceptions import exceptions, rows
from otel_sla.schedule.holidays import calendar
from otel_sla.schedule.lint import advice
from otel_sla.schedule.notation import format_length, format_weekdays, parse_weekdays
from otel_sla.schedule.open_time_change import OpenTime, hours
from otel_sla.schedule.preview import preview
from otel_sla.schedule.rules import LAST
from otel_sla.schedule.sentences import hours_in_words
from otel_sla.schedule.wording import beside_state, format_rule, in_words

from ..support.make import seconds
from .test_sentences import LONDON, schedule

FRIDAY = seconds(2026, 11, 27, 14, 46)
SATURDAY = seconds(2026, 11, 28, 12)
OFFICE = schedule({})
ENGLAND = calendar("GB-ENG")
CLOSED = Override(datetime(2026, 11, 25, 9), datetime(2026, 11, 25, 12), "closed")


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    with translation.override("de"):
        yield


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (OFFICE, "Mo–Fr 09:00–17:00 London"),
        (
            schedule({}, holidays=ENGLAND),
            "Mo–Fr 09:00–17:00 London, außer an Feiertagen (England)",
        ),
        (
            schedule({}, holidays=Union(OwnCalendar("team"), calendar("DE-BY"))),
            "Mo–Fr 09:00–17:00 London, außer an Feiertagen (Bayern) und Feiertagen "
            "des Kalenders team",
        ),
        (
            schedule({"end": "12:30"}, {"start": "13:30"}),
            "Mo–Fr 09:00–12:30 und 13:30–17:00 London",
        ),
        (
            schedule({"weekdays": "sat", "nth": "1"}, {"weekdays": "sat", "nth": "3"}),
            "1. und 3. Sa 09:00–17:00 London",
        ),
        (
            schedule({"weekdays": "sun", "nth": str(LAST)}),
            "Letzter So 09:00–17:00 London",
        ),
        (
            schedule({"weekdays": "daily", "days_of_month": "20-23,-1"}),
            "20.–23. und letzter Tag des Monats 09:00–17:00 London",
        ),
        (
            schedule({"weekdays": "thu", "every_weeks": "2", "anchor": "2026-01-08"}),
            "Do 09:00–17:00 (alle 2 Wochen, gezählt ab 8. Januar 2026) London",
        ),
        (
            schedule({"months": "12,1,2"}),
            "Mo–Fr 09:00–17:00 (Dez–Feb) London",
        ),
        # Of rules in brackets, or joined by "und", the next begins after a semicolon.
        (
            schedule({"end": "12:30"}, {"start": "13:30"}, {"weekdays": "sat"}),
            "Mo–Fr 09:00–12:30 und 13:30–17:00; Sa 09:00–17:00 London",
        ),
        (
            schedule({}, {"weekdays": "fri", "start": "16:00", "kind": "closed"}),
            "Mo–Fr 09:00–17:00 London, geschlossen Fr 16:00–17:00",
        ),
        (schedule(), "Nie offen"),
        (
            schedule({}, includes=(Schedule(LONDON, name="berlin"),)),
            "Mo–Fr 09:00–17:00 London, und immer wenn berlin offen ist",
        ),
        (
            schedule(excludes=(Schedule(LONDON, name="office"),), always_open=True),
            "24×7, außer während office offen ist",
        ),
    ],
)
def test_hours_are_a_german_sentence(made: Schedule, sentence: str) -> None:
    assert hours_in_words(made) == sentence


@pytest.mark.parametrize(
    ("made", "moment", "reason", "words", "beside"),
    [
        (
            OFFICE,
            FRIDAY,
            "",
            "Offen bis 17:00 GMT, noch 2 h 14 min",
            "bis 17:00 GMT, noch 2 h 14 min",
        ),
        (
            OFFICE,
            SATURDAY,
            "",
            "Geschlossen, öffnet Mo 09:00 GMT, in 1 d 21 h",
            "öffnet Mo 09:00 GMT, in 1 d 21 h",
        ),
        (
            OFFICE,
            SATURDAY,
            "Boxing Day",
            "Geschlossen: Boxing Day; öffnet Mo 09:00 GMT, in 1 d 21 h",
            "Boxing Day; öffnet Mo 09:00 GMT, in 1 d 21 h",
        ),
        (schedule(always_open=True), SATURDAY, "", "Offen 24×7", "24×7"),
        (
            schedule(),
            SATURDAY,
            "",
            "Geschlossen. Keine Öffnung geplant",
            "Keine Öffnung geplant",
        ),
        (
            schedule({"valid_from": "2027-01-04"}),
            SATURDAY,
            "",
            "Geschlossen, öffnet Mo 04.01.2027 09:00 GMT, in 36 d 21 h",
            "öffnet Mo 04.01.2027 09:00 GMT, in 36 d 21 h",
        ),
    ],
)
def test_a_state_is_said_in_german(
    made: Schedule, moment: int, reason: str, words: str, beside: str
) -> None:
    state = made.state(moment)
    assert in_words(state, moment, LONDON, reason) == words
    assert beside_state(state, moment, LONDON, reason) == beside


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Mo-Fr 09:00–17:00"),
        (
            {"weekdays": "sun", "nth": str(LAST), "kind": "closed", "on_holidays": "1"},
            "geschlossen letzter Sonntag 09:00–17:00, auch an Feiertagen",
        ),
        (
            {"weekdays": "daily", "every_days": "2", "anchor": "2026-01-08"},
            "täglich 09:00–17:00, alle 2 Tage ab 08.01.2026",
        ),
    ],
)
def test_a_rule_is_said_in_german(fields: dict[str, str], words: str) -> None:
    (rule,) = schedule(fields).rules
    assert format_rule(rule) == words


def test_what_is_typed_stays_in_the_notation() -> None:
    assert format_weekdays(parse_weekdays("mon-fri")) == "mon-fri"


def test_advice_and_exceptions_are_in_german() -> None:
    twice = schedule({}, {"weekdays": "fri", "start": "16:00"})
    assert list(advice(twice, FRIDAY)) == [
        "Die Regeln 1 und 2 überschneiden sich, das nächste Mal am Fr 27.11.2026 16:00 "
        "für 1 h. Diese Zeit zählt einmal."
    ]
    made = schedule({}, overrides=((CLOSED,),))
    found = exceptions(made, FRIDAY - 7 * 86_400, FRIDAY)
    (row,) = rows(found, LONDON, FRIDAY)
    assert (row.what, row.difference) == (
        "Geschlossen, kein Grund angegeben",
        "3 h weniger",
    )
    cells = [cell for week in preview(made, FRIDAY).weeks for cell in week]
    assert cells[0].bars[0].text == "Offen, Mo 09:00 bis 17:00"
    assert cells[2].reasons == ("geschlossen: kein Grund angegeben",)


def test_lengths_and_changes_are_written_as_in_germany() -> None:
    assert hours(6_300) == "1,75 h"
    assert format_length(1_234 * 86_400) == "1.234 d"
    assert str(OpenTime(-57_600, -1, 1)) == "16 h weniger, 1 Fenster weniger"
    assert first_few("abc", 1) == ["a", "und 2 weitere"]


def test_an_error_is_said_in_german_with_what_it_names() -> None:
    with pytest.raises(ValueError, match="not a valid list of weekdays") as caught:
        parse_weekdays("mo-fr")
    assert translated(caught.value).startswith("'mo-fr' ist keine gültige Liste")
    refusal = Refusal("", "Umbau", str(caught.value))
    assert str(refusal).startswith("ein Termin 'Umbau' 'mo-fr' ist keine gültige")
