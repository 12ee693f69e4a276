"""The timeline: one axis of time for all rows, or each component's own days."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from otel_sla.models import Component, Override

from ..support.make import make_agreement, make_component, make_schedule, seconds

pytestmark = pytest.mark.django_db

NOON = seconds(2026, 11, 25, 12)
"""A Wednesday."""


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with patch("time.time", lambda: float(NOON)):
        yield


def text_of(client: Client, **parameters: Any) -> str:
    response = client.get("/timeline", parameters)
    assert response.status_code == 200, response.content.decode()
    return " ".join(response.content.decode().split())


def context_of(client: Client, **parameters: Any) -> Any:
    response = client.get("/timeline", parameters)
    assert response.status_code == 200
    return response.context


@pytest.fixture
def around_the_world() -> None:
    """Components that are open at the same local hours of three zones."""
    for zone in ("America/New_York", "Asia/Tokyo", "UTC"):
        name = zone.partition("/")[2].lower() or "utc"
        schedule = make_schedule(name, timezone=zone)
        make_component(name, agreement=make_agreement(name, schedule=schedule))


def test_the_timeline_has_days_with_hours_and_reasons(client: Client) -> None:
    shop = make_component()
    Override.objects.create(
        schedule=shop.agreement.schedule,
        start=datetime(2026, 11, 26),
        end=datetime(2026, 11, 27),
        kind="closed",
        reason="moving house",
    )
    text = text_of(client)
    assert text.count('<span class="hours">09:00-17:00</span>') == 4
    assert text.count('<span class="hours">closed</span>') == 2
    assert '<span class="reason">closed: moving house</span>' in text


@pytest.mark.parametrize(
    ("span", "days"), [("", 7), ("day", 1), ("week", 7), ("4weeks", 28)]
)
def test_the_timeline_starts_today(span: str, days: int, client: Client) -> None:
    make_component()
    shown = context_of(client, span=span)["days"]
    assert str(shown[0]) == "2026-11-25"
    assert len(shown) == days


def test_today_is_the_date_in_the_zone_of_the_axis(client: Client) -> None:
    make_component()
    with patch("time.time", lambda: float(seconds(2026, 11, 25, 20))):
        assert str(context_of(client)["days"][0]) == "2026-11-25"
        assert str(context_of(client, zone="Asia/Tokyo")["days"][0]) == "2026-11-26"


def test_links_to_other_days_keep_the_period_and_the_zone(client: Client) -> None:
    query = {"span": "4weeks", "start": "2026-10-19", "zone": "Asia/Tokyo", "page": "2"}
    shown = context_of(client, **query)
    kept = "span=4weeks&start={}&zone=Asia%2FTokyo"
    assert shown["earlier"] == f"?{kept.format('2026-09-21')}"
    assert shown["later"] == f"?{kept.format('2026-11-16')}"
    assert shown["today"] == "?span=4weeks&zone=Asia%2FTokyo"
    assert shown["in_own"] == f"?{kept.format('2026-10-19')}".replace(
        "Asia%2FTokyo", "component"
    )


@pytest.mark.usefixtures("around_the_world")
def test_all_rows_have_one_axis_and_one_line_of_now(client: Client) -> None:
    text = text_of(client)
    assert text.count('class="moment"') == 1
    # A seventh of the axis a day: noon of the first of seven days.
    assert '<line class="now" x1="500" x2="500" y2="1"/>' in text
    rows = context_of(client)["rows"]
    hours = {row["entry"].name: row["cells"][0].open for row in rows}
    assert hours == {
        "new_york": ("14:00-22:00",),
        "tokyo": ("00:00-08:00",),
        "utc": ("09:00-17:00",),
    }
    assert {row["cells"][0].now for row in rows} == {500}


@pytest.mark.usefixtures("around_the_world")
def test_the_axis_can_be_of_any_zone(client: Client) -> None:
    rows = context_of(client, zone="Asia/Tokyo")["rows"]
    assert {row["cells"][0].now for row in rows} == {875}
    (tokyo,) = [row for row in rows if row["entry"].name == "tokyo"]
    assert tokyo["cells"][0].open == ("09:00-17:00",)


@pytest.mark.usefixtures("around_the_world")
def test_each_component_can_have_its_own_zone(client: Client) -> None:
    text = text_of(client, zone="component")
    assert 'class="moment"' not in text
    # Three rows, and the legend.
    assert text.count('class="now"') == 4
    assert "America/New_York" in text
    rows = context_of(client, zone="component")["rows"]
    assert {row["cells"][0].open for row in rows} == {("09:00-17:00",)}
    assert len({row["cells"][0].now for row in rows}) == 3


def test_bars_are_drawn_where_their_hours_are(client: Client) -> None:
    make_component()
    (row,) = context_of(client)["rows"]
    bars = re.findall(r"M(\d+) 0h(\d+)v1h-\d+z", row["paths"]["open"])
    days = [0, 1, 2, 5, 6]
    assert [(int(x), int(width)) for x, width in bars] == [
        (day * 1000 + 375, 333) for day in days
    ]


def test_hours_are_marked_where_the_clocks_have_them(client: Client) -> None:
    make_component()
    (week, *_) = context_of(client)["columns"]
    assert [(one.hour, one.x) for one in week.marks] == [
        ("06", 250),
        ("12", 500),
        ("18", 750),
    ]
    query = {"span": "day", "start": "2026-10-25", "zone": "Europe/London"}
    (long,) = context_of(client, **query)["columns"]
    assert long.clocks == "25 h"
    # After the hour that comes twice.
    assert next(one.x for one in long.marks if one.hour == "12") == 520
    assert context_of(client, span="4weeks")["columns"][0].marks == ()


def test_a_line_of_now_is_only_on_days_that_hold_it(client: Client) -> None:
    make_component()
    assert 'class="moment"' not in text_of(client, start="2026-12-24")


def test_an_empty_timeline_says_what_to_do(client: Client) -> None:
    assert "load_catalogue" in text_of(client)
    make_component()
    text = text_of(client, q="nothing")
    assert "No components match these filters." in text
    assert 'href="/timeline">Clear filters' in text


def test_links_to_components_keep_the_filters(client: Client) -> None:
    make_component(labels={"team": "payments"})
    text = text_of(client, label="team:payments", span="day")
    assert 'href="/components/web-shop?label=team%3Apayments"' in text


def test_four_weeks_of_10_000_components_are_a_small_page(client: Client) -> None:
    for number in range(40):
        rule = {
            "weekdays": "mon-sat",
            "start": time(9),
            "end": time(12, 30 + number % 9),
        }
        schedule = make_schedule(f"own-{number}", (rule,), holidays="GB-ENG")
        agreement = make_agreement(f"a{number}", schedule=schedule)
        Component.objects.bulk_create(
            Component(name=f"a{number:02}-component-{one:04}", agreement=agreement)
            for one in range(250)
        )
    response = client.get("/timeline?span=4weeks&start=2026-12-14&q=-0007")
    assert len(response.context["rows"]) == 40
    assert len(response.content) < 150_000
