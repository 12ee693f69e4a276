"""A component that goes to another time zone: its own overrides keep their instants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from otel_sla.language.log_entries import in_words
from otel_sla.models import Agreement, Component, Override

from ..support.make import make_agreement, make_component, make_schedule
from .test_lists import asked
from .test_preview import FETCH
from .test_stale_forms import opened, url

pytestmark = pytest.mark.django_db

NOON = {"start": datetime(2099, 1, 1, 12), "end": datetime(2099, 1, 1, 14)}
KEPT = "1 own override kept the instants, rewritten from Europe/London to Asia/Tokyo."


@pytest.fixture
def shop() -> Component:
    shop = make_component(labels={"team": "payments"})
    Override.objects.create(component=shop, kind="closed", reason="move", **NOON)
    return shop


@pytest.fixture
def tokyo() -> Agreement:
    return make_agreement(
        "tokyo", schedule=make_schedule("office-tokyo", timezone="Asia/Tokyo")
    )


def stored() -> tuple[datetime, datetime]:
    override = Override.objects.get()
    return override.start, override.end


def test_a_move_lists_old_and_new_instants_and_keeps_the_old_ones(
    admin_client: Client, shop: Component, tokyo: Agreement
) -> None:
    page = asked(admin_client, [shop], agreement=str(tokyo.pk))
    (shift,) = page.context["shifts"].shown
    assert shift.instants[0] == datetime(2099, 1, 1, 12, tzinfo=UTC)
    assert shift.rewritten == (datetime(2099, 1, 1, 21), datetime(2099, 1, 1, 23))
    assert shift.moved[0] == datetime(2099, 1, 1, 3, tzinfo=UTC)
    text = page.content.decode()
    assert "1 own override keeps its instants" in text
    assert "2099-01-01 21:00 to 2099-01-01 23:00" in text
    assert "1 component selected: web-shop." in text
    confirmed = page.context["seen"]
    asked(admin_client, [shop], agreement=str(tokyo.pk), confirmed=confirmed)
    assert stored() == (datetime(2099, 1, 1, 21), datetime(2099, 1, 1, 23))
    assert in_words(LogEntry.objects.get()) == (f"Agreement: gold → tokyo. {KEPT}")


def test_local_times_are_kept_by_who_has_seen_that(
    admin_client: Client, shop: Component, tokyo: Agreement
) -> None:
    form = {"agreement": str(tokyo.pk), "own_overrides": "local"}
    kept = asked(admin_client, [shop], agreement=str(tokyo.pk)).context["seen"]
    page = asked(admin_client, [shop], **form, confirmed=kept)
    assert "keeps its local times, and so moves to other" in page.content.decode()
    shop.refresh_from_db()
    assert shop.agreement.name == "gold"
    asked(admin_client, [shop], **form, confirmed=page.context["seen"])
    shop.refresh_from_db()
    assert (shop.agreement.name, stored()[0]) == ("tokyo", NOON["start"])
    told = in_words(LogEntry.objects.get())
    assert "kept the local times from Europe/London to Asia/Tokyo." in told


def test_overrides_that_differ_from_those_seen_are_shown_again(
    admin_client: Client, shop: Component, tokyo: Agreement
) -> None:
    form = {"agreement": str(tokyo.pk)}
    seen = asked(admin_client, [shop], **form).context["seen"]
    Override.objects.update(end=datetime(2099, 1, 1, 15))
    page = asked(admin_client, [shop], **form, confirmed=seen)
    assert page.context["seen"] != seen
    shop.refresh_from_db()
    assert shop.agreement.name == "gold"


@pytest.mark.parametrize(
    ("choice", "start"),
    [(None, datetime(2099, 1, 1, 21)), ("local", NOON["start"])],
)
def test_the_form_of_a_component_does_the_same(
    choice: str | None,
    start: datetime,
    admin_client: Client,
    shop: Component,
    tokyo: Agreement,
) -> None:
    form: dict[str, Any] = {**opened(admin_client, shop), "agreement": str(tokyo.pk)}
    if choice:
        form["own_overrides"] = choice
    shown = admin_client.post(f"{url(shop)}preview/", form, headers=FETCH)
    text = shown.content.decode()
    assert "2099-01-01 12:00 to 2099-01-01 14:00" in text
    assert "2099-01-01 21:00 to 2099-01-01 23:00" in text
    assert ("keeps its instants" in text) == (choice is None)
    assert admin_client.post(url(shop), form).status_code == 302
    assert stored()[0] == start
    told = in_words(LogEntry.objects.get())
    assert (KEPT in told) == (choice is None)
    assert "Own overrides" not in told


def test_what_is_typed_on_a_move_is_in_the_new_zone(
    admin_client: Client, shop: Component, tokyo: Agreement
) -> None:
    form = {**opened(admin_client, shop), "agreement": str(tokyo.pk)}
    form |= {"overrides-0-start": "2099-01-01 13:00", "overrides-TOTAL_FORMS": "2"}
    form |= {"overrides-1-start": "2099-02-01", "overrides-1-end": "2099-02-01"}
    assert admin_client.post(url(shop), {**form, "overrides-1-kind": "closed"})
    starts = [one.start for one in Override.objects.all()]
    assert starts == [datetime(2099, 1, 1, 13), datetime(2099, 2, 1)]


def test_nothing_is_said_within_one_zone(admin_client: Client, shop: Component) -> None:
    silver = make_agreement("silver")
    form = {**opened(admin_client, shop), "agreement": str(silver.pk)}
    shown = admin_client.post(f"{url(shop)}preview/", form, headers=FETCH)
    assert "Another time zone" not in shown.content.decode()
    assert admin_client.post(url(shop), form).status_code == 302
    assert stored()[0] == NOON["start"]


@pytest.mark.parametrize(
    ("start", "end", "rewritten"),
    [
        # 00:30 and 01:30 UTC are both 01:30 in London when the clocks go back.
        ((2026, 10, 25, 9, 30), (2026, 10, 25, 10, 30), (1, 30)),
        ((2026, 10, 25, 10, 30), (2026, 10, 25, 11, 0), (1, 30)),
        ((9999, 12, 31, 0, 0), (9999, 12, 31, 23, 59), (0, 0)),
        ((1, 1, 1, 0, 0), (1, 1, 2, 0, 0), (0, 0)),
    ],
)
def test_odd_times_are_moved_to_valid_ones(
    start: Any,
    end: Any,
    rewritten: tuple[int, int],
    admin_client: Client,
    tokyo: Agreement,
) -> None:
    shop = make_component(agreement=tokyo)
    london = make_agreement("london", schedule=make_schedule())
    Override.objects.create(
        component=shop, start=datetime(*start), end=datetime(*end), kind="closed"
    )
    form = {"agreement": str(london.pk)}
    seen = asked(admin_client, [shop], **form).context["seen"]
    asked(admin_client, [shop], **form, confirmed=seen)
    begins, ends = stored()
    if start[0] == 2026:
        assert (begins.hour, begins.minute) == rewritten
    assert begins < ends
    Override.objects.get().full_clean()


def test_a_disabled_component_says_what_stops(
    admin_client: Client, shop: Component
) -> None:
    form = opened(admin_client, shop)
    del form["enabled"]
    text = previewed(admin_client, shop, form)
    assert "service_window_in_window{component=&quot;web-shop&quot;}" in text
    for part in ("Series:", "Gate: alerts about it are no longer held back", "History"):
        assert part in text
    Component.objects.update(enabled=False)
    assert "What stops" not in previewed(admin_client, shop, form)


def test_a_renamed_component_says_what_stops_and_what_begins(
    admin_client: Client, shop: Component
) -> None:
    form = {**opened(admin_client, shop), "name": "shop"}
    text = previewed(admin_client, shop, form)
    assert (
        "New ones begin: service_window_in_window{component=&quot;shop&quot;}" in text
    )
    assert "alerts that still say &#x27;web-shop&#x27; are no longer held back" in text
    form["name"] = "web-shop"
    assert "What stops" not in previewed(admin_client, shop, form)


def previewed(client: Client, row: Model, form: dict[str, Any]) -> str:
    return client.post(f"{url(row)}preview/", form, headers=FETCH).content.decode()


def test_the_page_that_asks_whether_to_delete_says_what_stops(
    admin_client: Client, shop: Component
) -> None:
    make_component("other")
    page = reverse("admin:otel_sla_component_delete", args=[shop.pk])
    assert "Gate: alerts about it" in admin_client.get(page).content.decode()
    listed = reverse("admin:otel_sla_component_changelist")
    keys = [str(one.pk) for one in Component.objects.all()]
    form = {"action": "delete_selected", "_selected_action": keys}
    text = admin_client.post(listed, form).content.decode()
    assert "and those of 1 more component" in text
    admin_client.post(listed, {**form, "post": "yes"})
    assert not Component.objects.exists()


def test_an_agreement_that_gets_a_schedule_in_another_zone_lists_what_moves(
    admin_client: Client, shop: Component, tokyo: Agreement
) -> None:
    gold = shop.agreement
    form = {**opened(admin_client, gold), "schedule": str(tokyo.schedule.pk)}
    text = previewed(admin_client, gold, form)
    assert "1 override keeps its local times, and so moves to other instants." in text
    assert "Europe/London to Asia/Tokyo" in text
    assert "2099-01-01 12:00 to 2099-01-01 14:00" in text
    assert "2099-01-01 03:00 to 2099-01-01 05:00" in text
    form["schedule"] = str(gold.schedule.pk)
    assert "Another time zone" not in previewed(admin_client, gold, form)


def test_a_schedule_whose_zone_changes_lists_its_overrides_and_its_components(
    admin_client: Client, shop: Component
) -> None:
    office = shop.agreement.schedule
    days = [datetime(2099, 1, day) for day in range(2, 15)]
    Override.objects.bulk_create(
        Override(schedule=office, start=day, end=day.replace(hour=1), kind="open")
        for day in days
    )
    form = {**opened(admin_client, office), "timezone": "Asia/Tokyo"}
    changed = admin_client.post(f"{url(office)}preview/", form, headers=FETCH).context[
        "zone_change"
    ]
    assert (changed.count, len(changed.shown), changed.hidden) == (14, 10, 4)
    assert [one.component for one in changed.shown[:2]] == ["web-shop", "this schedule"]
    assert "4 more not shown" in previewed(admin_client, office, form)
    form["overrides-0-start"] = "2099-01-02 00:30"
    assert "13 overrides keep their" in previewed(admin_client, office, form)


def test_overrides_at_the_same_instants_in_both_zones_do_not_move(
    admin_client: Client, shop: Component
) -> None:
    office = shop.agreement.schedule
    form = {**opened(admin_client, office), "timezone": "UTC"}
    assert "Another time zone" not in previewed(admin_client, office, form)


def test_overrides_that_are_over_are_counted_and_not_listed(
    admin_client: Client, shop: Component, tokyo: Agreement
) -> None:
    Override.objects.update(start=datetime(2020, 1, 1), end=datetime(2020, 1, 2))
    form = {**opened(admin_client, shop.agreement), "schedule": tokyo.schedule.pk}
    assert "1 more not shown: all are over." in previewed(
        admin_client, shop.agreement, form
    )
