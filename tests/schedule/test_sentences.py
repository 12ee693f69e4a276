"""The hours of a schedule in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from otel_sla.schedule import Schedule
from otel_sla.schedule.attributes import RULE
from otel_sla.schedule.calendars import OwnCalendar, Union
from otel_sla.schedule.from_text import rule
from otel_sla.schedule.holidays import calendar
from otel_sla.schedule.names import listed
from otel_sla.schedule.sentences import hours_in_words, place
from otel_sla.schedule.timezones import zone

LONDON = zone("Europe/London")


def schedule(*rules: dict[str, Any], **fields: Any) -> Schedule:
    defaults = {
        **{one.name: one.default for one in RULE if one.default is not None},
        "weekdays": "mon-fri",
        "start": "09:00",
        "end": "17:00",
    }
    made = tuple(rule({**defaults, **one}) for one in rules)
    return Schedule(**{"zone": LONDON, "rules": made, **fields})


HOURS: list[tuple[Schedule, str]] = [
    (schedule({}), "Mon–Fri 09:00–17:00 London"),
    (
        schedule({}, holidays=calendar("GB-ENG")),
        "Mon–Fri 09:00–17:00 London, except England holidays",
    ),
    (
        schedule({}, holidays=Union(OwnCalendar("team"), calendar("DE-BY/catholic"))),
        "Mon–Fri 09:00–17:00 London, except Bavaria (catholic) holidays and holidays "
        "of calendar team",
    ),
    (
        schedule({"weekdays": "mon-thu"}, {"weekdays": "fri", "end": "16:00"}),
        "Mon–Thu 09:00–17:00, Fri 09:00–16:00 London",
    ),
    (
        schedule({"end": "12:30"}, {"start": "13:30"}),
        "Mon–Fri 09:00–12:30 and 13:30–17:00 London",
    ),
    (
        schedule({"weekdays": "daily", "start": "22:00", "end": "06:00"}),
        "Daily 22:00–06:00 London",
    ),
    (
        schedule(
            {"weekdays": "sat,sun", "start": "00:00", "end": "00:00", "end_day": "1"}
        ),
        "Sat and Sun all day London",
    ),
    (
        schedule({"weekdays": "fri", "end": "09:00", "end_day": "3"}),
        "Fri 09:00–09:00 3 days later London",
    ),
    (
        schedule({"weekdays": "fri", "end": "00:00", "end_day": "2"}),
        "Fri 09:00–24:00 the next day London",
    ),
    (
        schedule({"weekdays": "sat", "nth": "1"}, {"weekdays": "sat", "nth": "3"}),
        "First and third Sat 09:00–17:00 London",
    ),
    (
        schedule({"weekdays": "sun", "nth": "-1"}),
        "Last Sun 09:00–17:00 London",
    ),
    (
        schedule({"weekdays": "daily", "months": "3,6,9,12", "days_of_month": "-1"}),
        "Last day of Mar, Jun, Sep and Dec 09:00–17:00 London",
    ),
    (
        schedule({"weekdays": "daily", "days_of_month": "1,2,11,20-23,-2"}),
        "1st, 2nd, 11th, 20th–23rd and 2nd-last day of the month 09:00–17:00 London",
    ),
    (
        schedule({"weekdays": "fri", "months": "11", "days_of_month": "23-29"}),
        "Fri 09:00–17:00 (23rd–29th of Nov) London",
    ),
    (
        schedule({"months": "12,1,2"}),
        "Mon–Fri 09:00–17:00 (Dec–Feb) London",
    ),
    (
        schedule({"weekdays": "thu", "every_weeks": "2", "anchor": "2026-01-08"}),
        "Thu 09:00–17:00 (every 2 weeks, counted from 8 Jan 2026) London",
    ),
    (
        schedule({"weekdays": "daily", "every_days": "14", "anchor": "2026-01-08"}),
        "Every 14 days 09:00–17:00 (counted from 8 Jan 2026) London",
    ),
    (
        schedule({"every_days": "3", "anchor": "2026-01-08"}),
        "Mon–Fri 09:00–17:00 (every 3 days, counted from 8 Jan 2026) London",
    ),
    (
        schedule({"valid_from": "2026-11-23", "valid_to": "2026-11-30"}),
        "Mon–Fri 09:00–17:00 (23 Nov 2026 to 30 Nov 2026) London",
    ),
    (
        schedule({"valid_from": "2026-11-23"}, {"valid_to": "2026-11-22"}),
        "Mon–Fri 09:00–17:00 (from 23 Nov 2026); Mon–Fri 09:00–17:00 (until 22 Nov "
        "2026) London",
    ),
    (
        schedule(
            {}, {"weekdays": "sun", "on_holidays": "1"}, holidays=calendar("GB-ENG")
        ),
        "Mon–Fri 09:00–17:00; Sun 09:00–17:00 (also on holidays) London, except "
        "England holidays",
    ),
    (
        schedule({"on_holidays": "1"}),
        "Mon–Fri 09:00–17:00 London",
    ),
    (schedule(), "Never open"),
    (schedule(always_open=True, holidays=calendar("GB-ENG")), "24×7"),
    (
        schedule({"weekdays": "daily", "kind": "closed"}, always_open=True),
        "24×7, closed daily 09:00–17:00 London",
    ),
    (
        schedule({}, {"weekdays": "fri", "start": "16:00", "kind": "closed"}),
        "Mon–Fri 09:00–17:00 London, closed Fri 16:00–17:00",
    ),
    (
        schedule(includes=(schedule(name="sydney"), schedule(name="berlin"))),
        "Whenever sydney or berlin is open",
    ),
    (
        schedule({}, includes=(schedule(name="berlin"),)),
        "Mon–Fri 09:00–17:00 London, and whenever berlin is open",
    ),
    (
        schedule(always_open=True, excludes=(schedule(name="office"),)),
        "24×7, except while office is open",
    ),
    (
        schedule(includes=tuple(schedule(name=f"s{n}") for n in range(9))),
        "Whenever s0, s1, s2, s3, s4, s5 or 3 more is open",
    ),
]


@pytest.mark.parametrize(("of", "sentence"), HOURS, ids=[one for _, one in HOURS])
def test_hours_are_a_sentence(of: Schedule, sentence: str) -> None:
    assert hours_in_words(of) == sentence


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("Europe/London", "London"),
        ("America/New_York", "New York"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("UTC", "UTC"),
        ("Etc/GMT+5", "Etc/GMT+5"),
    ],
)
def test_a_zone_is_named_by_its_city(name: str, city: str) -> None:
    assert place(zone(name)) == city


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_a_list_reads_as_in_a_sentence(texts: list[str], sentence: str) -> None:
    assert listed(texts) == sentence
