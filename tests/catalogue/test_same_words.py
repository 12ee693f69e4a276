"""The catalogue, the model and its form report an error in the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.forms import modelform_factory

from otel_sla.catalogue import CatalogueError, parse_text
from otel_sla.models import (
    Agreement,
    CalendarDay,
    Component,
    HolidayCalendar,
    Override,
    Rule,
    Schedule,
)

from ..support.make import make_agreement, make_component, make_schedule

pytestmark = pytest.mark.django_db

RULE = {
    "weekdays": "mon-fri",
    "start": "09:00",
    "end": "17:00",
    "kind": "open",
    "every_weeks": "1",
    "every_days": "1",
}
OVERRIDE = {"start": "2026-12-24T12:00", "end": "2026-12-24T17:00", "kind": "closed"}
SINGLE_NUMBERS = ("end_day", "every_weeks", "every_days")
KEYS = {"weekdays": "days", "anchor": "from"}
DAY = {"name": "Picnic", "observed": "none"}
DAY_KEYS = {"start": "from", "end": "to", "weekday": "day"}
OVERRIDE_KEYS = {"start": "from", "end": "to"}


def quoted(fields: dict[str, str], keys: dict[str, str]) -> str:
    pairs = (f'{keys.get(name, name)}: "{value}"' for name, value in fields.items())
    return "{" + ", ".join(pairs) + "}"


def of_schedule(fields: dict[str, str]) -> str:
    fields = dict(fields)
    name = fields.pop("name", "office")
    return f'schedules: {{"{name}": {quoted({"timezone": "UTC", **fields}, {})}}}'


def of_rule(fields: dict[str, str]) -> str:
    fields = {name: value for name, value in {**RULE, **fields}.items() if value}
    numbers = {
        name: fields.pop(name)
        for name in ("months", "days_of_month", *SINGLE_NUMBERS)
        if name in fields
    }
    rule = quoted(fields, KEYS)[:-1] + "".join(
        f", {name}: {value if name in SINGLE_NUMBERS else [int(value)]}"
        for name, value in numbers.items()
    )
    return f"schedules: {{s: {{timezone: UTC, rules: [{rule}}}]}}}}"


def of_override(fields: dict[str, str]) -> str:
    override = quoted({**OVERRIDE, **fields}, OVERRIDE_KEYS)
    return f"schedules: {{s: {{timezone: UTC, overrides: [{override}]}}}}"


def of_calendar(fields: dict[str, str]) -> str:
    fields = dict(fields)
    name = fields.pop("name", "company")
    return f'calendars: {{"{name}": {quoted(fields, {})}}}'


def of_day(fields: dict[str, str]) -> str:
    return f"calendars: {{c: {{days: [{quoted({**DAY, **fields}, DAY_KEYS)}]}}}}"


def of_agreement(fields: dict[str, str]) -> str:
    fields = dict(fields)
    name, target = fields.pop("name", "a"), fields.pop("target", "99.9")
    return f'agreements: {{"{name}": {{schedule: office-london, target: {target}}}}}'


def of_component(fields: dict[str, Any]) -> str:
    name, labels = fields.get("name", "c"), fields.get("labels", {})
    return f'components: {{"{name}": {{agreement: gold, labels: {labels}}}}}'


WRITERS: dict[type, Callable[[dict[str, Any]], str]] = {
    Schedule: of_schedule,
    Rule: of_rule,
    Override: of_override,
    HolidayCalendar: of_calendar,
    CalendarDay: of_day,
    Agreement: of_agreement,
    Component: of_component,
}
DEFAULTS: dict[type, dict[str, str]] = {
    Schedule: {"name": "office", "timezone": "UTC"},
    Rule: RULE,
    Override: OVERRIDE,
    HolidayCalendar: {"name": "company"},
    CalendarDay: DAY,
    Agreement: {"name": "a", "target": "99.9", "period": "month"},
    Component: {"name": "c"},
}

NAMES: dict[str, str] = {
    "": "Use 1 to 200 characters.",
    "x" * 201: "Use 1 to 200 characters.",
    "a\u202eb": "contains U+202E, RIGHT-TO-LEFT OVERRIDE.",
    "a\u2066b": "contains U+2066, LEFT-TO-RIGHT ISOLATE.",
    "a\u200fb": "contains U+200F, RIGHT-TO-LEFT MARK.",
    "a\u200bb": "contains U+200B, ZERO WIDTH SPACE.",
    "a\u200db": "contains U+200D, ZERO WIDTH JOINER.",
    "a\u200b": "contains U+200B, ZERO WIDTH SPACE.",
    "\u2060a": "contains U+2060, WORD JOINER.",
    "a\tb": "contains U+0009, a character that does not print.",
}
FAULTS: list[tuple[type, dict[str, Any], str]] = [
    # the model, the fields at fault, what is said of them by all three
    *(
        (kind, {"name": name}, said)
        for kind in (Schedule, Agreement, Component, HolidayCalendar)
        for name, said in NAMES.items()
    ),
    (Schedule, {"timezone": "Europe/Londn"}, "Did you mean Europe/London?"),
    (Schedule, {"timezone": "+01:00"}, "'+01:00' is not an IANA time zone"),
    (Schedule, {"holidays": "GB"}, "Holiday calendar 'GB' needs a subdivision"),
    (Schedule, {"holidays": "gb-eng"}, "Codes are upper-case: use GB-ENG"),
    (
        Rule,
        {"weekdays": "mon-fry"},
        "'mon-fry' is not a valid list of weekdays. Use mon, tue",
    ),
    (Rule, {"start": "25:00"}, "'25:00' is not a valid time. Use 24-hour HH:MM"),
    (Rule, {"end": "noon"}, "'noon' is not a valid time. Use 24-hour HH:MM"),
    (Rule, {"end": "09:00"}, "equals the start, 09:00. Use another end, or end_day: 1"),
    (
        Rule,
        {"end": "08:00", "end_day": "0"},
        "With end_day 0 the end must be after the start, 09:00",
    ),
    (Rule, {"end_day": "8"}, "8 is out of range. Use 0 to 7 days after the start day."),
    (Rule, {"months": "13"}, "13 is not a month. Use 1 to 12."),
    (
        Rule,
        {"days_of_month": "32"},
        "32 is not a day of a month. Use 1 to 31, or -1 to -31",
    ),
    (
        Rule,
        {"every_weeks": "2"},
        "every_weeks needs a date to count from. Use any date of a week",
    ),
    (Rule, {"every_weeks": "521"}, "521 is out of range. Use 1 to 520 weeks."),
    (
        Rule,
        {"every_days": "2"},
        "every_days needs a date to count from. Use any date on which the rule runs.",
    ),
    (Rule, {"every_days": "3651"}, "3651 is out of range. Use 1 to 3650 days."),
    (
        Rule,
        {"every_days": "2", "every_weeks": "2", "anchor": "2026-01-05"},
        "every_weeks and every_days exclude each other. Use one of them.",
    ),
    (
        Rule,
        {"valid_from": "2026-02-30"},
        "'2026-02-30' is not a valid date. Use YYYY-MM-DD",
    ),
    (
        Rule,
        {"valid_from": "2026-02-02", "valid_to": "2026-02-01"},
        "valid_to is before valid_from, 2026-02-02",
    ),
    (
        Override,
        {"end": "2026-12-24T12:00"},
        "The end must be after the start, 2026-12-24 12:00",
    ),
    (
        Override,
        {"end": "Christmas"},
        "'Christmas' is not a valid local date and time. Use the",
    ),
    (
        Override,
        {"end": "2026-12-25T12:00Z"},
        "without a UTC offset, for example 2026-12-24T12",
    ),
    (Override, {"reason": "x" * 256}, "at most 255 characters (it has 256)."),
    (HolidayCalendar, {"name": "GB"}, "'GB' is like the code of a public holiday"),
    (HolidayCalendar, {"name": "DE-x"}, "'DE-x' is like the code of a public holiday"),
    (HolidayCalendar, {"include": "GB"}, "Holiday calendar 'GB' needs a subdivision"),
    (HolidayCalendar, {"include": "us"}, "Codes are upper-case: use US."),
    (CalendarDay, {}, "No day is given. Use date, from and to, nth with day"),
    (CalendarDay, {"date": "Christmas"}, "'Christmas' is not a valid day. Use MM-DD"),
    (CalendarDay, {"date": "02-30"}, "02-30 does not exist. Use a day that does"),
    (
        CalendarDay,
        {"date": "12-24", "easter": "1"},
        "date and easter are both given. Use only one",
    ),
    (CalendarDay, {"easter": "400"}, "400 is out of range. Use -366 to 366 days after"),
    (
        CalendarDay,
        {"start": "12-24", "end": "2026-12-26"},
        "Only one end of the range has a year.",
    ),
    (
        CalendarDay,
        {"date": "12-24", "hours": "13:00-09:00"},
        "The hours 13:00-09:00 don't end after they start.",
    ),
    (
        CalendarDay,
        {"date": "12-24", "hours": "noon"},
        "'noon' is not valid hours. Use a start and an end",
    ),
    (
        CalendarDay,
        {"date": "2026-12-24", "last_year": "2027"},
        "2026-12-24 is in one year only. Leave out",
    ),
    (Agreement, {"target": "0"}, "'0' is not a valid percentage. Use a number above 0"),
    (Agreement, {"target": "100.1"}, "'100.1' is not a valid percentage"),
    (Agreement, {"target": "99.99999"}, "with up to 4 decimals"),
    (Agreement, {"target": "most"}, "'most' is not a valid percentage"),
    (Component, {"labels": {"job": "x"}}, "The label name 'job' is reserved"),
    (Component, {"labels": {"a.b": "x", "a_b": "y"}}, "both become 'a_b'"),
    (
        Component,
        {"labels": {"team": "x" * 1_025}},
        "The value of label 'team' has 1,025 characters. Use at most 1,024.",
    ),
    (
        Component,
        {"labels": {"x" * 201: "y"}},
        "has 201 characters. Use at most 200.",
    ),
    (
        Component,
        {"labels": {f"label{n}": "x" for n in range(65)}},
        "There are 65 labels. Use at most 64.",
    ),
    (Component, {"labels": {"": "y"}}, "A label name must be a non-empty string"),
]


def ids(fault: tuple[type, dict[str, Any], str]) -> str:
    kind, fields, _ = fault
    return f"{kind.__name__}-{ascii(fields)[:50]}"


def by_catalogue(kind: type, fields: dict[str, Any]) -> list[str]:
    with pytest.raises(CatalogueError) as refused:
        parse_text(
            WRITERS[kind](fields),
            "c.yaml",
            schedules={"office-london"},
            agreements={"gold"},
        )
    return [str(refused.value).split(": ", 1)[1]]


def by_model(kind: Any, fields: dict[str, Any]) -> list[str]:
    known = {name: value for name, value in fields.items() if value is not None}
    row = kind(**{**DEFAULTS[kind], **known}, **owners(kind))
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    return refused.value.messages


def by_form(kind: Any, fields: dict[str, Any]) -> list[str]:
    owned = {name: row.pk for name, row in owners(kind).items()}
    shown = [one.name for one in kind._meta.fields if one.editable and one.name != "id"]
    values = {**DEFAULTS[kind], **owned, **fields}
    if "labels" in values:
        values["labels"] = str(values["labels"]).replace("'", '"')
    form = modelform_factory(kind, fields=shown)(values)
    return [str(one) for errors in form.errors.values() for one in errors]


def owners(kind: type) -> dict[str, Any]:
    if kind in (Rule, Override, Agreement):
        return {"schedule": Schedule.objects.get(name="office-london")}
    if kind is CalendarDay:
        return {"calendar": HolidayCalendar.objects.get()}
    return {"agreement": Agreement.objects.get()} if kind is Component else {}


@pytest.mark.parametrize("fault", FAULTS, ids=ids)
def test_the_catalogue_the_model_and_its_form_say_the_same(
    fault: tuple[type, dict[str, Any], str],
) -> None:
    kind, fields, message = fault
    HolidayCalendar.objects.create(name="stored")
    make_component(agreement=make_agreement(schedule=make_schedule()))
    (said,) = by_catalogue(kind, fields)
    assert message in said
    assert by_model(kind, fields).count(said) == 1
    assert said in by_form(kind, fields)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [(Override, {"start": "noon"}), (Override, {"end": ""}), (Rule, {"start": "noon"})],
)
def test_a_form_says_one_thing_of_one_fault(kind: Any, fields: dict[str, str]) -> None:
    make_component(agreement=make_agreement(schedule=make_schedule()))
    assert len(by_form(kind, fields)) == 1
