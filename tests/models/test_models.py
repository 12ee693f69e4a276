"""The model's own API, what it refuses, and what the database refuses."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from otel_sla.models import Agreement, Component, Override, Rule, Schedule

from ..support.make import make_agreement, make_component, make_schedule, utc

pytestmark = pytest.mark.django_db

GOOD_RULE = {"weekdays": "mon", "start": time(9), "end": time(17)}
GOOD_OVERRIDE = {
    "start": datetime(2026, 12, 24, 12),
    "end": datetime(2026, 12, 24, 17),
    "kind": "closed",
}


def test_a_component_answers_for_any_moment() -> None:
    shop = make_component()
    assert shop.in_window(utc(2026, 3, 27, 9))
    assert not shop.in_window(utc(2026, 3, 27, 17))
    saturday = utc(2026, 3, 28)
    assert shop.get_last_start_time(saturday) == utc(2026, 3, 27, 9)
    assert shop.get_last_end_time(saturday) == utc(2026, 3, 27, 17)
    assert shop.get_next_start_time(saturday) == utc(2026, 3, 30, 8)
    assert shop.get_next_end_time(saturday) == utc(2026, 3, 30, 16)


def test_the_last_end_is_not_the_next_end() -> None:
    monday_noon = utc(2026, 3, 30, 12)
    assert make_component().get_last_end_time(monday_noon) == utc(2026, 3, 27, 17)


def test_fractions_of_a_second_before_the_start_are_before_it() -> None:
    almost = utc(2026, 3, 27, 8, 59, 59, 999_999)
    assert not make_component().in_window(almost)


def test_a_boundary_that_does_not_exist_is_none() -> None:
    make_schedule(rules=())
    never = make_component()
    assert not never.in_window(utc(2026, 1, 1))
    assert never.get_last_start_time(utc(2026, 1, 1)) is None
    assert never.get_next_end_time(utc(2026, 1, 1)) is None


@pytest.mark.parametrize("use_tz", [True, False])
def test_a_naive_moment_is_refused_with_what_would_be_right(
    use_tz: bool, settings: Any
) -> None:
    settings.USE_TZ = use_tz
    component = make_component()
    with pytest.raises(ValueError, match=r"naive: give .* datetime\.now\(UTC\)"):
        component.in_window(datetime(2026, 1, 1))


def test_get_labels_is_a_copy_of_the_component_s_own() -> None:
    shop = make_component(labels={"team": "payments"})
    shop.get_labels()["team"] = "other"
    assert shop.get_labels() == {"team": "payments"}


def test_a_component_s_overrides_come_after_its_schedule_s() -> None:
    shop = make_component()
    Override.objects.create(
        schedule=shop.agreement.schedule,
        start=datetime(2026, 3, 28, 9),
        end=datetime(2026, 3, 28, 17),
        kind="open",
    )
    Override.objects.create(
        component=shop,
        start=datetime(2026, 3, 28, 12),
        end=datetime(2026, 3, 28, 13),
        kind="closed",
    )
    assert shop.in_window(utc(2026, 3, 28, 11))
    assert not shop.in_window(utc(2026, 3, 28, 12))
    assert make_component("other").in_window(utc(2026, 3, 28, 12))


def test_holidays_cancel_the_windows_that_start_on_them() -> None:
    make_schedule(holidays="GB-ENG")
    good_friday = utc(2026, 4, 3, 12)
    assert not make_component().in_window(good_friday)


def test_components_are_read_with_their_schedules_in_as_many_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(3):
        make_component(f"shop-{number}")
    with django_assert_num_queries(8):
        for component in Component.objects.with_schedules():
            component.in_window(utc(2026, 1, 1))


def test_an_unsaved_rule_may_hold_text() -> None:
    rule = Rule(weekdays="Fri-Mon", start="22:00", end="06:00", months="3, 6")
    assert rule.definition().weekdays == {4, 5, 6, 0}
    assert rule.definition().end_day == 1


def test_notation_is_kept_in_its_shortest_form() -> None:
    rule = Rule(
        schedule=make_schedule(rules=()),
        weekdays="Monday, tue,wed",
        start=time(9),
        end=time(17),
        days_of_month="15, -1 1",
    )
    rule.full_clean()
    assert (rule.weekdays, rule.days_of_month) == ("mon-wed", "1,15,-1")


def test_an_override_keeps_the_wall_clock_it_was_given() -> None:
    schedule = make_schedule()
    Override.objects.create(schedule=schedule, **GOOD_OVERRIDE)
    assert Override.objects.get().start == datetime(2026, 12, 24, 12)


REFUSED: dict[str, tuple[type[Any], dict[str, Any], str]] = {
    "an unknown zone": (Schedule, {"name": "s", "timezone": "Mars/Base"}, "timezone"),
    "a calendar without subdivision": (
        Schedule,
        {"name": "s", "timezone": "UTC", "holidays": "GB"},
        "holidays",
    ),
    "a blank name": (Schedule, {"name": " s", "timezone": "UTC"}, "name"),
    "no weekday": (Rule, {**GOOD_RULE, "weekdays": ""}, "weekdays"),
    "a misspelt weekday": (Rule, {**GOOD_RULE, "weekdays": "mo"}, "weekdays"),
    "an end equal to its start": (Rule, {**GOOD_RULE, "end": time(9)}, "end"),
    "an empty window": (Rule, {**GOOD_RULE, "end": time(8), "end_day": 0}, "end"),
    "an end too far off": (Rule, {**GOOD_RULE, "end_day": 8}, "end_day"),
    "no such month": (Rule, {**GOOD_RULE, "months": "13"}, "months"),
    "no anchor": (Rule, {**GOOD_RULE, "every_weeks": 2}, "anchor"),
    "validity that ends first": (
        Rule,
        {**GOOD_RULE, "valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)},
        "valid_to",
    ),
    "an override that ends first": (
        Override,
        {**GOOD_OVERRIDE, "end": datetime(2026, 12, 24, 11)},
        "end",
    ),
    "an override with an offset": (
        Override,
        {**GOOD_OVERRIDE, "end": "2026-12-24T17:00+01:00"},
        "end",
    ),
    "a target above 100": (Agreement, {"name": "a", "target": 101}, "target"),
    "a target of nothing": (Agreement, {"name": "a", "target": 0}, "target"),
    "a reserved label": (Component, {"name": "c", "labels": {"job": "x"}}, "labels"),
    "a label that is no string": (
        Component,
        {"name": "c", "labels": {"tier": 1}},
        "labels",
    ),
    "colliding labels": (
        Component,
        {"name": "c", "labels": {"a.b": "x", "a_b": "y"}},
        "labels",
    ),
    "labels that are a list": (Component, {"name": "c", "labels": ["x"]}, "labels"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_validation_names_the_field_at_fault(fault: str) -> None:
    model, fields, at_fault = REFUSED[fault]
    row = model(**fields)
    if model in (Rule, Override, Agreement):
        row.schedule = make_schedule()
    if model is Component:
        row.agreement = make_agreement()
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert at_fault in refused.value.message_dict


BAD_ROWS: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "no weekday": (Rule, {**GOOD_RULE, "weekdays": ""}),
    "an end equal to its start": (Rule, {**GOOD_RULE, "end": time(9)}),
    "an empty window": (Rule, {**GOOD_RULE, "end": time(8), "end_day": 0}),
    "an end too far off": (Rule, {**GOOD_RULE, "end_day": 8}),
    "an unknown nth": (Rule, {**GOOD_RULE, "nth": 6}),
    "no anchor": (Rule, {**GOOD_RULE, "every_weeks": 2}),
    "validity that ends first": (
        Rule,
        {**GOOD_RULE, "valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)},
    ),
    "an override that ends first": (
        Override,
        {**GOOD_OVERRIDE, "end": datetime(2026, 12, 24, 11)},
    ),
    "an unknown kind": (Override, {**GOOD_OVERRIDE, "kind": "shut"}),
    "a target above 100": (Agreement, {"name": "a", "target": 101}),
    "an unknown period": (Agreement, {"name": "a", "target": 99, "period": "year"}),
    "no name": (Agreement, {"name": "", "target": 99}),
}


@pytest.mark.parametrize("fault", BAD_ROWS)
def test_the_database_refuses_what_slipped_past_validation(fault: str) -> None:
    model, fields = BAD_ROWS[fault]
    schedule = make_schedule(rules=())
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(schedule=schedule, **fields)


def test_an_override_belongs_to_exactly_one_of_schedule_and_component() -> None:
    component = make_component()
    for owners in (
        {},
        {"component": component, "schedule": component.agreement.schedule},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Override.objects.create(**owners, **GOOD_OVERRIDE)
        with pytest.raises(ValidationError, match="exactly one of the two"):
            Override(**owners, **GOOD_OVERRIDE).full_clean()


def test_overnight_without_end_day_is_stored() -> None:
    make_schedule(rules=({**GOOD_RULE, "start": time(22), "end": time(6)},))
    assert Rule.objects.get().definition().end_day == 1
