"""What a row can say stands once: everything that reads or writes rows follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, datetime, time
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.forms import modelform_factory
from django.test import Client

from otel_sla.admin.calendars import CalendarDayInline
from otel_sla.admin.composed_forms import CalendarDayForm
from otel_sla.admin.forms import OverrideForm, RuleForm
from otel_sla.admin.schedules import RuleInline
from otel_sla.alerting.alertmanager.regular_hours import standing
from otel_sla.catalogue import (
    CalendarEntry,
    Catalogue,
    ScheduleEntry,
    apply,
    dump,
    parse_text,
    read_database,
)
from otel_sla.ical.feeds.rrule import recurrence
from otel_sla.models import CalendarDay as CalendarDayRow
from otel_sla.models import HolidayCalendar as CalendarRow
from otel_sla.models import Override as OverrideRow
from otel_sla.models import Rule as RuleRow
from otel_sla.models import Schedule as ScheduleRow
from otel_sla.models.wording import CONSTRAINT_MESSAGES
from otel_sla.schedule import LAST, Override, Rule, Schedule, from_text
from otel_sla.schedule.attributes import (
    AGREEMENT,
    COMPONENT,
    OVERRIDE,
    RULE,
    SCHEDULE,
    Table,
    columns,
)
from otel_sla.schedule.calendar_attributes import CALENDAR, CALENDAR_DAY
from otel_sla.schedule.calendars import CalendarDay, DayOfYear
from otel_sla.schedule.kinds import (
    CALENDARS,
    CLOCK,
    CLOSED_OR_OPEN,
    CODE,
    DATE,
    DAY_OF_YEAR,
    END,
    END_READING,
    FLAG,
    HOURS,
    MONTH,
    MONTHS,
    NTH,
    NUMBER,
    NUMBERS,
    OBSERVED,
    READING,
    REFERENCES,
    TEXT,
    TEXTS,
    WEEKDAY,
    WEEKDAYS,
    Kind,
)
from otel_sla.schedule.timezones import zone
from otel_sla.schedule.wording import format_rule

from ..support.processes import ROOT

VALUES: dict[Kind, Any] = {
    WEEKDAYS: frozenset({1, 5}),
    CLOCK: time(9, 30),
    END: time(8, 0, 30),
    NUMBER: 2,
    NUMBERS: frozenset({3, 7}),
    MONTHS: frozenset({3, 7}),
    NTH: LAST,
    DATE: date(2026, 1, 5),
    FLAG: True,
    CLOSED_OR_OPEN: "closed",
    READING: datetime(2026, 1, 1, 12),
    END_READING: datetime(2026, 1, 1, 13),
    TEXT: "as agreed",
    TEXTS: ("12-26", "Boxing Day"),
    CODE: "Europe/London",
    CALENDARS: ("other", "DE-BY", "GB-ENG"),
    REFERENCES: ("other",),
    DAY_OF_YEAR: DayOfYear(None, 12, 24),
    WEEKDAY: 4,
    MONTH: 5,
    OBSERVED: "next_monday",
    HOURS: ((9 * 3_600, 13 * 3_600), (14 * 3_600, 24 * 3_600)),
}
"""A value of each kind that is no default."""


def _values(table: Table, *without: str) -> dict[str, Any]:
    return {one.name: VALUES[one.kind] for one in table if one.name not in without}


# Together the rows of a kind have every attribute; some exclude each other.
RULES = (Rule(**_values(RULE, "every_weeks")), Rule(**_values(RULE, "every_days")))
_INTERVAL = {"start": datetime(2026, 1, 1, 12), "end": datetime(2026, 1, 2, 0, 0, 1)}
OVERRIDES = (Override(**{**_values(OVERRIDE), **_INTERVAL}),)
_WAYS = (
    ("date",),
    ("start", "end"),
    ("nth", "weekday", "month"),
    ("easter", "orthodox"),
)
DAYS = tuple(
    CalendarDay(
        **_values(
            CALENDAR_DAY,
            *(name for other in _WAYS if other != way for name in other),
            *(("observed",) if "start" in way else ()),
        )
    )
    for way in _WAYS
)
ENTRY = ScheduleEntry(**_values(SCHEDULE), rules=RULES, overrides=OVERRIDES)
CALENDAR_ENTRY = CalendarEntry(**_values(CALENDAR), days=DAYS)
CATALOGUE = Catalogue(
    schedules={"all": ENTRY, "other": ScheduleEntry("UTC")},
    calendars={"all": CALENDAR_ENTRY, "other": CalendarEntry()},
)
TABLES = {
    "calendar": CALENDAR,
    "day of a calendar": CALENDAR_DAY,
    "schedule": SCHEDULE,
    "rule": RULE,
    "override": OVERRIDE,
    "agreement": AGREEMENT,
    "component": COMPONENT,
}
KINDS_OF_ROW = [
    pytest.param(Rule, RuleRow, RULE, RULES, id="rule"),
    pytest.param(Override, OverrideRow, OVERRIDE, OVERRIDES, id="override"),
    pytest.param(CalendarDay, CalendarDayRow, CALENDAR_DAY, DAYS, id="day"),
]
READERS: dict[type, Callable[[dict[str, str]], object]] = {
    Rule: from_text.rule,
    Override: from_text.override,
    CalendarDay: from_text.calendar_day,
}


FORMS: dict[type, tuple[str, Any]] = {
    # the field of the owner, and the form
    Rule: ("schedule", RuleForm),
    Override: ("schedule", OverrideForm),
    CalendarDay: (
        "calendar",
        modelform_factory(
            CalendarDayRow, CalendarDayForm, fields=("calendar", *columns(CALENDAR_DAY))
        ),
    ),
}


def stored(table: Table, row: object) -> dict[str, Any]:
    """Return the columns of a row."""
    return {one.name: one.kind.store(getattr(row, one.name)) for one in table}


@pytest.mark.parametrize(("engine", "model", "table", "rows"), KINDS_OF_ROW)
def test_the_engine_the_table_and_the_model_have_the_same_attributes(
    engine: Any, model: Any, table: Table, rows: tuple[Any, ...]
) -> None:
    evaluated = {one.name: one for one in fields(engine) if one.init}
    assert list(evaluated) == list(columns(table))
    own = {one.name for one in model._meta.concrete_fields}
    linked = {"schedule", "component", "calendar"}
    assert own - {"id", "created", *linked} == set(columns(table))
    for one in table:
        assert any(getattr(row, one.name) != one.default for row in rows)
        if not one.is_required:
            assert one.default == evaluated[one.name].default


@pytest.mark.parametrize(
    ("model", "table"), [(ScheduleRow, SCHEDULE), (CalendarRow, CALENDAR)]
)
def test_a_whole_has_its_attributes_and_links_in_the_model(
    model: Any, table: Table
) -> None:
    names = {one.name for one in (*model._meta.fields, *model._meta.many_to_many)}
    assert names - {"id", "name", "calendars"} == set(columns(table))


@pytest.mark.parametrize(("engine", "model", "table", "rows"), KINDS_OF_ROW)
def test_every_attribute_is_read_from_text_as_it_is_stored(
    engine: Any, model: Any, table: Table, rows: tuple[Any, ...]
) -> None:
    for row in rows:
        texts = {
            name: "" if value is None else str(value)
            for name, value in stored(table, row).items()
        }
        # What is not there is NULL, or an empty text.
        given = {name: text for name, text in texts.items() if text}
        lower = {
            name: text.lower() if text in ("True", "False") else text
            for name, text in given.items()
        }
        assert READERS[engine](lower) == row


@pytest.mark.django_db
def test_every_attribute_is_written_to_the_database_and_read_back() -> None:
    apply(CATALOGUE)
    assert read_database() == CATALOGUE
    for model, rows in (
        (RuleRow, RULES),
        (OverrideRow, OVERRIDES),
        (CalendarDayRow, DAYS),
    ):
        found = model._default_manager.order_by("pk")
        assert tuple(row.definition() for row in found) == rows


def test_every_attribute_is_dumped_and_loaded() -> None:
    text = dump(CATALOGUE)
    tables = (RULE, OVERRIDE, SCHEDULE, CALENDAR, CALENDAR_DAY)
    keys = {one.key for table in tables for one in table}
    assert [key for key in keys if f"{key}: " not in text] == []
    assert parse_text(text, "all.yaml") == CATALOGUE


@pytest.mark.django_db
def test_every_attribute_is_shown_by_the_api(admin_client: Client) -> None:
    apply(CATALOGUE)
    shown = admin_client.get("/api/v1/schedules/all").json()
    assert {*shown["rules"][0], *shown["rules"][1]} == {one.key for one in RULE}
    public = {one.key for one in OVERRIDE if not one.is_internal}
    assert set(shown["overrides"][0]) == public


@pytest.mark.django_db
@pytest.mark.parametrize(("engine", "model", "table", "rows"), KINDS_OF_ROW)
def test_every_attribute_is_edited_in_the_admin(
    engine: Any, model: Any, table: Table, rows: tuple[Any, ...]
) -> None:
    field, form_class = FORMS[engine]
    owner_class: Any = CalendarRow if field == "calendar" else ScheduleRow
    owner = {field: owner_class.objects.create(name="all")}
    for row in rows:
        values = stored(table, row)
        before = form_class(instance=model(**owner, **values))
        typed = {field.name: field.value() for field in before}
        # What the form has no field for stays as it is.
        rest = {name: values[name] for name in values if name not in before.fields}
        edited = form_class(typed, instance=model(**rest))
        assert edited.is_valid(), edited.errors
        assert edited.save().definition() == row
        for name in set(columns(table)) & set(before.fields):
            assert before[name].label.lower() == label_of(table, name).lower()


def label_of(table: Table, name: str) -> str:
    return next(one.label for one in table if one.name == name)


@pytest.mark.parametrize(
    ("inline", "table"), [(RuleInline, RULE), (CalendarDayInline, CALENDAR_DAY)]
)
def test_a_form_of_a_row_has_every_attribute_once(inline: Any, table: Table) -> None:
    shown = flatten_fieldsets(inline.fieldsets or ())
    assert sorted(shown) == sorted(columns(table))


def test_every_key_is_in_the_documents() -> None:
    rows = (ROOT / "docs" / "catalogue.md").read_text().splitlines()
    for what, table in TABLES.items():
        told = next(row for row in rows if row.startswith(f"| {what} "))
        assert [one.key for one in table if f"`{one.key}`" not in told] == []


def test_every_restriction_is_said_in_words() -> None:
    plain = Rule(frozenset({1}), time(9), time(17))
    for rule in RULES:
        for name in rule.restrictions():
            changes = {name: getattr(rule, name)}
            if name in ("every_weeks", "every_days"):
                changes["anchor"] = date(2026, 1, 5)
            assert format_rule(replace(plain, **changes)) != format_rule(plain)


def test_a_restriction_that_others_do_not_know_is_not_said_wrongly() -> None:
    rule = Rule(frozenset({1}), time(9), time(17))
    assert recurrence(rule) == "FREQ=WEEKLY;BYDAY=TU"
    schedule = Schedule(zone("UTC"), (rule,))
    assert standing(schedule, date(2026, 1, 1)).parts[0].unsaid == ()
    with patch.object(Rule, "restrictions", return_value=frozenset({"made_up"})):
        assert recurrence(rule) is None
        assert standing(schedule, date(2026, 1, 1)).parts[0].unsaid == (rule,)


def test_no_text_for_people_is_in_the_models() -> None:
    for model in apps.get_app_config("otel_sla").get_models():
        for field in model._meta.concrete_fields:
            recorded = field.deconstruct()[3]
            assert field.primary_key or not {"help_text", "verbose_name"} & {*recorded}
        for constraint in model._meta.constraints:
            assert "violation_error_message" not in constraint.deconstruct()[2]


@pytest.mark.django_db
def test_changing_a_text_needs_no_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONSTRAINT_MESSAGES, "not_one_owner", "Choose one.")
    monkeypatch.setattr(RuleRow._meta.get_field("nth"), "verbose_name", "which")
    call_command("makemigrations", "otel_sla", check=True, dry_run=True, verbosity=0)
    with pytest.raises(ValidationError, match="Choose one"):
        OverrideRow(
            start=datetime(2026, 1, 1), end=datetime(2026, 1, 2), kind="open"
        ).full_clean()
