"""The observable gauges, as any reader on the provider sees them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.db import DatabaseError
from opentelemetry.exporter.prometheus import _mapping
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_sla.bridge.instruments import PROCESS
from otel_sla.bridge.registry import Collection
from otel_sla.labels import prometheus_name
from otel_sla.metrics.components import REASONS
from otel_sla.metrics.instruments import INSTRUMENTS
from otel_sla.models import Component
from otel_sla.telemetry import callbacks

from ..support.make import make_agreement, make_component, make_schedule

PER_COMPONENT = {
    "service_window.last_start": "s",
    "service_window.last_end": "s",
    "service_window.next_start": "s",
    "service_window.next_end": "s",
    "service_window.in_window": "",
    "service_window.info": "",
}


def collect(reader: InMemoryMetricReader) -> dict[str, Any]:
    """The metrics of one collection, by name."""
    data = reader.get_metrics_data()
    resources: Iterable[Any] = data.resource_metrics if data else ()
    return {
        metric.name: metric
        for resource in resources
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def observed(metrics: dict[str, Any], name: str) -> dict[str, Any]:
    """The values of a metric, by component."""
    if name not in metrics:
        return {}
    return {
        point.attributes["component"]: point.value
        for point in metrics[name].data.data_points
    }


@pytest.fixture
def reader(provider: MeterProvider) -> InMemoryMetricReader:
    reader = InMemoryMetricReader()
    provider.add_metric_reader(reader)
    callbacks.register(provider.get_meter("otel_sla"))
    return reader


@pytest.mark.django_db
def test_every_component_has_every_boundary_that_exists(
    reader: InMemoryMetricReader,
) -> None:
    shop = make_component(labels={"team": "payments"})
    metrics = collect(reader)
    assert {name: metrics[name].unit for name in PER_COMPONENT} == PER_COMPONENT
    (point,) = metrics["service_window.in_window"].data.data_points
    assert point.attributes == {"component": "web-shop", "team": "payments"}
    last_start = observed(metrics, "service_window.last_start")["web-shop"]
    next_end = observed(metrics, "service_window.next_end")["web-shop"]
    assert last_start < next_end
    assert shop.in_window(datetime.fromtimestamp(last_start, UTC))


@pytest.mark.django_db
def test_a_missing_boundary_leaves_its_sample_out(reader: InMemoryMetricReader) -> None:
    always = make_schedule("always", always_open=True)
    make_component("pager", agreement=make_agreement("a", schedule=always))
    never = make_schedule("never", rules=())
    make_component("retired", agreement=make_agreement("n", schedule=never))
    metrics = collect(reader)
    assert observed(metrics, "service_window.in_window") == {"pager": 1, "retired": 0}
    assert observed(metrics, "service_window.info") == {"pager": 1, "retired": 1}
    for edge in ("last_start", "last_end", "next_start", "next_end"):
        assert observed(metrics, f"service_window.{edge}") == {}


@pytest.mark.django_db
def test_info_tells_agreement_schedule_and_zone_even_over_labels_of_that_name(
    reader: InMemoryMetricReader,
) -> None:
    make_component(labels={"timezone": "mine", "team": "payments"})
    (point,) = collect(reader)["service_window.info"].data.data_points
    assert point.attributes == {
        "component": "web-shop",
        "team": "payments",
        "agreement": "gold",
        "schedule": "office-london",
        "timezone": "Europe/London",
    }


def test_a_gauge_that_asks_again_has_begun_a_new_collection() -> None:
    taken = [Collection() for _ in range(3)]
    shared = callbacks.SharedCollection(iter(taken).__next__)
    for expected in taken:
        for instrument in INSTRUMENTS:
            assert shared.taken_for(instrument.name) is expected


def test_a_snapshot_that_fails_fails_for_all_gauges_and_is_then_taken_anew() -> None:
    good = Collection()
    take = Mock(side_effect=[DatabaseError("gone"), good])
    shared = callbacks.SharedCollection(take)
    for instrument in INSTRUMENTS:
        with pytest.raises(DatabaseError):
            shared.taken_for(instrument.name)
    assert take.call_count == 1
    assert shared.taken_for(INSTRUMENTS[0].name) is good


@pytest.mark.django_db
def test_a_deleted_component_is_gone_from_the_next_collection(
    reader: InMemoryMetricReader,
) -> None:
    make_component("kept")
    make_component("deleted")
    assert set(observed(collect(reader), "service_window.in_window")) == {
        "kept",
        "deleted",
    }
    Component.objects.get(name="deleted").delete()
    assert set(observed(collect(reader), "service_window.in_window")) == {"kept"}


@pytest.mark.django_db
def test_an_unreadable_database_is_logged_and_observes_nothing(
    reader: InMemoryMetricReader, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    with (
        caplog.at_level(logging.ERROR),
        patch(
            "otel_sla.database.consistent_read.read", side_effect=DatabaseError("gone")
        ),
    ):
        for _ in range(2):
            assert collect(reader).keys() == {
                one.name for one in PROCESS if one.kind == "counter"
            }
    assert caplog.text.count("the components can't be read: gone") == 1
    assert "Traceback" not in caplog.text


@pytest.mark.django_db
def test_dropped_rows_are_counted_by_reason(reader: InMemoryMetricReader) -> None:
    make_component("odd", labels={"tier": 1})
    points = collect(reader)["service_window.rows_dropped"].data.data_points
    assert {point.attributes["reason"]: point.value for point in points} == {
        **dict.fromkeys(REASONS, 0),
        "labels": 1,
    }


@pytest.mark.parametrize(
    "name", ["team", "a.b", "a_b", "a__b", "1a", "é", "äöü-x", "x-", "9", "a b"]
)
def test_label_names_become_what_the_exporter_makes_of_them(name: str) -> None:
    assert prometheus_name(name) == _mapping.sanitize_attribute(name)
