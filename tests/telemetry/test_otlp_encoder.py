"""What is sent over OTLP: the same points as through the SDK, in bounded requests."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otel_sla.bridge.families import Attributes, RowGroup
from otel_sla.bridge.instruments import PROCESS
from otel_sla.metrics.instruments import INSTRUMENTS
from otel_sla.metrics.rows import Tables
from otel_sla.metrics.snapshot import Snapshot
from otel_sla.schedule.running_totals import START_OF_COUNT
from otel_sla.telemetry import callbacks, config
from otel_sla.telemetry.otlp import encoder
from otel_sla.telemetry.sdk_reader import CollectingReader

from ..conftest import CONFIG_FILE
from ..support.otlp import Point, Request
from .test_exposition import collection_of, snapshot_of, tables

RESOURCE = Resource({"service.name": "site", "service.instance.id": "one"})
SCOPE = InstrumentationScope("otel_sla", "1.2.3")
COUNTERS = {one.name for one in PROCESS if one.kind == "counter"}
ORIGIN = encoder.Origin(RESOURCE, SCOPE, start=1, time=2)


def arrived(message: Any) -> list[Point]:
    return Request(0, "http", {}, message.SerializeToString()).points()


def identity(point: Point) -> tuple[object, ...]:
    return point._replace(time=0)


@settings(max_examples=200, deadline=None)
@given(tables())
def test_the_points_are_those_that_the_sdk_would_send(rows: Tables) -> None:
    snapshot = snapshot_of(rows)
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], resource=RESOURCE, shutdown_on_exit=False)
    callbacks.register(provider.get_meter("otel_sla"))
    with callbacks.serving(collection_of(snapshot)):
        collected = reader.get_metrics_data()
    provider.shutdown()
    assert collected is not None
    theirs = arrived(encode_metrics(collected))
    ours = [
        point
        for request in encoder.encode(
            collection_of(snapshot).row_groups(counters=True), ORIGIN, 10_000
        )
        for point in arrived(request.message)
    ]
    assert Counter(map(identity, ours)) == Counter(map(identity, theirs))
    assert {point.time for point in ours} == {2}


def many(count: int, text: str = "x") -> list[RowGroup]:
    gauge = INSTRUMENTS[0]
    rows = [Attributes({"component": f"c{n}", "label": text}) for n in range(count)]
    return [RowGroup(rows, [(gauge, {}, n) for n in range(3)])]


def test_no_request_holds_more_points_than_it_may() -> None:
    requests = list(encoder.encode(many(25), ORIGIN, 10))
    assert [request.points for request in requests] == [9] * 8 + [3]
    for request in requests:
        assert len(arrived(request.message)) == request.points
        (resource,) = request.message.resource_metrics
        assert resource.scope_metrics[0].scope.version == "1.2.3"


def test_no_request_is_larger_than_a_receiver_takes() -> None:
    requests = list(encoder.encode(many(2_000, "é" * 2_000), ORIGIN, 10_000))
    assert sum(request.points for request in requests) == 6_000
    for request in requests:
        assert request.message.ByteSize() < 4 * 2**20


def test_a_row_that_is_large_by_itself_is_alone_in_its_request() -> None:
    small, large = many(10), many(1, "x" * 2**20)
    requests = list(encoder.encode([*small, *large, *small], ORIGIN, 10_000))
    assert [request.points for request in requests] == [30, 3, 30]


def test_a_row_with_more_values_than_a_request_may_hold_is_sent_all_the_same() -> None:
    assert [request.points for request in encoder.encode(many(2), ORIGIN, 1)] == [3, 3]


def test_nothing_is_sent_of_nothing() -> None:
    assert list(encoder.encode([], ORIGIN, 10)) == []


def test_counters_tell_since_when_they_count() -> None:
    (request,) = encoder.encode(
        collection_of(Snapshot(0)).row_groups(counters=True), ORIGIN, 10_000
    )
    metrics = request.message.resource_metrics[0].scope_metrics[0].metrics
    (counted,) = [one for one in metrics if one.name == "service_window.exports"]
    assert counted.sum.is_monotonic
    assert {point.start_time_unix_nano for point in counted.sum.data_points} == {1}


def test_open_time_is_counted_since_a_moment_that_is_the_same_everywhere() -> None:
    (counter,) = [one for one in INSTRUMENTS if one.since is not None]
    group = RowGroup([Attributes({"component": "web-shop"})], [(counter, {}, 60)])
    (request,) = encoder.encode([group], ORIGIN, 10)
    (metric,) = request.message.resource_metrics[0].scope_metrics[0].metrics
    (point,) = metric.sum.data_points
    assert metric.sum.is_monotonic
    assert point.start_time_unix_nano == START_OF_COUNT * 1_000_000_000


@pytest.fixture
def reader(provider: MeterProvider) -> CollectingReader:
    push = config.load(CONFIG_FILE, ["otlp"]).push
    assert push is not None
    reader = CollectingReader(push)
    provider.add_metric_reader(reader)
    callbacks.register(provider.get_meter("otel_sla"))
    return reader


def test_what_is_a_worker_s_own_is_all_but_our_gauges_under_its_own_instance(
    provider: MeterProvider, reader: CollectingReader
) -> None:
    counter = provider.get_meter("host").create_counter("requests")
    for total in (1, 2):
        counter.add(1, {"route": "/"})
        provider.force_flush()
        collected = reader.collected()
        assert isinstance(collected, MetricsData)
        own = {"service.instance.id": "own"}
        (request,) = encoder.encode_collected(collected, own, 10_000)
        points = arrived(request.message)
        assert request.points == len(points)
        found = {point.metric: point for point in points}
        assert found["requests"].value == total
        assert ("service.instance.id", "own") in found["requests"].resource
        assert found.keys() == {"requests", *COUNTERS}


def test_what_a_worker_has_is_sent_whole_in_requests_of_so_many_points(
    provider: MeterProvider, reader: CollectingReader
) -> None:
    for scope in ("a", "b"):
        for name in ("c", "d"):
            counter = provider.get_meter(scope).create_counter(f"{scope}.{name}")
            for number in range(4):
                counter.add(number, {"number": str(number)})
    collected = reader.collected()
    assert isinstance(collected, MetricsData)
    (whole,) = encoder.encode_collected(collected, {}, 10_000)
    requests = list(encoder.encode_collected(collected, {}, 5))
    assert [one.points for one in requests[:-1]] == [5] * (len(requests) - 1)
    assert [len(arrived(one.message)) for one in requests] == [
        one.points for one in requests
    ]
    together = [point for one in requests for point in arrived(one.message)]
    assert sorted(together, key=repr) == sorted(arrived(whole.message), key=repr)
