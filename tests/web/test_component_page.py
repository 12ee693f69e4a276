"""The page of a component: what is true now, and what will differ from the rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from otel_sla.models import Component, Override

from ..support.make import make_agreement, make_component, make_schedule, seconds

pytestmark = pytest.mark.django_db

NOON = seconds(2026, 11, 25, 12)
"""A Wednesday."""
PATH = "/components/web-shop"


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with patch("time.time", lambda: float(NOON)):
        yield


def text_of(client: Client, **parameters: Any) -> str:
    response = client.get(PATH, parameters)
    assert response.status_code == 200, response.content.decode()
    return " ".join(response.content.decode().split())


@pytest.fixture
def shop() -> Component:
    schedule = make_schedule(holidays="GB-ENG")
    return make_component(agreement=make_agreement(schedule=schedule))


def closed(shop: Component, day: datetime, reason: str) -> None:
    end = day + timedelta(days=1)
    Override.objects.create(
        component=shop, start=day, end=end, kind="closed", reason=reason
    )


@pytest.mark.usefixtures("shop")
def test_its_hours_are_a_sentence(client: Client) -> None:
    text = text_of(client)
    assert "Mon–Fri 09:00–17:00 London, except England holidays" in text
    assert "Open until 17:00 GMT, 5 h left" in text


def test_coming_exceptions_are_its_own_and_its_schedule_s(
    shop: Component, client: Client
) -> None:
    closed(shop, datetime(2026, 12, 1), "moving house")
    closed(shop, datetime(2026, 11, 2), "has passed")
    closed(shop, datetime(2027, 6, 1), "far off")
    text = text_of(client)
    assert "Closed: moving house" in text
    assert "Closed: Christmas Day" in text
    assert "has passed" not in text
    assert "far off" not in text
    first = client.get(PATH).context["exceptions"][0]
    assert (first.what, first.difference) == ("Closed: moving house", "8 h less")


def test_of_many_exceptions_the_first_are_listed(
    shop: Component, client: Client
) -> None:
    for number in range(12):
        closed(shop, datetime(2026, 11, 30) + timedelta(days=number), f"r{number}")
    response = client.get(PATH)
    assert len(response.context["exceptions"]) == 8
    # Twelve days from a Monday have ten working days; and there are three holidays.
    assert "And 5 more in the next 90 days." in text_of(client)


@pytest.mark.usefixtures("shop")
def test_the_grid_starts_with_this_week(client: Client) -> None:
    context = client.get(PATH).context
    first = [cell.date.day for cell in context["weeks"][0]]
    assert first == [23, 24, 25, 26, 27, 28, 29]
    assert len(context["weeks"]) == 5
    assert context["months"] == {
        "earlier": "?month=2026-11",
        "later": "?month=2026-12",
    }


@pytest.mark.usefixtures("shop")
def test_a_month_leads_to_its_neighbours_and_back_to_this_week(client: Client) -> None:
    context = client.get(PATH, {"month": "2027-01", "q": "web"}).context
    assert context["months"] == {
        "earlier": "?month=2026-12&q=web",
        "later": "?month=2027-02&q=web",
    }
    assert context["this_week"] == "?q=web"


@pytest.mark.usefixtures("shop")
def test_links_to_schedule_and_agreement_keep_the_filters(client: Client) -> None:
    text = text_of(client, q="web")
    assert 'href="/schedules/office-london?q=web"' in text
    assert 'href="/agreements/gold?q=web"' in text
    assert 'href="/timeline?q=web"' in text
