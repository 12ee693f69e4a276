"""The API lists what downtime was excluded, by whom and why."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings

from otel_sla.models import Agreement, Exclusion

from ..support.asking import API, get, told
from ..support.make import make_agreement, make_component, utc

pytestmark = pytest.mark.django_db


def exclude(owner: Any, day: int, **fields: Any) -> Exclusion:
    return Exclusion.objects.create(
        **{
            owner._meta.model_name: owner,
            "start": utc(2026, 10, day, 11),
            "end": utc(2026, 10, day, 11, 30),
            "reason": "as agreed",
            "approved_by": "Ann",
            "created": utc(2026, 10, 20, 7),
            "created_by": "sam",
            **fields,
        }
    )


def reasons(client: Client, query: str = "") -> list[str]:
    items = get(client, f"exclusions{query}")["items"]
    return [one["reason"] for one in items]


@pytest.fixture
def excluded() -> None:
    shop, search = make_component(), make_component("search")
    exclude(shop, 5, reason="shop")
    exclude(search, 6, reason="search")
    exclude(shop.agreement, 7, reason="gold")


def test_an_exclusion_is_shown_whole(admin_client: Client, excluded: None) -> None:
    answer = get(admin_client, "exclusions?limit=1&offset=2")
    assert answer == {
        "total": 3,
        "next": None,
        "previous": "/api/v1/exclusions?limit=1&offset=1",
        "items": [
            {
                "component": "web-shop",
                "agreement": None,
                "start": "2026-10-05T11:00:00Z",
                "end": "2026-10-05T11:30:00Z",
                "reason": "shop",
                "approved_by": "Ann",
                "created": "2026-10-20T07:00:00Z",
                "created_by": "sam",
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["gold", "search", "shop"]),
        ("?component=web-shop", ["shop"]),
        ("?component=Web-Shop", []),
        ("?agreement=gold", ["gold"]),
        ("?component=web-shop&agreement=gold", []),
        ("?component=a%00b", []),
        ("?from=2026-10-06T11:30", ["gold"]),
        ("?from=2026-10-06T11:29:59Z", ["gold", "search"]),
        ("?until=2026-10-06T11:00", ["shop"]),
        ("?from=2026-10-06&until=2026-10-07", ["search"]),
    ],
)
def test_exclusions_are_found_by_what_they_are_of_and_when(
    admin_client: Client, excluded: None, query: str, found: list[str]
) -> None:
    assert reasons(admin_client, query) == found


def test_what_was_renamed_has_its_present_name_and_what_was_deleted_its_last(
    admin_client: Client, excluded: None
) -> None:
    shop = Exclusion.objects.get(reason="shop").component
    assert shop is not None
    shop.name = "store"
    shop.save()
    assert reasons(admin_client, "?component=store") == ["shop"]
    assert reasons(admin_client, "?component=web-shop") == []
    search = Exclusion.objects.get(reason="search").component
    assert search is not None
    search.delete()
    (found,) = get(admin_client, "exclusions?component=search")["items"]
    assert (found["component"], found["agreement"]) == ("search", None)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?from=2026-10-06&until=2026-10-06", "must be before its end, until"),
        ("?name=web-shop", "Unknown parameter 'name'"),
        ("?from=yesterday", "is not a valid date and time"),
    ],
)
def test_an_odd_question_is_refused(
    admin_client: Client, query: str, message: str
) -> None:
    response = admin_client.get(f"{API}exclusions{query}")
    assert response.status_code == 422
    ((_, said),) = told(response)
    assert message in said


@override_settings(OTEL_SLA={"PUBLIC_STATUS": True})
def test_only_those_who_may_see_reports_see_exclusions(
    client: Client, excluded: None
) -> None:
    assert client.get(f"{API}exclusions").status_code == 401
    user = User.objects.create_user("jo")
    client.force_login(user)
    assert client.get(f"{API}exclusions").status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_issuedreport"))
    assert len(reasons(client)) == 3


def test_a_page_takes_few_queries(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    shop = make_component()
    for _ in range(20):
        exclude(shop, 5)
    exclude(make_agreement("late"), 5)
    Agreement.objects.filter(name="late").delete()
    with django_assert_max_num_queries(8):
        assert len(reasons(admin_client)) == 21
