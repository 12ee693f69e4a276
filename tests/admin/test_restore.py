"""The history's link "Restore" fills the form with an earlier version of the row."""

from __future__ import annotations

import re
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from otel_sla.admin import restore
from otel_sla.models import Agreement, CalendarDay, Component, Override, Rule, Schedule

from ..support.make import make_agreement, make_calendar, make_component, make_schedule
from .test_stale_forms import anyway, of_rows, opened, url

pytestmark = pytest.mark.django_db

MORNING = {"weekdays": "sat", "start": time(8), "end": time(12)}
PARTY = {"start": datetime(2099, 1, 1, 12), "end": datetime(2099, 1, 1, 14)}


def save(client: Client, row: Model, **changes: Any) -> LogEntry:
    """Save a row's form in the admin; the entry with its version."""
    assert client.post(url(row), {**opened(client, row), **changes}).status_code == 302
    return LogEntry.objects.latest("pk")


def address(row: Model, entry: LogEntry) -> str:
    return f"{url(row)}?_restore={entry.pk}"


def sent(page: Any) -> dict[str, Any]:
    """The fields of a page that has been filled, as a browser would send them."""
    form = page.context["adminform"].form
    found: dict[str, Any] = {"_version": page.context["version"]}
    names = [*form.fields, "labels-name", "labels-value"]
    found |= {name: form.data.getlist(name) for name in names if name in form.data}
    for one in page.context["inline_admin_formsets"]:
        rows = one.formset
        if not rows.is_bound:
            found |= of_rows(rows)
            continue
        start = f"{rows.prefix}-"
        data = form.data
        found |= {name: data.getlist(name) for name in data if name.startswith(start)}
    return found


def links(client: Client, row: Model) -> list[str]:
    name = f"admin:otel_sla_{row._meta.model_name}_history"
    text = client.get(reverse(name, args=[row.pk])).content.decode()
    return re.findall(r'href="(\S+\?_restore=\d+)" [^>]*>Restore</a>', text)


def hours() -> list[tuple[str, time, time]]:
    rows = Rule.objects.order_by("pk")
    return [(row.weekdays, row.start, row.end) for row in rows]


def test_rules_deleted_changed_and_added_since_are_as_they_were(
    admin_client: Client,
) -> None:
    schedule = make_schedule(rules=({**MORNING, "start": time(7)}, MORNING))
    old = save(admin_client, schedule, timezone="Europe/Berlin")
    before = hours()
    changed, deleted = Rule.objects.order_by("pk")
    Rule.objects.filter(pk=changed.pk).update(end=time(13))
    deleted.delete()
    added = Rule.objects.create(schedule=schedule, **{**MORNING, "end": time(23)})
    Schedule.objects.update(timezone="Asia/Tokyo", name="renamed")
    page = admin_client.get(address(schedule, old))
    text = page.content.decode()
    assert "by admin. Nothing is saved yet." in text
    assert set(hours()) != set(before)
    rules = page.context["inline_admin_formsets"][0].formset
    marked = [one.instance.pk for one in rules.deleted_forms]
    assert (marked, len(rules.extra_forms)) == ([added.pk], 1)
    assert page.context["preview"]["of"].timezone == "Europe/Berlin"
    assert admin_client.post(address(schedule, old), sent(page)).status_code == 302
    schedule.refresh_from_db()
    assert (schedule.name, schedule.timezone) == ("office-london", "Europe/Berlin")
    assert hours() == before
    told = LogEntry.objects.latest("pk").get_change_message()
    assert told.startswith(f"Changed back to the version of {old.action_time:%Y-%m-%d}")
    assert "Time zone: Asia/Tokyo → Europe/Berlin." in told


def test_the_history_links_to_each_version_it_keeps(admin_client: Client) -> None:
    gold = make_agreement()
    first = save(admin_client, gold, period="week")
    assert first.get_change_message() == "Changed Period: month → week."
    admin = User.objects.get()
    LogEntry.objects.log_actions(admin.pk, [gold], 2, "Catalogue: Target: 1 → 2.")
    LogEntry.objects.log_actions(admin.pk, [gold], 2, [{"changed": {"fields": ["a"]}}])
    assert links(admin_client, gold) == [address(gold, first)]
    for other in LogEntry.objects.exclude(pk=first.pk):
        assert admin_client.get(address(gold, other)).status_code == 404


def test_what_was_added_in_the_admin_can_be_restored(admin_client: Client) -> None:
    schedule = make_schedule()
    form = {"name": "silver", "schedule": str(schedule.pk), "period": "month"}
    form["unknown"] = Agreement._meta.get_field("unknown").get_default()
    added = reverse("admin:otel_sla_agreement_add")
    assert admin_client.post(added, {**form, "target": "99.5"}).status_code == 302
    (entry,) = LogEntry.objects.all()
    assert entry.get_change_message() == "Added."
    Agreement.objects.update(target="90")
    silver = Agreement.objects.get()
    page = admin_client.get(address(silver, entry))
    assert "Allowed downtime" in page.content.decode()
    admin_client.post(address(silver, entry), sent(page))
    assert Agreement.objects.get().target == Decimal("99.5")


def test_an_override_that_was_removed_comes_back(admin_client: Client) -> None:
    shop = make_component(labels={"team": "payments"})
    Override.objects.create(component=shop, kind="closed", reason="party", **PARTY)
    old = save(admin_client, shop)
    Override.objects.all().delete()
    Component.objects.update(labels={"team": "people", "tier": "1"}, enabled=False)
    page = admin_client.get(address(shop, old))
    assert admin_client.post(address(shop, old), sent(page)).status_code == 302
    (party,) = Override.objects.all()
    assert (party.component, party.reason, party.start) == (
        shop,
        "party",
        PARTY["start"],
    )
    shop.refresh_from_db()
    assert (shop.labels, shop.enabled) == ({"team": "payments"}, True)


def test_a_version_without_labels_has_none_when_it_is_restored(
    admin_client: Client,
) -> None:
    shop = make_component()
    old = save(admin_client, shop)
    Component.objects.update(labels={"team": "people"})
    page = admin_client.get(address(shop, old))
    assert admin_client.post(address(shop, old), sent(page)).status_code == 302
    assert Component.objects.get().labels == {}


def test_overrides_have_the_local_times_of_the_version_in_its_zone(
    admin_client: Client,
) -> None:
    shop = make_component()
    tokyo = make_agreement("tokyo", schedule=make_schedule("t", timezone="Asia/Tokyo"))
    Override.objects.create(component=shop, kind="closed", reason="party", **PARTY)
    old = save(admin_client, shop)
    save(admin_client, shop, agreement=str(tokyo.pk), own_overrides="local")
    page = admin_client.get(address(shop, old))
    admin_client.post(address(shop, old), sent(page))
    shop.refresh_from_db()
    assert shop.agreement.name == "gold"
    assert Override.objects.get().start == PARTY["start"]


def test_days_of_a_calendar_are_restored(admin_client: Client) -> None:
    company = make_calendar("company", {"name": "Party", "date": "12-10"})
    old = save(admin_client, company, include="US")
    CalendarDay.objects.update(date="12-11")
    page = admin_client.get(address(company, old))
    assert admin_client.post(address(company, old), sent(page)).status_code == 302
    assert CalendarDay.objects.get().date == "12-10"


def test_a_version_is_previewed_as_any_input(admin_client: Client) -> None:
    schedule = make_schedule()
    old = save(admin_client, schedule)
    Rule.objects.update(end=time(18))
    page = admin_client.get(address(schedule, old))
    shown = admin_client.post(f"{url(schedule)}preview/", sent(page))
    for one in (page, shown):
        assert one.context["effect"].seconds < 0
        assert "Compared with the saved version" in one.content.decode()
    assert Rule.objects.get().end == time(18)


def test_a_restored_form_that_is_stale_is_refused(admin_client: Client) -> None:
    schedule = make_schedule()
    old = save(admin_client, schedule)
    Schedule.objects.update(timezone="Asia/Tokyo")
    form = sent(admin_client.get(address(schedule, old)))
    Schedule.objects.update(timezone="Europe/Berlin")
    refused = admin_client.post(address(schedule, old), form)
    schedule.refresh_from_db()
    assert (refused.status_code, schedule.timezone) == (200, "Europe/Berlin")
    assert "was changed since you opened it" in refused.content.decode()
    again = {**form, **anyway(refused)}
    assert admin_client.post(address(schedule, old), again).status_code == 302


def test_a_row_that_is_gone_is_an_error_beside_its_field(admin_client: Client) -> None:
    schedule, night = make_schedule(), make_schedule("night")
    old = save(admin_client, schedule, includes="night")
    save(admin_client, schedule, includes="")
    night.delete()
    page = admin_client.get(address(schedule, old))
    (error,) = page.context["adminform"].form.errors["includes"]
    assert error == "There is no schedule 'night'. Use the name of one."
    assert error in page.context["problems"][0].message
    shop, silver = make_component(), make_agreement("silver")
    old = save(admin_client, shop, agreement=str(silver.pk))
    Component.objects.update(agreement=Agreement.objects.get(name="gold"))
    silver.delete()
    page = admin_client.get(address(shop, old))
    assert "agreement" in page.context["adminform"].form.errors
    assert admin_client.post(address(shop, old), sent(page)).status_code == 200


def test_rows_that_do_not_fit_on_the_page_stay(admin_client: Client) -> None:
    shop = make_component()
    old = save(admin_client, shop)
    Override.objects.bulk_create(
        Override(component=shop, kind="closed", reason=str(number), **PARTY)
        for number in range(31)
    )
    page = admin_client.get(address(shop, old))
    assert "It leaves the overrides as they are." in page.content.decode()
    assert admin_client.post(address(shop, old), sent(page)).status_code == 302
    assert Override.objects.count() == 31
    many = save(admin_client, shop)
    Override.objects.filter(reason__gt="2").delete()
    page = admin_client.get(address(shop, many))
    assert "It leaves the overrides as they are." in page.content.decode()


def test_a_version_that_is_too_large_is_not_kept(admin_client: Client) -> None:
    schedule = make_schedule()
    with mock.patch.object(restore, "LARGEST", 100):
        save(admin_client, schedule, timezone="Europe/Berlin")
    assert links(admin_client, schedule) == []


def test_only_versions_of_the_row_are_restored(admin_client: Client) -> None:
    schedule, other = make_schedule(), make_schedule("other")
    old = save(admin_client, other)
    assert admin_client.get(address(schedule, old)).status_code == 404
    for unknown in ("0", "x", "9" * 18, ""):
        page = admin_client.get(f"{url(schedule)}?_restore={unknown}")
        assert page.status_code == 404


def test_users_who_may_not_change_a_row_restore_nothing(
    admin_client: Client, client: Client
) -> None:
    schedule = make_schedule()
    old = save(admin_client, schedule, timezone="Europe/Berlin")
    Schedule.objects.update(timezone="Asia/Tokyo")
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_schedule"))
    client.force_login(viewer)
    assert links(client, schedule) == []
    assert "Asia/Tokyo" in client.get(address(schedule, old)).content.decode()
    assert client.post(address(schedule, old), {}).status_code == 403


def test_rows_that_the_user_may_not_edit_stay(
    admin_client: Client, client: Client
) -> None:
    schedule = make_schedule()
    party = Override.objects.create(schedule=schedule, kind="closed", **PARTY)
    old = save(admin_client, schedule)
    Schedule.objects.update(timezone="Asia/Tokyo")
    Override.objects.update(reason="new")
    Rule.objects.bulk_create(Rule(schedule=schedule, **MORNING) for _ in range(31))
    editor = User.objects.create_user("editor", is_staff=True)
    allowed = ("change_schedule", "view_override", "view_rule")
    editor.user_permissions.set(Permission.objects.filter(codename__in=allowed))
    client.force_login(editor)
    for user, left in ((admin_client, "rules"), (client, "rules and overrides")):
        page = user.get(address(schedule, old))
        assert f"It leaves the {left} as they are." in page.content.decode()
    assert client.post(address(schedule, old), sent(page)).status_code == 302
    schedule.refresh_from_db()
    party.refresh_from_db()
    assert (schedule.timezone, party.reason) == ("Europe/London", "new")
    assert Rule.objects.count() == 32
