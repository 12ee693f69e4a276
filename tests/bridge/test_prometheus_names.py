"""An instrument has the names in Prometheus that the stock reader gives it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry

from otel_sla.bridge.families import Kind
from otel_sla.bridge.prometheus_names import names, unit_name

# All that OpenTelemetry has a name for, in the order of its own list.
UNITS = (
    *("d", "h", "min", "s", "ms", "us", "ns"),
    *("By", "KiBy", "MiBy", "GiBy", "TiBy", "KBy", "MBy", "GBy", "TBy"),
    *("m", "V", "A", "J", "W", "g", "Cel", "Hz", "1", "%"),
)
PER = ("s", "m", "h", "d", "w", "mo", "y")


def stock(name: str, unit: str, kind: Kind) -> tuple[str, str, str]:
    """Names of the family and its sample, and of the unit, by the stock reader."""
    registry = CollectorRegistry(auto_describe=False)
    reader = PrometheusMetricReader(disable_target_info=True, registry=registry)
    provider = MeterProvider([reader], resource=Resource({}), shutdown_on_exit=False)
    meter = provider.get_meter("host")
    if kind == "counter":
        meter.create_counter(name, unit).add(1)
    elif kind == "up_down_counter":
        meter.create_up_down_counter(name, unit).add(1)
    else:
        meter.create_gauge(name, unit).set(1)
    (family,) = registry.collect()
    provider.shutdown()
    return family.name, family.samples[0].name, family.unit


def ours(name: str, unit: str, kind: Kind) -> tuple[str, str, str]:
    return *names(name, unit, kind), unit_name(unit)


@pytest.mark.parametrize(
    "unit",
    [
        *UNITS,
        *(f"{above}/{below}" for above in ("By", "parcel", "") for below in PER),
        *("", "{parcel}", "{parcel}/s", "By{sent}", "/", "s/", "a/b/c", "m/{x}"),
        *("year", "_x_", "_/_", " ", "m.s", "m:s", "!", "/!", "1/1", "%/s"),
    ],
)
def test_every_unit_has_the_name_that_the_stock_reader_gives_it(unit: str) -> None:
    assert ours("queue.length", unit, "gauge") == stock("queue.length", unit, "gauge")


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("queue.seconds", "s"),
        ("queueseconds", "s"),
        ("requests.total", ""),
        ("requests.total", "s"),
        ("requests.seconds.total", "s"),
        ("total", ""),
        ("Web.Requests", "By/s"),
        ("a..b", ""),
        ("a-/b", ""),
    ],
)
@pytest.mark.parametrize("kind", ["gauge", "counter", "up_down_counter"])
def test_a_name_that_ends_in_a_unit_or_in_total_is_not_doubled(
    name: str, unit: str, kind: Kind
) -> None:
    assert ours(name, unit, kind) == stock(name, unit, kind)


@settings(max_examples=200, deadline=None)
@given(
    st.from_regex(r"[a-zA-Z][-_./a-zA-Z0-9]{0,20}", fullmatch=True),
    st.text(st.sampled_from("s1mByd/{}%_. :a"), max_size=8),
    st.sampled_from(["gauge", "counter", "up_down_counter"]),
)
def test_names_agree_whatever_the_instrument(name: str, unit: str, kind: Kind) -> None:
    assert ours(name, unit, kind) == stock(name, unit, kind)
