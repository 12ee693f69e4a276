"""Instruments of the SDK whose names are data: when they are there, and when not."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from otel_sla.bridge import gauge
from otel_sla.telemetry import callbacks
from otel_sla.telemetry.host_provider import names_of_others
from otel_sla.telemetry.scrape import Scrapes
from otel_sla.telemetry.sdk_reader import DirectReader

from ..bridge.test_names_of_rows import declared, make, registered
from ..shop.models import Kind

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider() -> Iterator[MeterProvider]:
    made = MeterProvider(shutdown_on_exit=False)
    yield made
    made.shutdown()


def wait_until_created() -> None:
    """Wait for the threads that create the instruments seen so far."""
    for thread in threading.enumerate():
        if thread.name == "otel_sla instruments":
            thread.join()


def read(reader: InMemoryMetricReader) -> dict[str, list[float]]:
    """What a reader of the host's collects, once all that was seen is created."""
    found = reader.get_metrics_data()
    wait_until_created()
    return {
        f"{metric.name} {metric.unit}".strip(): [
            point.value  # type: ignore[union-attr]
            for point in metric.data.data_points
        ]
        for resource in (found.resource_metrics if found else [])
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if not metric.name.startswith(("otel_sla.", "service_window."))
    }


def reading(provider: MeterProvider, **members: Any) -> InMemoryMetricReader:
    reader = InMemoryMetricReader()
    provider.add_metric_reader(reader)
    callbacks.register(
        provider.get_meter("rows"),
        registered(declared(**members)),
        others=partial(names_of_others, provider, "rows"),
    )
    return reader


def test_an_instrument_is_there_after_the_collection_that_first_saw_its_name(
    provider: MeterProvider,
) -> None:
    kind = make("room.size", ("a", 1), ("b", 2))
    reader = reading(provider)
    assert read(reader) == {}
    assert read(reader) == {"room.size": [1, 2]}
    make("room.noise", ("a", 3), unit="dB")
    Kind.objects.filter(pk=kind.pk).delete()
    assert read(reader) == {}
    assert read(reader) == {"room.noise dB": [3]}
    Kind.objects.update(unit="B")
    assert read(reader) == {}
    assert read(reader) == {"room.noise B": [3]}


def test_a_source_has_no_more_than_at_most_instruments_of_the_sdk(
    provider: MeterProvider, caplog: pytest.LogCaptureFixture
) -> None:
    make("room.a", ("a", 1))
    reader = reading(
        provider, values=gauge.named_by("kind__metric", "value", at_most=1)
    )
    assert [read(reader) for _ in range(2)][1] == {"room.a": [1]}
    for _ in range(2):
        Kind.objects.update(metric="room.b")
        assert [read(reader) for _ in range(2)] == [{}, {}]
    Kind.objects.update(metric="room.a")
    assert read(reader) == {"room.a": [1]}
    assert caplog.text.count("it has had at_most = 1, and the SDK can't remove") == 1


def test_an_instrument_of_the_host_is_not_mixed_with_one_of_its_name(
    provider: MeterProvider,
) -> None:
    make("room.size", ("a", 1))
    make("room.noise", ("a", 2))
    reader = reading(provider)
    host = provider.get_meter("host")
    host.create_observable_gauge("Room_Size", [lambda _: [Observation(7, {"b": "c"})]])
    assert [read(reader) for _ in range(2)][1] == {"room.noise": [2], "room_size": [7]}
    # Also one that is created later.
    host.create_observable_gauge("room.noise", [lambda _: [Observation(8)]])
    assert read(reader) == {"room_size": [7], "room.noise": [8]}


@pytest.mark.parametrize("direct", [True, False])
def test_a_scrape_has_no_family_twice_where_the_host_has_one_of_the_name(
    provider: MeterProvider, direct: bool
) -> None:
    make("room.size", ("a", 1))
    make("room.noise", ("a", 2))
    sources = registered(declared())
    reader = DirectReader(Resource({}), scope_info_enabled=False)
    provider.add_metric_reader(reader)
    callbacks.register(
        provider.get_meter("rows"),
        sources,
        others=partial(names_of_others, provider, "rows"),
    )
    host = provider.get_meter("host")
    host.create_observable_gauge("room_size", [lambda _: [Observation(7)]])
    scrapes = Scrapes(reader, direct=direct, sources=sources)
    for _ in range(2):
        text = scrapes.answer("", "", "").body.decode()
        wait_until_created()
    lines = [line for line in text.splitlines() if line.startswith("room_")]
    assert sorted(lines) == ['room_noise{sensor="a"} 2.0', "room_size 7.0"]
    if direct:
        assert re.search(r'rows_dropped\{.*Sensors",reason="name"} 1', text)
