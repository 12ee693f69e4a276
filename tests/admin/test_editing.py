"""The admin edits everything, and shows what is wrong at the field."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from otel_sla.models import Component, Override, Rule, Schedule

from ..support.make import make_agreement, make_component
from ..support.raw import write_raw

pytestmark = pytest.mark.django_db

NO_ROWS = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0"}


def formset(prefix: str, *rows: dict[str, str]) -> dict[str, str]:
    """The fields of an inline formset with new rows."""
    fields = {**NO_ROWS, "TOTAL_FORMS": str(len(rows))}
    for number, row in enumerate(rows):
        fields |= {f"{number}-{name}": value for name, value in row.items()}
    return {f"{prefix}-{name}": value for name, value in fields.items()}


def schedule_form(**changes: Any) -> dict[str, str]:
    rule = {
        "weekdays": "mon-fri",
        "start": "22:00",
        "end": "06:00",
        "kind": "open",
        "every_weeks": "1",
        "every_days": "1",
    }
    override = {
        "start": "2026-12-24T12:00",
        "end": "2026-12-24T17:00",
        "kind": "closed",
    }
    return {
        "name": "nights",
        "timezone": changes.pop("timezone", "Europe/London"),
        "holidays": changes.pop("holidays", "GB-ENG"),
        **formset("rules", {**rule, **changes.pop("rule", {})}),
        **formset("overrides", {**override, **changes.pop("override", {})}),
    }


def add(client: Client, model: str, form: dict[str, str]) -> Any:
    return client.post(reverse(f"admin:otel_sla_{model}_add"), form)


def test_a_schedule_is_added_with_its_rules_and_overrides(admin_client: Client) -> None:
    assert add(admin_client, "schedule", schedule_form()).status_code == 302
    assert Schedule.objects.get().name == "nights"
    assert Rule.objects.get().definition().end_day == 1
    assert Override.objects.get().start == datetime(2026, 12, 24, 12)


def test_the_same_date_from_and_to_is_the_whole_day(admin_client: Client) -> None:
    form = schedule_form(override={"start": "2026-12-24", "end": "2026-12-24"})
    assert add(admin_client, "schedule", form).status_code == 302
    override = Override.objects.get()
    assert override.end - override.start == timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timezone": "Europe/Londn"}, "Did you mean Europe/London?"),
        ({"holidays": "GB"}, "needs a subdivision"),
        ({"rule": {"weekdays": "mon-fry"}}, "is not a valid list of weekdays"),
        ({"rule": {"start": "9am"}}, "is not a valid time. Use 24-hour HH:MM"),
        ({"rule": {"valid_from": "tomorrow"}}, "is not a valid date. Use YYYY-MM-DD"),
        ({"rule": {"weekdays": ""}}, "This field is required."),
        ({"rule": {"end": "22:00"}}, "equals the start, 22:00"),
        ({"rule": {"every_weeks": "2"}}, "every_weeks needs a date to count from"),
        ({"rule": {"days_of_month": "32"}}, "32 is not a day of a month. Use 1 to 31"),
        ({"override": {"end": "2026-12-24T12:00"}}, "The end must be after the start"),
        (
            {"override": {"end": "2027-01-02"}},
            "not clear whether 2027-01-02 is included",
        ),
        ({"override": {"end": "Christmas"}}, "is not a valid local date and time"),
    ],
)
def test_what_a_catalogue_refuses_is_a_form_error(
    changes: dict[str, Any], message: str, admin_client: Client
) -> None:
    response = add(admin_client, "schedule", schedule_form(**changes))
    assert response.status_code == 200
    assert message in response.content.decode()
    assert not Schedule.objects.exists()


def component_form(*labels: tuple[str, str]) -> dict[str, Any]:
    return {
        "name": "shop",
        "agreement": str(make_agreement().pk),
        "enabled": "on",
        "labels-name": [name for name, _ in labels],
        "labels-value": [value for _, value in labels],
        **formset("overrides"),
    }


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([("job", "x")], "is reserved"),
        ([("a.b", "x"), ("a_b", "y")], "both become"),
        ([("tier", "1"), ("tier", "2")], "is given twice. Remove one of the rows."),
        ([("", "payments")], "has no label name. Give one"),
    ],
)
def test_labels_that_can_not_be_exposed_are_a_form_error(
    labels: list[tuple[str, str]], message: str, admin_client: Client
) -> None:
    response = add(admin_client, "component", component_form(*labels))
    assert message in response.content.decode()
    assert not Component.objects.exists()


def test_what_was_typed_is_still_there_beside_its_error(admin_client: Client) -> None:
    page = add(admin_client, "component", component_form(("job", "x"), ("team", "y")))
    assert page.context["adminform"].form["labels"].errors
    for text in ('value="job"', 'value="team"', 'value="y"'):
        assert text in page.content.decode()


def test_labels_are_rows_of_which_empty_ones_do_not_count(admin_client: Client) -> None:
    labels = [("team", "payments"), ("", ""), (" tier ", "1"), ("empty", "")]
    assert add(admin_client, "component", component_form(*labels)).status_code == 302
    assert Component.objects.get().labels == {
        "team": "payments",
        "tier": "1",
        "empty": "",
    }


def test_a_form_without_labels_has_none(admin_client: Client) -> None:
    assert add(admin_client, "component", component_form()).status_code == 302
    assert Component.objects.get().labels == {}


def test_a_component_is_changed_with_its_own_override(admin_client: Client) -> None:
    shop = make_component()
    page = reverse("admin:otel_sla_component_change", args=[shop.pk])
    override = {"start": "2026-11-28T22:00", "end": "2026-11-29T04:00", "kind": "open"}
    form = {
        "name": "shop",
        "agreement": str(shop.agreement.pk),
        "labels-name": "team",
        "labels-value": "payments",
        "enabled": "on",
        **formset("overrides", override),
    }
    assert admin_client.post(page, form).status_code == 302
    shop.refresh_from_db()
    assert (shop.name, shop.get_labels()) == ("shop", {"team": "payments"})
    assert shop.overrides.get().end == datetime(2026, 11, 29, 4)


@pytest.mark.parametrize("model", ["schedule", "agreement", "component"])
def test_lists_and_forms_of_what_exists_are_shown(
    model: str, admin_client: Client
) -> None:
    shop = make_component()
    Override.objects.create(
        component=shop,
        start=datetime(2026, 1, 1, 9),
        end=datetime(2026, 1, 1, 10),
        kind="open",
    )
    assert (
        "gold"
        in admin_client.get(
            reverse("admin:otel_sla_agreement_changelist")
        ).content.decode()
    )
    row: Any = {
        "schedule": shop.agreement.schedule,
        "agreement": shop.agreement,
        "component": shop,
    }[model]
    page = admin_client.get(reverse(f"admin:otel_sla_{model}_change", args=[row.pk]))
    assert row.name in page.content.decode()
    if model == "component":
        assert 'value="2026-01-01 09:00"' in page.content.decode()


@pytest.mark.parametrize(("end_day", "stored"), [("", 1), ("1", 2)])
def test_an_end_of_24_00_is_the_midnight_after(
    end_day: str, stored: int, admin_client: Client
) -> None:
    rule = {"start": "22:00", "end": "24:00", "end_day": end_day}
    assert add(admin_client, "schedule", schedule_form(rule=rule)).status_code == 302
    assert (Rule.objects.get().end, Rule.objects.get().end_day) == (time(0), stored)


def test_ticked_weekdays_are_stored_in_their_shortest_form(
    admin_client: Client,
) -> None:
    rule = {"weekdays": ["sat", "mon", "tue", "wed"]}
    add(admin_client, "schedule", schedule_form(rule=rule))
    assert Rule.objects.get().weekdays == "mon-wed,sat"


def test_an_end_before_the_start_is_the_next_day(admin_client: Client) -> None:
    add(admin_client, "schedule", schedule_form())
    assert Rule.objects.get().end == time(6)


@pytest.mark.parametrize(
    "column",
    [
        "otel_sla_component SET labels = '[\"team\"]'",
        "otel_sla_component SET labels = '5'",
        'otel_sla_component SET labels = \'{"a": {"b": 1}}\'',
        "otel_sla_rule SET weekdays = 'someday'",
        "otel_sla_rule SET months = 'May'",
        "otel_sla_rule SET \"end\" = 'never'",
        "otel_sla_override SET start = 'soon'",
    ],
)
def test_a_row_written_past_all_validation_can_be_looked_at_and_mended(
    column: str, admin_client: Client
) -> None:
    shop = make_component(labels={"team": "payments"})
    schedule = shop.agreement.schedule
    Override.objects.create(
        schedule=schedule,
        start=datetime(2026, 1, 1),
        end=datetime(2026, 1, 2),
        kind="closed",
    )
    if not write_raw(f"UPDATE {column}"):
        return
    for row in (shop, shop.agreement, schedule):
        change = reverse(f"admin:otel_sla_{row._meta.model_name}_change", args=[row.pk])
        for url in (change, change.replace(f"{row.pk}/change/", "")):
            assert admin_client.get(url).status_code == 200
    form = {
        "name": "web-shop",
        "agreement": str(shop.agreement.pk),
        "labels-name": "team",
        "labels-value": "people",
        **formset("overrides"),
    }
    url = reverse("admin:otel_sla_component_change", args=[shop.pk])
    assert admin_client.post(url, form).status_code == 302
    shop.refresh_from_db()
    assert shop.labels == {"team": "people"}


@pytest.mark.parametrize("key", ["x", "", "999", "9" * 40, "-1", "1.5"])
@pytest.mark.parametrize("path", ["", "preview/"])
def test_a_key_that_is_none_is_an_error_at_the_field(
    key: str, path: str, admin_client: Client
) -> None:
    gold = make_component().agreement
    form = {"name": "gold", "schedule": key, "target": "99", "period": "month"}
    for page in ("agreement_add", "override_add"):
        url = reverse(f"admin:otel_sla_{page}")
        answer = admin_client.post(url, form)
        assert (answer.status_code, bool(answer.context["errors"])) == (200, True)
    url = reverse("admin:otel_sla_agreement_change", args=[gold.pk])
    text = admin_client.post(url + path, form).content.decode()
    refusals = ("Select a valid choice", "This field is required", "fill in")
    assert any(one in text for one in refusals)
