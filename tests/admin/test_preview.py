"""Before anything is saved, the admin shows what it would mean."""

from __future__ import annotations

import time as clock
from datetime import datetime, time, timedelta
from time import process_time
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from otel_sla.models import Component, Override, Rule, Schedule
from otel_sla.telemetry.scrape import Scrapes

from ..support.make import OFFICE_HOURS, make_agreement, make_component, make_schedule
from .test_editing import formset

pytestmark = pytest.mark.django_db

FETCH = {"X-Requested-With": "fetch"}


def kept(prefix: str, owner: Any, *rows: dict[str, Any]) -> dict[str, str]:
    """The fields of an inline formset of rows that are saved."""
    fields = formset(prefix, *({"id": str(row.pop("id")), **row} for row in rows))
    return {**fields, f"{prefix}-INITIAL_FORMS": str(len(rows))}


def form_of(schedule: Schedule, **rule: str) -> dict[str, str]:
    """The change form of a schedule of one rule, as it is or with changes to that."""
    saved = schedule.rules.get()
    values = {"weekdays": "mon-fri", "start": "09:00", "end": "17:00", **rule}
    return {
        "name": schedule.name,
        "timezone": schedule.timezone,
        **kept(
            "rules",
            schedule,
            {
                "id": saved.pk,
                "kind": "open",
                "every_weeks": "1",
                "every_days": "1",
                **values,
            },
        ),
        **formset("overrides"),
    }


def previewed(client: Client, row: Any, form: dict[str, str]) -> str:
    url = reverse(f"admin:otel_sla_{row._meta.model_name}_change", args=[row.pk])
    response = client.post(f"{url}preview/", form, headers=FETCH)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_change_page_shows_what_is_saved(admin_client: Client) -> None:
    schedule = make_component().agreement.schedule
    url = reverse("admin:otel_sla_schedule_change", args=[schedule.pk])
    page = admin_client.get(url).content.decode()
    assert "Four weeks in Europe/London" in page
    assert page.count('<th scope="row">upcoming</th>') >= 9
    assert "Opens, UTC" in page


def test_windows_in_utc_are_not_told_twice(admin_client: Client) -> None:
    schedule = make_schedule("nightly", timezone="UTC")
    url = reverse("admin:otel_sla_schedule_change", args=[schedule.pk])
    page = admin_client.get(url).content.decode()
    assert page.count("Opens, UTC") == 1


def test_an_empty_form_is_not_at_fault_before_it_is_touched(
    admin_client: Client,
) -> None:
    page = admin_client.get(reverse("admin:otel_sla_schedule_add")).content.decode()
    assert "shown here as the form is filled in" in page
    assert "data-stale" not in page


def test_a_change_is_told_against_what_is_saved_before_it_is_saved(
    admin_client: Client,
) -> None:
    schedule = make_component().agreement.schedule
    make_component("second")
    make_component("disabled", enabled=False)
    text = previewed(admin_client, schedule, form_of(schedule, end="16:00"))
    # 90 days have 64 or 65 working days; one may be under way.
    assert "Compared with the saved version: <strong>6" in text
    told = " h less, same number of windows</strong> in the next 90 days, for 2 comp"
    assert told in text
    assert "09:00-16:00" in text
    assert str(Rule.objects.get().end) == "17:00:00"


def test_no_change_is_told_as_none(admin_client: Client) -> None:
    schedule = make_component().agreement.schedule
    text = previewed(admin_client, schedule, form_of(schedule))
    assert "no difference in the next 90 days, for 1 component." in text


def test_windows_that_are_moved_are_told_as_a_difference(admin_client: Client) -> None:
    schedule = make_component().agreement.schedule
    text = previewed(
        admin_client, schedule, form_of(schedule, start="10:00", end="18:00")
    )
    assert "<strong>same open time, same number of windows, at other times" in text


@pytest.mark.parametrize("seen", [(), ("rule",), ("override",), ("rule", "override")])
def test_rows_that_the_user_may_not_change_count_as_they_are_saved(
    seen: tuple[str, ...], client: Client
) -> None:
    schedule = make_schedule()
    now = timezone.now().replace(tzinfo=None, microsecond=0)
    Override.objects.create(
        schedule=schedule,
        start=now - timedelta(days=9),
        end=now + timedelta(days=9),
        kind="open",
    )
    user = User.objects.create_user("sam", is_staff=True)
    for name in ("change_schedule", *(f"view_{model}" for model in seen)):
        user.user_permissions.add(Permission.objects.get(codename=name))
    client.force_login(user)
    text = previewed(client, schedule, form_of(schedule, end="23:00"))
    assert "no difference in the next 90 days" in text
    assert "Open until" in text


def test_an_error_is_told_with_the_field_it_is_in(admin_client: Client) -> None:
    schedule = make_schedule()
    text = previewed(admin_client, schedule, form_of(schedule, end="9am"))
    assert '<a href="#id_rules-0-end">Rule 1, end</a>' in text
    assert "is not a valid time" in text
    assert "Four weeks" not in text


def test_overrides_that_the_page_has_no_room_for_count(admin_client: Client) -> None:
    schedule = make_schedule()
    start = datetime(2020, 1, 6)
    Override.objects.bulk_create(
        Override(schedule=schedule, start=start, end=start + timedelta(1), kind="open")
        for _ in range(40)
    )
    always = timezone.now().replace(tzinfo=None, microsecond=0) - timedelta(days=400)
    Override.objects.create(
        schedule=schedule, start=always, end=always + timedelta(days=1_000), kind="open"
    )
    Override.objects.filter(start=always).update(start=datetime(2020, 1, 1))
    text = previewed(admin_client, schedule, form_of(schedule))
    assert "Open until" in text


def test_a_deleted_rule_is_gone_from_the_preview(admin_client: Client) -> None:
    schedule = make_schedule()
    form = {**form_of(schedule, end="nonsense"), "rules-0-DELETE": "on"}
    text = previewed(admin_client, schedule, form)
    assert "No opening scheduled" in text
    assert "The schedule has no rules" in text


def test_a_new_schedule_is_previewed(admin_client: Client) -> None:
    form = {
        "name": "new",
        "timezone": "Asia/Tokyo",
        "holidays": "JP",
        **formset(
            "rules",
            {
                "weekdays": "daily",
                "start": "09:00",
                "end": "10:00",
                "kind": "open",
                "every_weeks": "1",
                "every_days": "1",
            },
        ),
        **formset("overrides"),
    }
    url = reverse("admin:otel_sla_schedule_add")
    text = admin_client.post(f"{url}preview/", form, headers=FETCH).content.decode()
    assert "Opens, Asia/Tokyo" in text
    assert "Next 90 days: open for " in text
    assert not Schedule.objects.exists()


@pytest.mark.parametrize("model", ["schedule", "agreement", "component"])
@pytest.mark.parametrize(
    ("permission", "new", "saved"),
    [("view", 403, 403), ("change", 403, 200), ("add", 200, 403), (None, 403, 403)],
)
def test_a_preview_is_for_those_who_may_save_it(
    model: str, permission: str | None, new: int, saved: int, client: Client
) -> None:
    shop = make_component()
    rows = {
        "schedule": shop.agreement.schedule,
        "agreement": shop.agreement,
        "component": shop,
    }
    user = User.objects.create_user("sam", is_staff=True)
    if permission:
        name = f"{permission}_{model}"
        user.user_permissions.add(Permission.objects.get(codename=name))
    client.force_login(user)
    add = reverse(f"admin:otel_sla_{model}_add")
    change = reverse(f"admin:otel_sla_{model}_change", args=[rows[model].pk])
    form = {**formset("rules"), **formset("overrides")}
    for url, status in ((add, new), (change, saved)):
        response = client.post(f"{url}preview/", form, headers=FETCH)
        assert response.status_code == status


def test_without_a_script_the_preview_is_a_page(admin_client: Client) -> None:
    schedule = make_schedule()
    url = reverse("admin:otel_sla_schedule_change", args=[schedule.pk])
    page = admin_client.post(f"{url}preview/", form_of(schedule)).content.decode()
    assert "<html" in page
    assert "Nothing is saved yet" in page
    assert 'formaction="preview/"' in admin_client.get(url).content.decode()


def test_a_component_s_override_is_previewed(admin_client: Client) -> None:
    shop = make_component()
    now = timezone.now().replace(tzinfo=None)
    override = {
        "start": f"{now - timedelta(days=3):%Y-%m-%d %H:%M}",
        "end": f"{now + timedelta(days=400):%Y-%m-%d %H:%M}",
        "kind": "closed",
        "reason": "rebuilding",
    }
    form = {
        "name": shop.name,
        "agreement": str(shop.agreement.pk),
        "enabled": "on",
        **formset("overrides", override),
    }
    text = previewed(admin_client, shop, form)
    assert "closed: rebuilding" in text
    assert "fewer windows</strong> in the next 90 days, for 1 component." in text
    assert not Override.objects.exists()


def test_what_is_switched_off_is_no_component_that_a_change_is_for(
    admin_client: Client,
) -> None:
    off = make_component(enabled=False)
    schedule = off.agreement.schedule
    text = previewed(admin_client, schedule, form_of(schedule, end="16:00"))
    assert "in the next 90 days." in text
    form = {"name": off.name, "agreement": str(off.agreement.pk)}
    text = previewed(admin_client, off, {**form, **formset("overrides")})
    assert "no difference in the next 90 days." in text


def test_another_schedule_of_an_agreement_is_previewed(admin_client: Client) -> None:
    gold = make_component().agreement
    make_component("disabled", enabled=False)
    make_component("other", agreement=make_agreement("silver"))
    always = make_schedule("always", (), always_open=True)
    form = {
        "name": "gold",
        "schedule": str(always.pk),
        "target": "99.9",
        "period": "month",
        "unknown": "exclude",
    }
    text = previewed(admin_client, gold, form)
    assert "Open 24×7" in text
    assert "saved version: <strong>1," in text
    assert "in the next 90 days, for 1 component." in text


def test_the_metrics_of_a_component_are_those_exported(
    admin_client: Client, scrapes: Scrapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.time()
    monkeypatch.setattr(clock, "time", lambda: now)
    shop = make_component(labels={"team": '"quoted"'})
    make_component("other")
    url = reverse("admin:otel_sla_component_change", args=[shop.pk])
    shown = admin_client.get(url).context["exported"].splitlines()
    exported = admin_client.get("/metrics").content.decode().splitlines()
    assert shown == [line for line in exported if 'component="web-shop"' in line]
    assert len(shown) == 10


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"enabled": False}, "# Not reported: the component is not enabled"),
        ({"labels": {"job": "x"}}, "# Left out"),
    ],
)
def test_a_component_that_is_not_exported_says_why(
    fields: dict[str, Any], reason: str, admin_client: Client, scrapes: Scrapes
) -> None:
    shop = make_component()
    Component.objects.update(**fields)
    url = reverse("admin:otel_sla_component_change", args=[shop.pk])
    assert admin_client.get(url).context["exported"].startswith(reason)


def test_a_row_that_can_not_be_evaluated_says_why(admin_client: Client) -> None:
    schedule = make_schedule()
    Schedule.objects.update(timezone="Mars/Olympus")
    url = reverse("admin:otel_sla_schedule_change", args=[schedule.pk])
    assert "is not an IANA time zone" in admin_client.get(url).content.decode()
    text = previewed(admin_client, schedule, form_of(schedule))
    assert "Four weeks in Europe/London" in text


@pytest.mark.parametrize(("permission", "status"), [("view", 403), ("change", 200)])
def test_who_may_not_change_a_schedule_can_not_preview_a_change(
    permission: str, status: int, client: Client
) -> None:
    user = User.objects.create_user("sam", is_staff=True)
    for model in ("schedule", "rule", "override"):
        name = f"{permission}_{model}"
        user.user_permissions.add(Permission.objects.get(codename=name))
    client.force_login(user)
    schedule = make_schedule()
    url = reverse("admin:otel_sla_schedule_change", args=[schedule.pk])
    assert client.get(url).status_code == 200
    answer = client.post(f"{url}preview/", form_of(schedule), headers=FETCH)
    assert answer.status_code == status


def test_a_preview_is_for_staff_and_by_post(
    client: Client, admin_client: Client
) -> None:
    schedule = make_schedule()
    url = reverse("admin:otel_sla_schedule_change", args=[schedule.pk]) + "preview/"
    assert "/login/" in Client().post(url, form_of(schedule))["Location"]
    assert admin_client.get(url).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get())
    assert strict.post(url, form_of(schedule)).status_code == 403


def test_history_tells_what_changed_from_what_to_what(admin_client: Client) -> None:
    schedule = make_component().agreement.schedule
    rule = schedule.rules.get()
    url = reverse("admin:otel_sla_schedule_change", args=[schedule.pk])
    form = {
        **form_of(schedule, end="16:00"),
        "timezone": "Europe/Berlin",
        **formset(
            "overrides",
            {
                "start": "2026-12-24 12:00",
                "end": "2026-12-25 00:00",
                "kind": "closed",
                "reason": "Christmas Eve",
            },
        ),
    }
    assert admin_client.post(url, form).status_code == 302
    told = LogEntry.objects.get().get_change_message()
    assert "Time zone: Europe/London → Europe/Berlin." in told
    assert "Changed rule mon-fri 09:00–16:00: End: 17:00 → 16:00." in told
    assert (
        "Added override “closed 2026-12-24 12:00 to 2026-12-25 00:00: Christmas Eve”."
        in told
    )
    assert (
        told
        in admin_client.get(
            reverse("admin:otel_sla_schedule_history", args=[schedule.pk])
        ).content.decode()
    )
    deleted = {
        **form_of(schedule, end="16:00"),
        "rules-0-DELETE": "on",
        "timezone": "Europe/Berlin",
        "overrides-TOTAL_FORMS": "0",
    }
    assert rule.pk
    assert admin_client.post(url, deleted).status_code == 302
    told = LogEntry.objects.order_by("-pk")[0].get_change_message()
    assert told == "Deleted rule “mon-fri 09:00–16:00”."


def test_history_names_agreements_and_labels(admin_client: Client) -> None:
    shop = make_component(labels={"team": "payments"})
    silver = make_agreement("silver")
    url = reverse("admin:otel_sla_component_change", args=[shop.pk])
    form = {
        "name": shop.name,
        "agreement": str(silver.pk),
        "labels-name": ["team", "tier"],
        "labels-value": ["people", "1"],
        **formset("overrides"),
    }
    assert admin_client.post(url, form).status_code == 302
    assert LogEntry.objects.get().get_change_message() == (
        "Changed Agreement: gold → silver. "
        "Labels: team=payments → team=people, tier=1. Enabled: yes → no."
    )


def test_of_10_000_overrides_the_page_has_those_to_come(admin_client: Client) -> None:
    shop = make_component()
    start = timezone.now().replace(tzinfo=None, microsecond=0) - timedelta(days=9_000)
    Override.objects.bulk_create(
        Override(
            component=shop,
            start=start + timedelta(days=n),
            end=start + timedelta(days=n, hours=1),
            kind="open",
            reason=f"number {n}",
        )
        for n in range(10_000)
    )
    url = reverse("admin:otel_sla_component_change", args=[shop.pk])
    page = admin_client.get(url).content.decode()
    assert page.count('name="overrides-') < 300
    assert "30 of 10,000 overrides are shown" in page
    assert "number 8969" in page
    lists = reverse("admin:otel_sla_override_changelist")
    listed = f"{lists}?component__id__exact={shop.pk}"
    assert listed in page
    assert "10000 overrides" in admin_client.get(listed).content.decode()
    form = admin_client.get(url).context["inline_admin_formsets"][0].formset
    sent = {
        f"overrides-{n}-{name}": one[name].value() or ""
        for n, one in enumerate(form.initial_forms)
        for name in ("id", "start", "end", "kind", "reason")
    }
    sent |= {
        "overrides-TOTAL_FORMS": "30",
        "overrides-INITIAL_FORMS": "30",
        "overrides-3-reason": "changed",
        "overrides-4-DELETE": "on",
        "name": shop.name,
        "agreement": str(shop.agreement.pk),
        "enabled": "on",
    }
    assert admin_client.post(url, sent).status_code == 302
    assert Override.objects.count() == 9_999
    assert Override.objects.filter(reason="changed").count() == 1


def test_more_rules_than_a_form_can_hold_are_for_reading(admin_client: Client) -> None:
    schedule = make_schedule(rules=(OFFICE_HOURS,) * 60)
    url = reverse("admin:otel_sla_schedule_change", args=[schedule.pk])
    page = admin_client.get(url)
    text = page.content.decode()
    assert "This schedule has 60 rules, more than fit into a form" in text
    assert 'name="rules-0-start"' not in text
    form = {
        "name": "renamed",
        "timezone": "Europe/London",
        **formset("rules"),
        "rules-TOTAL_FORMS": "30",
        "rules-INITIAL_FORMS": "30",
        **{
            f"rules-{n}-id": str(rule.pk)
            for n, rule in enumerate(schedule.rules.all()[:30])
        },
        **formset("overrides"),
    }
    assert "windows" in previewed(admin_client, schedule, form)
    assert admin_client.post(url, form).status_code == 302
    assert (Schedule.objects.get().name, Rule.objects.count()) == ("renamed", 60)


def test_an_end_of_24_00_that_is_typed_again_is_no_day_longer(
    admin_client: Client,
) -> None:
    schedule = make_schedule(
        rules=({**OFFICE_HOURS, "end": time(0), "end_day": 1},),
    )
    url = reverse("admin:otel_sla_schedule_change", args=[schedule.pk])
    (rules, _) = admin_client.get(url).context["inline_admin_formsets"]
    shown = rules.formset.forms[0]
    assert (shown["end"].value(), shown["end_day"].value()) == ("24:00", None)
    admin_client.post(url, form_of(schedule, end="24:00", end_day=""))
    assert Rule.objects.get().end_day == 1
    entry = LogEntry.objects.latest("pk")
    assert entry.get_change_message() == "Changed nothing."
    admin_client.post(url, form_of(schedule, end="17:00", end_day=""))
    assert Rule.objects.get().definition().end_day == 0


def test_a_form_of_a_billion_rows_is_refused_at_once(admin_client: Client) -> None:
    schedule = make_schedule()
    for rows in ("rules", "overrides"):
        form = {**form_of(schedule), f"{rows}-TOTAL_FORMS": "1000000000"}
        began = process_time()
        assert "at most 100 forms" in previewed(admin_client, schedule, form)
        assert process_time() - began < 5
