"""Overrides of whole days, in the form of their owner."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from otel_sla.models import Override

from ..support.make import make_component
from .test_editing import formset
from .test_stale_forms import opened, url

pytestmark = pytest.mark.django_db

CLOSED = {"kind": "closed", "all_day": "on"}


def save(client: Client, name: str = "web-shop", **override: str) -> Any:
    shop = make_component(name, labels={"team": "payments"})
    rows = formset("overrides", {**CLOSED, **override})
    return client.post(url(shop), {**opened(client, shop), **rows})


def test_the_last_day_is_included_and_shown_again_as_typed(
    admin_client: Client,
) -> None:
    assert save(admin_client, start="2026-12-24", end="2027-01-01").status_code == 302
    row = Override.objects.get()
    assert (row.start, row.end) == (datetime(2026, 12, 24), datetime(2027, 1, 2))
    form = opened(admin_client, row.component)  # type: ignore[arg-type]
    shown = {key: form[f"overrides-0-{key}"] for key in ("start", "end", "all_day")}
    assert shown == {"start": "2026-12-24", "end": "2027-01-01", "all_day": "on"}
    assert admin_client.post(url(row.component), form).status_code == 302  # type: ignore[arg-type]
    row.refresh_from_db()
    assert (row.start, row.end) == (datetime(2026, 12, 24), datetime(2027, 1, 2))


def test_hours_and_a_last_day_before_the_first_are_refused(
    admin_client: Client,
) -> None:
    page = save(admin_client, start="2026-12-24 12:00", end="2026-12-24")
    assert "Give a date without a time, or untick All day." in page.content.decode()
    page = save(admin_client, "other", start="2026-12-24", end="2026-12-23")
    assert "The last day is before the first." in page.content.decode()
    assert not Override.objects.exists()
