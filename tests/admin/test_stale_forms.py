"""A form that is older than what is stored is refused, with both versions shown."""

from __future__ import annotations

import re
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from otel_sla.models import CalendarDay, Override, Rule, Schedule

from ..support.make import (
    make_agreement,
    make_calendar,
    make_component,
    make_schedule,
)
from .test_editing import formset

pytestmark = pytest.mark.django_db

CATALOGUE = """
schedules:
  office-london:
    timezone: Europe/Paris
    rules:
    - {days: mon-fri, start: '08:00', end: '16:00'}
"""


def url(row: Model) -> str:
    return reverse(f"admin:otel_sla_{row._meta.model_name}_change", args=[row.pk])


def opened(client: Client, row: Model) -> dict[str, Any]:
    """The fields of a row's page, as a browser would send them unchanged."""
    context = client.get(url(row)).context
    form = context["adminform"].form
    sent: dict[str, Any] = {"_version": context["version"]}
    for name in form.fields:
        value = form[name].value()
        if name == "labels":
            pairs = [*(value or {}).items()]
            sent["labels-name"] = [one for one, _ in pairs]
            sent["labels-value"] = [one for _, one in pairs]
        elif value is not False:
            sent[name] = "on" if value is True else "" if value is None else value
    for one in context["inline_admin_formsets"]:
        sent |= of_rows(one.formset)
    return sent


def of_rows(rows: Any) -> dict[str, Any]:
    count = len(rows.initial_forms)
    sent: dict[str, Any] = {
        **formset(rows.prefix),
        f"{rows.prefix}-TOTAL_FORMS": str(count),
        f"{rows.prefix}-INITIAL_FORMS": str(count),
    }
    for form in rows.initial_forms:
        for name in form.fields:
            value = form[name].value()
            if value is not False and name != "DELETE":
                sent[form.add_prefix(name)] = "on" if value is True else value or ""
    return sent


def test_the_second_of_two_editors_undoes_nothing_and_sees_both_versions(
    admin_client: Client,
) -> None:
    schedule = make_schedule()
    mine, theirs = (opened(admin_client, schedule) for _ in range(2))
    theirs["timezone"] = "Europe/Berlin"
    assert admin_client.post(url(schedule), theirs).status_code == 302
    mine["rules-0-end"] = "16:00"
    refused = admin_client.post(url(schedule), mine)
    assert refused.status_code == 200
    schedule.refresh_from_db()
    assert (schedule.timezone, Rule.objects.get().end) == ("Europe/Berlin", time(17))
    text = refused.content.decode()
    assert "this schedule was changed since you opened it" in text
    assert "Last change: admin, " in text
    assert "Time zone: Europe/London → Europe/Berlin." in text
    assert versions(refused) == [
        ("Time zone", "Europe/Berlin", "Europe/London"),
        ("Rule 1, end", "17:00", "16:00"),
    ]
    again = admin_client.post(url(schedule), mine)
    assert again.status_code == 200


def versions(page: Any) -> list[tuple[str, str, str]]:
    return [
        (one.where, one.stored, one.entered)
        for one in page.context["stale"].differences
    ]


def anyway(page: Any) -> dict[str, str]:
    found = re.findall(r'name="_anyway" value="(\w+)"', page.content.decode())
    return {"_anyway": found[0]}


def test_it_is_saved_anyway_by_who_has_seen_both_versions(
    admin_client: Client,
) -> None:
    schedule = make_schedule()
    mine = {**opened(admin_client, schedule), "rules-0-end": "16:00"}
    Schedule.objects.update(timezone="Europe/Berlin")
    refused = admin_client.post(url(schedule), mine)
    seen = anyway(refused)
    Schedule.objects.update(timezone="Europe/Paris")
    unseen = admin_client.post(url(schedule), {**mine, **seen})
    assert unseen.status_code == 200
    assert versions(unseen)[0] == ("Time zone", "Europe/Paris", "Europe/London")
    assert (
        admin_client.post(url(schedule), {**mine, **anyway(unseen)}).status_code == 302
    )
    schedule.refresh_from_db()
    assert (schedule.timezone, Rule.objects.get().end) == ("Europe/London", time(16))


def test_what_a_catalogue_has_changed_counts(
    admin_client: Client, tmp_path: Path
) -> None:
    schedule = make_schedule()
    mine = {**opened(admin_client, schedule), "rules-0-end": "18:00"}
    file = tmp_path / "catalogue.yaml"
    file.write_text(CATALOGUE)
    call_command("load_catalogue", file, verbosity=0)
    refused = admin_client.post(url(schedule), mine)
    assert versions(refused) == [
        ("Time zone", "Europe/Paris", "Europe/London"),
        ("Rule 1", "mon-fri 08:00–16:00", "–"),
        ("Another rule", "–", "mon-fri 09:00–18:00"),
    ]
    assert (
        admin_client.post(url(schedule), {**mine, **anyway(refused)}).status_code == 302
    )
    (rule,) = Rule.objects.all()
    assert (rule.start, rule.end) == (time(9), time(18))


def test_overrides_deleted_and_added_meanwhile_count(admin_client: Client) -> None:
    shop = make_component(labels={"team": "payments"})
    days = {"start": datetime(2099, 1, 1), "end": datetime(2099, 1, 2)}
    gone = Override.objects.create(component=shop, kind="closed", reason="gone", **days)
    mine = opened(admin_client, shop)
    gone.delete()
    Override.objects.create(component=shop, kind="closed", reason="new", **days)
    refused = admin_client.post(url(shop), mine)
    span = "closed 2099-01-01 00:00 to 2099-01-02 00:00"
    assert versions(refused) == [
        ("Override 1", f"{span}: new", "–"),
        ("Another override", "–", f"{span}: gone"),
    ]
    assert admin_client.post(url(shop), {**mine, **anyway(refused)}).status_code == 302
    assert [one.reason for one in Override.objects.all()] == ["gone"]


def test_a_move_to_another_agreement_counts(admin_client: Client) -> None:
    shop = make_component(labels={"team": "payments"})
    mine = {**opened(admin_client, shop), "labels-value": ["people"]}
    silver = make_agreement("silver")
    form = {"action": "move", "_selected_action": [str(shop.pk)]}
    form["agreement"] = str(silver.pk)
    listed = reverse("admin:otel_sla_component_changelist")
    seen = admin_client.post(listed, form).context["seen"]
    admin_client.post(listed, {**form, "confirmed": seen})
    refused = admin_client.post(url(shop), mine)
    assert versions(refused) == [
        ("Agreement", "silver", "gold"),
        ("Labels", "team=payments", "team=people"),
    ]


def test_agreements_and_calendars_are_refused_as_well(admin_client: Client) -> None:
    gold = make_agreement()
    mine = {**opened(admin_client, gold), "period": "week"}
    type(gold)._default_manager.update(target="99.5")
    assert versions(admin_client.post(url(gold), mine)) == [
        ("Target", "99.5000", "99.9000"),
        ("Period", "month", "week"),
    ]
    company = make_calendar("company", {"name": "Party", "date": "12-10"})
    mine = opened(admin_client, company)
    CalendarDay.objects.update(date="12-11")
    assert versions(admin_client.post(url(company), mine)) == [
        ("Calendar day 1, date", "12-11", "12-10")
    ]


def test_what_others_change_of_other_rows_does_not_count(admin_client: Client) -> None:
    schedule = make_schedule()
    mine = opened(admin_client, schedule)
    other = make_schedule("other")
    other.includes.add(schedule)
    make_component()
    assert admin_client.post(url(schedule), mine).status_code == 302


def test_a_preview_of_a_stale_form_says_so(admin_client: Client) -> None:
    schedule = make_schedule()
    mine = opened(admin_client, schedule)
    preview = f"{url(schedule)}preview/"
    said = "This was changed since you opened it"
    assert said not in admin_client.post(preview, mine).content.decode()
    Schedule.objects.update(timezone="Europe/Berlin")
    assert said in admin_client.post(preview, mine).content.decode()
