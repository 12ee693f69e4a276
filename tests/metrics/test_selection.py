"""Exporters that share a catalogue: each exports the components with its labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client, override_settings

from otel_sla import checks, labels
from otel_sla.admin.components import exported
from otel_sla.bridge.families import Row
from otel_sla.bridge.registry import Collection, registry
from otel_sla.metrics.source import Snapshots
from otel_sla.models import Component
from otel_sla.telemetry import callbacks
from otel_sla.telemetry.otlp.turn import LEASE, lease_for
from otel_sla.telemetry.scrape import Scrapes

from ..support.make import make_agreement, make_component, make_schedule, seconds
from ..support.processes import SAMPLE, components_in, sample_components

pytestmark = pytest.mark.django_db

SELECTING = {"SELECT": ["team:payments", "team:paymets", "tier:1"]}

NOON = seconds(2026, 3, 27, 12)
SHARDS = [
    ["team:payments", "team:logistics", "team:platform"],
    ["team:storefront", "team:support", "tier:1", "tier:2"],
    ["team:storefront", "team:support", "tier:3", "tier:4"],
    ["team:finance", "team:data", "team:people"],
]


def select(settings: Any, *pairs: str) -> None:
    settings.OTEL_SLA = {**settings.OTEL_SLA, "SELECT": list(pairs)}


def rows_of(collected: Collection) -> Iterator[Row]:
    for group in collected.row_groups(counters=False):
        yield from (one for one in group.rows if "component" in one.attributes)


def scraped(client: Client) -> str:
    return client.get("/metrics").content.decode()


def test_shards_are_disjoint_and_together_the_whole(
    client: Client, scrapes: Scrapes, settings: Any
) -> None:
    call_command("load_catalogue", str(SAMPLE), verbosity=0)
    found: list[str] = []
    for shard in SHARDS:
        select(settings, *shard)
        text = scraped(client)
        names = components_in(text)
        assert names
        assert f"service_window_components {len(names)}\n" in text
        collected = callbacks.collect_now(registry)
        pushed = {one.attributes["component"] for one in rows_of(collected)}
        assert pushed == names
        found += names
    assert sorted(found) == sorted(sample_components())


def test_an_exported_component_has_the_samples_that_it_has_without_a_selection(
    client: Client, scrapes: Scrapes, settings: Any
) -> None:
    call_command("load_catalogue", str(SAMPLE), verbosity=0)

    def of_components() -> set[str]:
        return {one for one in scraped(client).splitlines() if "{component=" in one}

    with patch("time.time", return_value=float(NOON)):
        whole = of_components()
        select(settings, "team:payments")
        part = of_components()
    assert part == {one for one in whole if 'team="payments"' in one}
    assert part


def test_pages_api_and_admin_know_all_components(
    client: Client, scrapes: Scrapes, settings: Any
) -> None:
    make_component(labels={"team": "payments"})
    other = make_component("warehouse", labels={"team": "logistics"})
    select(settings, "team:payments")
    assert components_in(scraped(client)) == {"web-shop"}
    assert b"warehouse" in client.get("/").content
    assert client.get("/components/warehouse").status_code == 200
    assert client.get("/api/v1/components").json()["total"] == 2
    assert exported(other).startswith("# Not exported: OTEL_SLA")
    settings.OTEL_SLA = {"SOURCES": ["shop.Disks"]}
    assert "leaves service windows out" in exported(other)


def test_labels_are_looked_at_once_and_again_only_where_they_change(
    settings: Any,
) -> None:
    make_component(labels={"team": "payments"})
    make_component("warehouse", labels={"team": "logistics"})
    select(settings, "team:payments")
    snapshots = Snapshots()

    def names(moment: int) -> list[str]:
        return [row.component for row in snapshots.take(moment).exported().rows]

    with patch("otel_sla.metrics.groups.has", side_effect=labels.has) as looked:
        assert names(NOON) == names(NOON + 60) == ["web-shop"]
        assert looked.call_count == 2
        make_component("third", labels={"team": "payments"})
        assert names(NOON + 61) == ["third", "web-shop"]
        assert looked.call_count == 3
        Component.objects.filter(name="warehouse").update(labels={"team": "payments"})
        assert names(NOON + 62) == ["third", "warehouse", "web-shop"]
        assert looked.call_count == 4
        select(settings, "team:logistics")
        assert names(NOON + 63) == []
    with patch(
        "otel_sla.database.consistent_read.read", side_effect=DatabaseError("gone")
    ):
        select(settings, "team:logistics")
        assert names(NOON + 64) == [], "of the last rows, too"


def test_a_row_that_can_not_be_used_is_counted_where_it_would_be_exported(
    settings: Any,
) -> None:
    odd = make_agreement("odd", schedule=make_schedule("odd", timezone="Mars/Base"))
    make_component("martian", agreement=odd, labels={"team": "space"})
    make_component("numbers", labels={"tier": 1})
    snapshots = Snapshots()
    assert snapshots.take(NOON).exported().dropped == {"timezone": 1, "labels": 1}
    select(settings, "team:space")
    assert snapshots.take(NOON).exported().dropped == {"timezone": 1, "labels": 1}
    select(settings, "team:payments")
    snapshot = snapshots.take(NOON)
    # Whose a row is with labels that can't be read, nobody knows.
    assert snapshot.exported().dropped == {"labels": 1}
    assert snapshot.dropped == {"timezone": 1, "labels": 1}


def test_each_selection_has_a_pusher_of_its_own() -> None:
    assert lease_for(()) == LEASE
    one = lease_for(["team:payments", "team:orders"])
    assert one == lease_for(["team:orders", "team:payments", "team:orders"])
    assert one not in (LEASE, lease_for(["team:payments"]))
    assert len(one) <= 64


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("team:payments", "not 'team:payments'"),
        ({"team": "payments"}, "not {'team': 'payments'}"),
        (["team:payments", 1], "not ['team:payments', 1]"),
        (["payments"], "'payments' is not a label with its value. Use name:value"),
    ],
)
def test_a_selection_that_is_none_is_a_check_error(given: Any, said: str) -> None:
    with override_settings(OTEL_SLA={"SELECT": given}):
        (error,) = checks.check_settings(None)
    assert error.id == "otel_sla.E001"
    assert said in error.msg
    assert 'such as ["team:payments", "team:orders"]' in error.msg


def test_a_label_that_no_component_has_is_warned_of() -> None:
    make_component(labels={"team": "payments", "tier": "1"})
    make_component("off", labels={"team": "paymets"}, enabled=False)
    with override_settings(OTEL_SLA=SELECTING):
        (warning,) = checks.check_selection(None, ["default"])
        assert checks.check_selection(None, None) == []
    assert warning.id == "otel_sla.W011"
    assert "asks for team:paymets, which no component has" in warning.msg
    assert checks.check_selection(None, ["default"]) == []
    with override_settings(OTEL_SLA={**SELECTING, "SERVICE_WINDOWS": False}):
        assert checks.check_selection(None, ["default"]) == []
