"""The pages of a schedule and of an agreement."""

from __future__ import annotations

import re
from datetime import datetime, time
from html import unescape
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries

from otel_sla.models import Agreement, Component, Override, Schedule

from ..support.make import (
    make_agreement,
    make_calendar,
    make_component,
    make_schedule,
    seconds,
)
from ..support.raw import write_raw

pytestmark = pytest.mark.django_db

NOON = seconds(2026, 11, 25, 12)
"""A Wednesday."""
PAGES = ("/schedules/office-london", "/agreements/gold")


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with patch("time.time", lambda: float(NOON)):
        yield


def text_of(client: Client, path: str, **parameters: Any) -> str:
    response = client.get(path, parameters)
    assert response.status_code == 200, response.content.decode()
    return " ".join(response.content.decode().split())


def test_a_schedule_is_in_words(client: Client) -> None:
    london = make_schedule(holidays="GB-ENG")
    london.calendars.add(make_calendar("company"))
    whole = make_schedule("whole", (), timezone="UTC")
    whole.includes.add(london)
    text = text_of(client, "/schedules/office-london")
    assert "Open until 17:00 GMT, 5 h left" in text
    sentence = "Mon–Fri 09:00–17:00 London, except England holidays and holidays of"
    assert f"{sentence} calendar company" in text
    assert "<dt>Open</dt><dd>Mon–Fri 09:00–17:00</dd>" in text
    assert 'England holidays <span class="quiet">GB-ENG</span>' in text
    assert '<dt>Included by</dt><dd><a href="/schedules/whole">whole</a>' in text
    other = text_of(client, "/schedules/whole")
    assert "Whenever office-london is open" in other
    assert '<a href="/schedules/office-london">office-london</a>' in other


def test_a_schedule_says_who_uses_it(client: Client) -> None:
    make_component()
    make_component("off", enabled=False)
    text = text_of(client, "/schedules/office-london")
    assert (
        '<a href="/agreements/gold">gold</a> <span class="quiet">1 component</span>'
        in text
    )
    assert '<a href="/components/web-shop">web-shop</a>' in text
    assert "/components/off" not in text
    assert 'href="/?schedule=office-london"' in text
    make_schedule("spare")
    assert "No agreement and no other schedule uses it." in text_of(
        client, "/schedules/spare"
    )


@pytest.mark.parametrize("path", PAGES)
def test_exceptions_are_those_of_a_year(path: str, client: Client) -> None:
    schedule = make_schedule(holidays="GB-ENG")
    make_agreement(schedule=schedule)
    Override.objects.create(
        schedule=schedule,
        start=datetime(2027, 3, 1),
        end=datetime(2027, 3, 3),
        kind="closed",
        reason="moving house",
    )
    text = text_of(client, path)
    assert "Exceptions of 2026" in text
    assert "Closed: Christmas Day" in text
    assert "moving house" not in text
    text = text_of(client, path, year="2027")
    assert "Closed: moving house" in text
    assert "16 h less" in text
    assert 'href="?year=2028#exceptions"' in text


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("year", ["x", "1969", "2100", "99999999999"])
def test_a_year_that_is_none_is_refused(path: str, year: str, client: Client) -> None:
    make_agreement()
    response = client.get(path, {"year": year})
    assert response.status_code == 400
    assert "Year: " in response.content.decode()


def test_an_agreement_says_how_much_downtime_it_allows(client: Client) -> None:
    make_component(agreement=make_agreement(target="99.5"))
    text = text_of(client, "/agreements/gold")
    assert "99.5 % available within the service window, per calendar month" in text
    assert 'href="/schedules/office-london"' in text
    # 21 working days in November, 23 in December.
    november, december, *_ = client.get("/agreements/gold").context["periods"]
    assert november["name"] == "November 2026"
    assert (november["scheduled"], november["allowed"]) == ("168 h", "50 min 24 s")
    assert december["name"] == "December 2026"
    assert (december["scheduled"], december["allowed"]) == ("184 h", "55 min 12 s")
    assert '<a href="/components/web-shop">web-shop</a>' in text
    assert 'href="/?agreement=gold"' in text


@pytest.mark.parametrize(
    ("period", "names"),
    [
        ("week", ["Week 48 of 2026", "Week 49 of 2026"]),
        ("30d", ["Rolling 30 days"]),
    ],
)
def test_periods_have_names(period: str, names: list[str], client: Client) -> None:
    make_agreement(period=period)
    periods = client.get("/agreements/gold").context["periods"]
    assert [one["name"] for one in periods][:2] == names


@pytest.mark.parametrize(
    ("column", "value"), [("period", "decade"), ("target", "lots")]
)
def test_an_agreement_of_invalid_terms_costs_its_own_lines(
    column: str, value: str, client: Client
) -> None:
    make_agreement()
    if not write_raw(f"UPDATE otel_sla_agreement SET {column} = %s", [value]):  # noqa: S608
        return
    response = client.get("/agreements/gold")
    assert response.status_code in (200, 503)
    assert "Allowed downtime" not in response.content.decode()


@pytest.mark.parametrize("kind", ["schedule", "agreement"])
@pytest.mark.parametrize("name", ["a/b c/ü?", "web\nshop", "100%", "a&b=c"])
def test_any_name_has_its_page(kind: str, name: str, client: Client) -> None:
    make_component()
    model: Any = Schedule if kind == "schedule" else Agreement
    model.objects.update(name=name)
    page = client.get("/components/web-shop")
    links = page.content.decode().split(f'href="/{kind}s/')[1:]
    link = unescape(links[0].partition('"')[0])
    response = client.get(f"/{kind}s/{link}")
    assert response.status_code == 200
    assert response.context["name"] == name


@pytest.mark.parametrize("path", PAGES)
def test_one_that_is_not_there_leads_on(path: str, client: Client) -> None:
    make_agreement()
    response = client.get(path + "x")
    assert response.status_code == 404
    text = response.content.decode()
    assert f'Did you mean <a href="{path}">' in text
    assert 'href="/">All components' in text
    assert client.get("/schedules/%00").status_code == 404


def test_one_that_can_not_be_evaluated_says_why(client: Client) -> None:
    make_agreement()
    Schedule.objects.update(timezone="Europe/Londn")
    for path in PAGES:
        response = client.get(path)
        assert response.status_code == 404
        assert "can&#x27;t be evaluated" in response.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_names_and_reasons_are_escaped(path: str, client: Client) -> None:
    evil = '"><script>alert(1)</script>'
    shop = make_component(evil)
    Override.objects.create(
        schedule=shop.agreement.schedule,
        start=datetime(2026, 11, 26),
        end=datetime(2026, 11, 27),
        kind="closed",
        reason=evil,
    )
    text = text_of(client, path)
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;") >= 2


@pytest.mark.parametrize("path", PAGES)
def test_they_are_for_readers_and_framed(path: str, client: Client) -> None:
    make_component()
    response = client.get(path)
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"
    assert "style=" not in response.content.decode()
    assert client.post(path).status_code == 405
    private = {**settings.OTEL_SLA, "PUBLIC_STATUS": False}
    with override_settings(OTEL_SLA=private):
        assert client.get(path).status_code == 302
        client.force_login(User.objects.create_user("sam"))
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_they_say_that_the_database_is_unavailable(path: str, client: Client) -> None:
    make_component()
    with patch(
        "otel_sla.web.api.queries.named", side_effect=OperationalError("at db:5432")
    ):
        response = client.get(path)
    assert response.status_code == 503
    assert "site&#x27;s log says why" in response.content.decode()
    assert "db:5432" not in response.content.decode()


@pytest.mark.parametrize(
    ("path", "model"),
    [("/schedules/office-london", "schedule"), ("/agreements/gold", "agreement")],
)
def test_only_those_who_may_edit_are_shown_where(
    path: str, model: str, client: Client, admin_client: Client
) -> None:
    make_agreement()
    assert f"/admin/otel_sla/{model}/" not in text_of(client, path)
    assert f"/admin/otel_sla/{model}/" in text_of(admin_client, path)


@pytest.mark.parametrize("path", PAGES)
def test_10_000_users_cost_no_more_queries(
    path: str, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    shop = make_component()
    with django_assert_max_num_queries(20) as few:
        client.get(path)
    Component.objects.bulk_create(
        Component(name=f"c{number:05}", agreement=shop.agreement)
        for number in range(9_999)
    )
    for number in range(30):
        other = make_schedule(f"s{number}", timezone="UTC")
        shop.agreement.schedule.includes.add(other)
        rule = {"weekdays": "sat", "start": time(1), "end": time(2)}
        other.rules.create(**rule)
    with django_assert_max_num_queries(len(few) + 1):
        text = text_of(client, path)
    assert "10,000 components" in text
    assert "9,900 more" in text
    assert len(text) < 150_000


@pytest.mark.parametrize(
    "path",
    [
        "timeline",
        "timeline?q=nothing",
        "components/web-shop",
        "schedules/office-london",
        "schedules/nothing",
        "agreements/gold",
        "api/v1/docs",
    ],
)
def test_links_lead_below_the_host_s_prefix(path: str, client: Client) -> None:
    make_component()
    with override_settings(ROOT_URLCONF="tests.support.urls_with_prefix"):
        text = client.get(f"/ops/sla/{path}").content.decode()
    links = re.findall(r'<a [^>]*href="(/[^"]*)"', text)
    assert len(links) > 3
    assert [one for one in links if not one.startswith("/ops/sla/")] == []
