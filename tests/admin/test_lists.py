"""Finding components in the admin, and moving them to another agreement."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from otel_sla.admin.moving import move_all
from otel_sla.language.log_entries import in_words
from otel_sla.models import Agreement, Component, Override, Schedule

from ..support.make import make_agreement, make_component, make_schedule

pytestmark = pytest.mark.django_db

LIST = "/admin/otel_sla/component/"


@pytest.fixture
def always() -> Agreement:
    return make_agreement(
        "always", schedule=make_schedule("always", (), always_open=True)
    )


@pytest.fixture
def never() -> Agreement:
    return make_agreement("never", schedule=make_schedule("never", ()))


def override(component: Component, kind: str) -> None:
    """Open or close the component now."""
    now = timezone.now().replace(tzinfo=None, microsecond=0)
    Override.objects.create(
        component=component,
        start=now - timedelta(days=2),
        end=now + timedelta(days=2),
        kind=kind,
    )


def listed(client: Client, **parameters: str) -> list[str]:
    page = client.get(LIST, parameters)
    assert page.status_code == 200
    return [component.name for component in page.context["cl"].result_list]


def test_open_and_closed_now_also_by_overrides_of_their_own(
    admin_client: Client, always: Agreement, never: Agreement
) -> None:
    make_component("a-open", agreement=always)
    override(make_component("b-closed", agreement=always), "closed")
    make_component("c-closed", agreement=never)
    override(make_component("d-open", agreement=never), "open")
    make_component("e-disabled", agreement=always, enabled=False)
    assert listed(admin_client, window="open") == ["a-open", "d-open"]
    assert listed(admin_client, window="closed") == ["b-closed", "c-closed"]
    assert len(listed(admin_client)) == 5


def test_by_agreement_and_schedule(
    admin_client: Client, always: Agreement, never: Agreement
) -> None:
    make_component("a", agreement=always)
    make_component("b", agreement=never)
    by = str(always.pk)
    assert listed(admin_client, agreement__id__exact=by) == ["a"]
    by = str(never.schedule.pk)
    assert listed(admin_client, agreement__schedule__id__exact=by) == ["b"]


LABELS: list[dict[str, str]] = [
    {"team": "payments", "tier": "1"},
    {"team": "payments"},
    {"a.b": 'it\'s "quoted"', "team": "people"},
    {},
    {"a:b": "c"},
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("team:payments", ["0", "1"]),
        ('a.b:it\'s "quoted"', ["2"]),
        ("team:pay", []),
        ("team:", []),
        ("contains:payments", []),
        ("a:b:c", ["4"]),
        ("nonsense", ["0", "1", "2", "3", "4"]),
    ],
)
def test_by_label(text: str, found: list[str], admin_client: Client) -> None:
    for number, labels in enumerate(LABELS):
        make_component(str(number), labels=labels)
    assert listed(admin_client, label=text) == found


def test_labels_are_offered(admin_client: Client) -> None:
    for number, labels in enumerate(LABELS):
        make_component(str(number), labels=labels)
    page = admin_client.get(LIST).content.decode()
    assert "?label=team%3Apayments" in page


def test_search_takes_names_and_labels_together(admin_client: Client) -> None:
    make_component("shop-1", labels={"team": "payments"})
    make_component("shop-2", labels={"team": "people"})
    make_component("bank", labels={"team": "payments"})
    assert listed(admin_client, q="shop team:payments") == ["shop-1"]
    assert listed(admin_client, q="team:payments") == ["bank", "shop-1"]
    assert listed(admin_client, q="shop") == ["shop-1", "shop-2"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("1", "x"),
        ("-1", "x"),
        ("1_0", "x"),
        ('quo"te', "x"),
        ("back\\slash", 'a"b\\'),
        ("größe", "très 🚀"),
        ("a:b", "c:d"),
        ("team", "1"),
        ("team", ""),
    ],
)
def test_a_label_is_found_whatever_it_is_made_of(
    admin_client: Client, name: str, value: str
) -> None:
    make_component("it", labels={name: value})
    make_component("longer", labels={name: f"{value}x", f"{name}x": value})
    make_component("none")
    Component.objects.filter(name="none").update(labels=[value])
    assert listed(admin_client, label=f"{name}:{value}") == ["it"]


@pytest.mark.parametrize("text", ["\0:a", "a:\0", "a" + ":" * 3_000])
def test_a_label_that_none_can_have_finds_nothing(
    admin_client: Client, text: str
) -> None:
    make_component(labels={"team": "payments"})
    assert listed(admin_client, label=text) == []


def test_a_name_with_a_colon_is_found(admin_client: Client) -> None:
    make_component("db:9100", labels={"team": "payments"})
    make_component("other", labels={"db": "9100"})
    assert listed(admin_client, q="db:9100") == ["db:9100", "other"]
    assert listed(admin_client, q="db:9100 the") == ["other"]


def test_the_list_says_until_when_a_component_is_open(
    admin_client: Client, always: Agreement
) -> None:
    make_component(agreement=always)
    make_component("off", enabled=False, agreement=always)
    page = admin_client.get(LIST).content.decode()
    assert "Open 24×7" in page
    assert "not reported" in page


def test_the_list_costs_as_many_queries_with_many_components(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for first, last in ((0, 2), (2, 60)):
        for number in range(first, last):
            schedule = make_schedule(f"s{number}")
            agreement = make_agreement(f"a{number}", schedule=schedule)
            component = make_component(f"c{number}", agreement=agreement)
            override(component, "closed")
        with django_assert_max_num_queries(20) as queries:
            page = admin_client.get(LIST)
        assert page.content.decode().count('/change/">c') == last
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_how_many_components_are_under_what(
    admin_client: Client, always: Agreement
) -> None:
    make_component("a", agreement=always)
    make_component("b", agreement=always)
    make_agreement("other", schedule=always.schedule)
    for model, counts in (("agreement", ["2", "0"]), ("schedule", ["2", "2"])):
        page = admin_client.get(f"/admin/otel_sla/{model}/").content.decode()
        assert re.findall(r"__exact=\d+\">(\d+)</a>", page) == counts


def asked(client: Client, rows: Any, **fields: str) -> Any:
    return client.post(
        LIST,
        {"action": "move", "_selected_action": [str(row.pk) for row in rows], **fields},
        follow=True,
    )


def test_moving_asks_where_to_and_shows_what_that_does_first(
    admin_client: Client, always: Agreement, never: Agreement
) -> None:
    rows = [make_component(f"c{n}", agreement=never) for n in range(40)]
    page = asked(admin_client, rows)
    assert "40 components selected" in page.content.decode()
    page = asked(admin_client, rows, agreement=str(always.pk))
    text = page.content.decode()
    assert "86,400 h more, 40 more windows" in text
    assert "40 would open" in text
    assert not Component.objects.filter(agreement=always).exists()
    confirmed = page.context["seen"]
    page = asked(admin_client, rows, agreement=str(always.pk), confirmed=confirmed)
    assert "40 components moved to always." in page.content.decode()
    assert Component.objects.filter(agreement=always).count() == 40
    told = {in_words(entry) for entry in LogEntry.objects.all()}
    assert (told, LogEntry.objects.count()) == ({"Agreement: never → always."}, 40)


def test_a_selection_that_has_changed_since_is_shown_again(
    admin_client: Client, always: Agreement, never: Agreement
) -> None:
    rows = [make_component(f"c{n}", agreement=never) for n in range(3)]
    seen = asked(admin_client, rows[:2], agreement=str(always.pk)).context["seen"]
    for others in (rows, rows[1:]):
        page = asked(
            admin_client, others, agreement=str(always.pk), confirmed=seen
        ).content.decode()
        assert f"{len(others)} would open" in page
    assert not Component.objects.filter(agreement=always).exists()


def test_what_is_gone_or_has_been_moved_since_is_no_part_of_a_move(
    always: Agreement, never: Agreement
) -> None:
    rows = [make_component(f"c{n}", agreement=never) for n in range(3)]
    keys = [row.pk for row in rows]
    rows[0].delete()
    Component.objects.filter(pk=keys[1]).update(agreement=always)
    user = User.objects.create_user("sam")
    assert move_all(keys, always, user.pk) == 1
    assert [entry.object_repr for entry in LogEntry.objects.all()] == ["c2"]


def test_all_that_a_filter_finds_are_moved(
    admin_client: Client, always: Agreement, never: Agreement
) -> None:
    rows = [make_component(f"c{n}", agreement=never) for n in range(130)]
    other = make_component("other", agreement=never)
    form = {
        "action": "move",
        "select_across": "1",
        "_selected_action": str(rows[0].pk),
        "agreement": str(always.pk),
    }
    seen = admin_client.post(f"{LIST}?q=c", form).context["seen"]
    page = admin_client.post(f"{LIST}?q=c", {**form, "confirmed": seen}, follow=True)
    assert "130 components moved" in page.content.decode()
    other.refresh_from_db()
    assert other.agreement == never


def test_overrides_of_their_own_count_in_what_a_move_does(
    admin_client: Client, always: Agreement, never: Agreement
) -> None:
    plain, closed = (make_component(n, agreement=never) for n in ("a", "b"))
    Override.objects.create(
        component=closed,
        start=datetime(2020, 1, 1),
        end=datetime(2090, 1, 1),
        kind="closed",
    )
    text = asked(
        admin_client, [plain, closed], agreement=str(always.pk)
    ).content.decode()
    assert "2,160 h more, 1 more window" in text
    assert "1 would open" in text


def test_what_is_there_already_is_not_moved(
    admin_client: Client, always: Agreement
) -> None:
    row = make_component(agreement=always)
    text = asked(admin_client, [row], agreement=str(always.pk)).content.decode()
    assert f"All of them already have the agreement {always}." in text


def test_an_agreement_that_is_none_is_an_error_at_the_field(
    admin_client: Client,
) -> None:
    text = asked(admin_client, [make_component()], agreement="999").content.decode()
    assert "Select a valid choice" in text


def test_a_schedule_that_can_not_be_evaluated_is_said(
    admin_client: Client, always: Agreement
) -> None:
    row = make_component(agreement=make_agreement("gold", schedule=make_schedule()))
    Schedule.objects.filter(name="office-london").update(timezone="Mars/Olympus")
    text = asked(admin_client, [row], agreement=str(always.pk)).content.decode()
    assert "is not an IANA time zone" in text


def test_who_may_only_look_is_offered_no_move(
    client: Client, admin_client: Client, always: Agreement
) -> None:
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_component"))
    client.force_login(user)
    row = make_component(agreement=make_agreement("gold", schedule=make_schedule()))
    seen = asked(admin_client, [row], agreement=str(always.pk)).context["seen"]
    asked(client, [row], agreement=str(always.pk), confirmed=seen)
    row.refresh_from_db()
    assert row.agreement.name == "gold"


def test_overrides_are_listed_with_whose_they_are(admin_client: Client) -> None:
    shop = make_component()
    override(shop, "closed")
    Override.objects.create(
        schedule=shop.agreement.schedule,
        start=datetime(2026, 1, 1),
        end=datetime(2026, 1, 2),
        kind="closed",
    )
    url = reverse("admin:otel_sla_override_changelist")
    page = admin_client.get(url).content.decode()
    assert "component web-shop" in page
    assert "schedule office-london" in page
    row = Override.objects.all()[0]
    url = reverse("admin:otel_sla_override_change", args=[row.pk])
    assert admin_client.get(url).status_code == 200
