"""Lists by time: overrides, components that close soon, the history, suggestions."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from otel_sla.models import Component, Override

from ..support.make import make_agreement, make_component, make_schedule, seconds
from .test_lists import listed
from .test_preview import FETCH
from .test_stale_forms import opened, url

pytestmark = pytest.mark.django_db

NOON = seconds(2026, 11, 25, 12)
"""A Wednesday."""


def override(component: Component, start: int, end: int) -> None:
    """An override, in hours from noon by the clock of the component's zone."""
    noon = datetime(2026, 11, 25, 12)
    Override.objects.create(
        component=component,
        start=noon + timedelta(hours=start),
        end=noon + timedelta(hours=end),
        kind="closed",
    )


def test_overrides_are_past_current_or_upcoming_by_their_own_clock(
    admin_client: Client,
) -> None:
    london = make_component("london")
    tokyo = make_schedule("tokyo", timezone="Asia/Tokyo")
    east = make_component("tokyo", agreement=make_agreement("t", schedule=tokyo))
    for hours in ((-2, -1), (-1, 1), (1, 2)):
        override(london, *hours)
    # It is 21:00 in Tokyo.
    override(east, 1, 2)
    page = reverse("admin:otel_sla_override_changelist")
    found = {}
    with patch("time.time", lambda: float(NOON)):
        for time in ("past", "current", "upcoming", "nonsense"):
            answer = admin_client.get(page, {"time": time})
            found[time] = answer.context["cl"].result_count
            if time in ("past", "current", "upcoming"):
                assert f'field-when">{time}</td>' in answer.content.decode()
    assert found == {"past": 2, "current": 1, "upcoming": 1, "nonsense": 4}


def test_components_that_open_or_close_within_an_hour(admin_client: Client) -> None:
    for name, hours in (("closes", (-1, 1)), ("later", (-1, 3)), ("opens", (1, 2))):
        component = make_component(
            name, agreement=make_agreement(name, schedule=make_schedule(name, ()))
        )
        override(component, *hours)
        Override.objects.update(kind="open")
    with patch("time.time", lambda: float(NOON)):
        assert listed(admin_client, window="closing") == ["closes"]
        assert listed(admin_client, window="opening") == ["opens"]
        page = admin_client.get("/admin/otel_sla/component/").content.decode()
    assert "closing within an hour" in page


def test_the_history_has_the_newest_first_on_the_24_hour_clock(
    admin_client: Client,
) -> None:
    gold = make_agreement()
    for period in ("week", "30d"):
        form = {**opened(admin_client, gold), "period": period}
        assert admin_client.post(url(gold), form).status_code == 302
    LogEntry.objects.update(action_time=datetime(2026, 11, 25, 15, 4).astimezone())
    page = reverse("admin:otel_sla_agreement_history", args=[gold.pk])
    text = admin_client.get(page).content.decode()
    assert text.index("week → 30d") < text.index("month → week")
    assert re.search(r"Wed 2026-11-25 \d\d:04</time>", text)
    assert "p.m." not in text


def test_an_agreement_s_preview_says_the_allowed_downtime_in_minutes(
    admin_client: Client,
) -> None:
    gold = make_agreement()
    with patch("time.time", lambda: float(NOON)):
        page = admin_client.get(url(gold)).content.decode()
        # 21 working days of 8 hours, of which 0.1 % are 10.08 minutes.
        assert "<strong>10.1 minutes in this calendar month, of 168 h open" in page
        form = {**opened(admin_client, gold), "target": "99"}
        answer = admin_client.post(f"{url(gold)}preview/", form, headers=FETCH)
    assert "<strong>100.8 minutes in this calendar month" in answer.content.decode()


def test_labels_in_use_are_suggested(admin_client: Client) -> None:
    make_component("shop", labels={"team": "payments", "tier": "1"})
    page = admin_client.get(reverse("admin:otel_sla_component_add")).content.decode()
    names, values = re.findall(r"<datalist id=\"id_labels_.*?</datalist>", page)
    assert re.findall(r'value="(\w+)"', names) == ["team", "tier"]
    assert re.findall(r'value="(\w+)"', values) == ["1", "payments"]
