"""Whatever the rows are, every way out says the same of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from otel_sla.bridge import (
    Read,
    RowMetrics,
    Sample,
    attribute,
    attributes,
    counter,
    discovery,
    gauge,
    source,
    up_down_counter,
)
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.prometheus_names import names
from otel_sla.bridge.registry import Registry
from otel_sla.labels import prometheus_name, series
from otel_sla.telemetry import callbacks, sdk_reader
from otel_sla.telemetry.scrape import Scrapes

from ..shop.models import Kind, Order, Reading
from ..telemetry.test_named_instruments import wait_until_created

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
NOW = 1_800_000_000
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
NUMBERS = st.integers(-(2**54), 2**54)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(Order.Status.values),
            "tags": st.one_of(
                st.dictionaries(TEXT, TEXT | st.integers(0, 3) | st.booleans()),
                st.sampled_from([{"a.b": "1", "a_b": "2"}, {"job": "x"}, [], "text"]),
            ),
            "number": st.none() | NUMBERS,
            "weight": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        }
    ),
    max_size=6,
)
KINDS = st.lists(
    st.tuples(
        st.sampled_from(
            ["shop.size", "Shop_size", "shop_size.bytes", "shop.number", "9x", None]
        ),
        st.sampled_from(["", "By", "é"]),
        # Drivers of MariaDB store no infinity.
        st.lists(
            st.tuples(
                TEXT, st.none() | st.floats(allow_nan=False, allow_infinity=False)
            ),
            max_size=3,
        ),
    ),
    max_size=4,
)
SAMPLES = st.lists(
    st.builds(
        Sample,
        st.sampled_from(["shop.things", "shop.size", "shop.number", "9x"]),
        st.none() | st.floats() | NUMBERS | st.booleans() | st.decimals(),
        st.dictionaries(TEXT, TEXT | st.integers(0, 3) | st.booleans(), max_size=2),
        st.sampled_from(["", "By"]),
    )
    | st.just("text"),
    max_size=5,
)
yielded: list[Any] = []


@source
def things(read: Read) -> Iterator[Sample]:
    yield from yielded


class Orders(RowMetrics):
    queryset = Order.objects.all()
    status = attribute("status")
    tags = attributes("tags")
    number = gauge("shop.number", "number", unit="By", help="Number.")
    weight = up_down_counter("shop.weight", "weight", help="Weight.")
    total = counter("shop.total", "number", unit="1", help="Total.")


class Sensors(RowMetrics):
    queryset = Reading.objects.all()
    sensor = attribute("sensor")
    values = gauge.named_by("kind__metric", "value", unit="kind__unit")


Point = tuple[str, str, float]


def in_text(text: str) -> list[Point]:
    lines = re.findall(r"^(shop_\w+)(?:\{(.*)\})? (\S+)$", text, re.MULTILINE)
    return sorted((name, labels, float(value)) for name, labels, value in lines)


def shown(instrument: Any, attributes: Any, value: float) -> Point:
    """A data point as the text has it, where empty labels are none."""
    found = {prometheus_name(name): one for name, one in attributes.items()}
    kind: Any = getattr(instrument, "kind", "gauge")
    _, name = names(instrument.name, instrument.unit, kind)
    return name, series(found).decode(), float(value)


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS, kinds=KINDS, samples=SAMPLES)
def test_text_push_and_callbacks_agree(
    rows: list[dict[str, Any]],
    kinds: list[tuple[str | None, str, list[tuple[str, float | None]]]],
    samples: list[Any],
) -> None:
    yielded[:] = samples
    Order.objects.all().delete()
    Kind.objects.all().delete()
    Order.objects.bulk_create(Order(**one) for one in rows)
    for metric, unit, values in kinds:
        kind = Kind.objects.create(metric=metric, unit=unit)
        Reading.objects.bulk_create(
            Reading(kind=kind, sensor=sensor, value=value) for sensor, value in values
        )
    sources = Registry()
    for one in (Sensors, things, Orders):
        sources.register(LastGood(discovery.source_of(one)))
    stock = InMemoryMetricReader()
    reader = sdk_reader.DirectReader(Resource({}), scope_info_enabled=False)
    provider = MeterProvider([stock, reader], shutdown_on_exit=False)
    try:
        callbacks.register(provider.get_meter("rows"), sources)
        direct = Scrapes(reader, direct=True, sources=sources)
        bodies = [direct.answer(one, "", "").body.decode() for one in ("", OPENMETRICS)]
        text, openmetrics = map(in_text, bodies)
        assert openmetrics == text
        pushed = [
            shown(instrument, row.attributes, value)
            for group in sources.collect(NOW).row_groups(counters=False)
            for row in group.rows
            for instrument, _, value in group.values
            if instrument.name.lower().startswith("shop")
        ]
        assert sorted(pushed) == text
        stock.get_metrics_data()
        wait_until_created()
        fixed = {one.name: one for kept in sources for one in kept.source.instruments}
        collected = stock.get_metrics_data()
        observed = [
            shown(fixed.get(metric.name, metric), point.attributes, point.value)  # type: ignore[union-attr]
            for resource in (collected.resource_metrics if collected else [])
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name.startswith("shop")
            for point in metric.data.data_points
        ]
        assert sorted(observed) == text
        assert len({one[:2] for one in text}) == len(text)
        families = re.findall("^# TYPE (\\S+)", bodies[0], re.MULTILINE)
        assert len(families) == len(set(families))
    finally:
        provider.shutdown()
