"""Every metric of known components at a known moment, worked out by hand.

The moment is Monday, 30 March 2026, 12:00 UTC. London's clocks went forward the day
before, New York's on 8 March.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families as text_families

from otel_sla.bridge.registry import registry
from otel_sla.telemetry import callbacks
from otel_sla.telemetry.otlp import encoder
from otel_sla.telemetry.scrape import Scrapes

NOW = 1774872000

CATALOGUE = """
schedules:
  office:
    timezone: Europe/London
    rules: [{days: mon-fri, start: "09:00", end: "17:00"}]
  nights:
    timezone: America/New_York
    rules: [{days: mon-fri, start: "22:00", end: "06:00"}]
  always: {timezone: UTC, always_open: true}
  never: {timezone: UTC}
agreements:
  gold: {schedule: office, target: 99.9, period: month}
  strict: {schedule: nights, target: 100, period: week}
  bronze: {schedule: always, target: 99.5, period: 30d}
  retired: {schedule: never, target: 50, period: 7d}
components:
  shop: {agreement: gold, labels: {team: payments}}
  batch: {agreement: strict}
  power: {agreement: bronze}
  fax: {agreement: retired}
"""

VALUES: dict[str, dict[str, float]] = {
    "service_window.last_start": {"shop": 1774857600, "batch": 1774663200},
    "service_window.last_end": {"shop": 1774630800, "batch": 1774692000},
    "service_window.next_start": {"shop": 1774944000, "batch": 1774922400},
    "service_window.next_end": {"shop": 1774886400, "batch": 1774951200},
    "service_window.in_window": {"shop": 1, "batch": 0, "power": 1, "fax": 0},
    "service_window.info": {"shop": 1, "batch": 1, "power": 1, "fax": 1},
    "service_window.sla_target_ratio": {
        "shop": 0.999,
        "batch": 1.0,
        "power": 0.995,
        "fax": 0.5,
    },
    # The month in London, the week in New York, the 30 and the 7 days up to the moment.
    "service_window.period.start": {
        "shop": 1772323200,
        "batch": 1774843200,
        "power": 1772280000,
        "fax": 1774267200,
    },
    # 22 days of 8 hours, five nights of 8 hours, 30 days.
    "service_window.period.scheduled": {
        "shop": 633_600,
        "batch": 144_000,
        "power": 2_592_000,
        "fax": 0,
    },
    # Since 1 January 2026, UTC: 62 days of 8 hours and the 4 hours of this one; the
    # nights that began from 31 December to 27 March, 63 of 8 hours; all of it.
    "service_window.open.time": {
        "shop": 1_800_000,
        "batch": 1_814_400,
        "power": 7_646_400,
        "fax": 0,
    },
}
UNITS = {
    **dict.fromkeys(VALUES, "s"),
    "service_window.in_window": "",
    "service_window.info": "",
    "service_window.sla_target_ratio": "1",
}
SAMPLES = {
    "service_window.last_start": "service_window_last_start_seconds",
    "service_window.last_end": "service_window_last_end_seconds",
    "service_window.next_start": "service_window_next_start_seconds",
    "service_window.next_end": "service_window_next_end_seconds",
    "service_window.in_window": "service_window_in_window",
    "service_window.info": "service_window_info",
    "service_window.sla_target_ratio": "service_window_sla_target_ratio",
    "service_window.period.start": "service_window_period_start_seconds",
    "service_window.period.scheduled": "service_window_period_scheduled_seconds",
    "service_window.open.time": "service_window_open_time_seconds_total",
}
INFO = {
    "shop": {"agreement": "gold", "schedule": "office", "timezone": "Europe/London"},
    "batch": {
        "agreement": "strict",
        "schedule": "nights",
        "timezone": "America/New_York",
    },
    "power": {"agreement": "bronze", "schedule": "always", "timezone": "UTC"},
    "fax": {"agreement": "retired", "schedule": "never", "timezone": "UTC"},
}
PROMETHEUS = {SAMPLES[name]: values for name, values in VALUES.items()}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "known.yaml"
    file.write_text(CATALOGUE)
    call_command("load_catalogue", str(file), verbosity=0)
    monkeypatch.setattr(time, "time", lambda: float(NOW))


def of_components(samples: list[tuple[str, dict[str, str], float]]) -> dict[str, Any]:
    """The values by name and component; and what the info series tells besides."""
    found: dict[str, Any] = {}
    for name, labels, value in samples:
        if "component" in labels:
            found.setdefault(name, {})[labels["component"]] = value
        if name.endswith("info"):
            told = {one: labels[one] for one in ("agreement", "schedule", "timezone")}
            assert told == INFO[labels["component"]]
    return found


def scraped(client: Client, accept: str, parse: Any) -> dict[str, Any]:
    text = client.get("/metrics", headers={"Accept": accept}).content.decode()
    for family in parse(text):
        if family.name.startswith(tuple(PROMETHEUS)):
            assert family.type == "gauge"
        if family.name.startswith("service_window_open_time"):
            assert family.type == "counter"
    return of_components(
        [
            (sample.name, sample.labels, sample.value)
            for family in parse(text)
            for sample in family.samples
        ]
    )


def test_the_text_of_a_scrape_has_them(client: Client, scrapes: Scrapes) -> None:
    assert scraped(client, "text/plain", text_families) == PROMETHEUS


def test_openmetrics_has_them(client: Client, scrapes: Scrapes) -> None:
    accept = "application/openmetrics-text; version=1.0.0"
    assert scraped(client, accept, openmetrics_families) == PROMETHEUS


def test_callbacks_have_them(provider: MeterProvider) -> None:
    reader = InMemoryMetricReader()
    provider.add_metric_reader(reader)
    callbacks.register(provider.get_meter("otel_sla"))
    data: Any = reader.get_metrics_data()
    metrics = data.resource_metrics[0].scope_metrics[0].metrics
    samples = [
        (metric.name, dict(point.attributes), point.value)
        for metric in metrics
        for point in metric.data.data_points
    ]
    assert of_components(samples) == VALUES
    assert {one.name: one.unit for one in metrics if one.name in UNITS} == UNITS


def test_otlp_has_them_and_counts_open_time_since_the_year_began() -> None:
    origin = encoder.Origin(Resource({}), InstrumentationScope("otel_sla"), 1, 2)
    collected = registry.collect(NOW).row_groups(counters=True)
    (request,) = encoder.encode(collected, origin, 10_000)
    samples, units = [], {}
    for metric in request.message.resource_metrics[0].scope_metrics[0].metrics:
        kind: Any = metric.WhichOneof("data")
        units[metric.name] = metric.unit
        for point in getattr(metric, kind).data_points:
            attributes = {one.key: one.value.string_value for one in point.attributes}
            number: Any = point.WhichOneof("value")
            value = getattr(point, number)
            samples.append((metric.name, attributes, value))
            if metric.name == "service_window.open.time":
                assert kind == "sum"
                assert metric.sum.is_monotonic
                assert point.start_time_unix_nano == 1767225600 * 10**9
    assert of_components(samples) == VALUES
    assert {name: units[name] for name in UNITS} == UNITS
