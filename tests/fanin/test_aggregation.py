"""What workers have counted, added up: every part of every kind of instrument."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    InMemoryMetricReader,
    Metric,
)
from opentelemetry.sdk.resources import Resource

from otel_sla.fanin.aggregation import Totals, add_up, collected_of, latest, totals_of

Count = Callable[[Meter], object]


def totals(*counts: Count) -> Totals:
    """What a worker has counted, as its siblings get it."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    meter = provider.get_meter("host", "1.0", "https://schema", {"tier": "web"})
    for one in counts:
        one(meter)
    found = totals_of(reader.get_metrics_data())
    provider.shutdown()
    copied: Totals = json.loads(json.dumps(found))
    return copied


def metrics(sums: Totals) -> dict[str, Metric]:
    """What is shown of the sums, by name."""
    shown = collected_of(sums, Resource({"service.name": "site"}), 5)
    (resource,) = shown.resource_metrics
    assert resource.resource.attributes["service.name"] == "site"
    for scope in resource.scope_metrics:
        about = scope.scope
        assert (about.name, about.version) == ("host", "1.0")
        assert about.schema_url == scope.schema_url == "https://schema"
        assert dict(about.attributes or {}) == {"tier": "web"}
    found = [one for scope in resource.scope_metrics for one in scope.metrics]
    assert len({one.name for one in found}) == len(found)
    return {one.name: one for one in found}


def shown(sums: Totals, name: str) -> Any:
    """The one point of the metric."""
    (point,) = metrics(sums)[name].data.data_points
    assert point.time_unix_nano == 5
    return point


def counted(*numbers: float, **attributes: str) -> Count:
    def count(meter: Meter) -> None:
        counter = meter.create_counter("requests", "1", "Requests.")
        for one in numbers:
            counter.add(one, attributes)

    return count


def active(number: int) -> Count:
    return lambda meter: meter.create_up_down_counter("active").add(number)


def recorded(*numbers: float, bounds: tuple[float, ...] = (1, 10)) -> Count:
    def record(meter: Meter) -> None:
        histogram = meter.create_histogram(
            "duration", "s", explicit_bucket_boundaries_advisory=list(bounds)
        )
        for one in numbers:
            histogram.record(one)

    return record


def queued(number: float, **attributes: str) -> Count:
    def observe(options: CallbackOptions) -> Iterator[Observation]:
        yield Observation(number, attributes)

    return lambda meter: meter.create_observable_gauge("queue", [observe])


A = totals(counted(1, 0.25), active(3), recorded(0.5, 20), queued(7))
B = totals(counted(2), active(-1), recorded(5, 6), queued(0.5, worker="mine"))


@pytest.mark.parametrize("order", [(A, B), (B, A)], ids=["as they are", "reversed"])
@pytest.mark.parametrize("living", [2, 1, 0])
def test_every_part_of_every_kind_is_added_up(
    living: int, order: tuple[Totals, Totals]
) -> None:
    named = {f"w{number}": one for number, one in enumerate(order[:living])}
    sums = add_up(named, order[living:])
    found = metrics(sums)
    requests = shown(sums, "requests")
    assert requests.value == 3.25
    assert found["requests"].data.is_monotonic  # type: ignore[union-attr]
    assert (found["requests"].unit, found["requests"].description) == (
        "1",
        "Requests.",
    )
    duration = shown(sums, "duration")
    assert (duration.count, duration.sum, duration.min, duration.max) == (
        *(4, 31.5),
        *(0.5, 20),
    )
    assert list(duration.bucket_counts) == [1, 2, 1]
    assert list(duration.explicit_bounds) == [1, 10]
    # Of those that have ended nothing is there now.
    assert ("active" in found) == ("queue" in found) == bool(living)
    if living:
        now = [one for one in order[:living] if one is A or one is B]
        expected = sum(3 if one is A else -1 for one in now)
        assert shown(sums, "active").value == expected
        assert not found["active"].data.is_monotonic  # type: ignore[union-attr]
        points: Any = found["queue"].data.data_points
        gauges = {
            tuple(sorted((point.attributes or {}).items())): point.value
            for point in points
        }
        assert gauges == {
            (
                (("worker", f"w{number}"),)
                if one is A
                else (("exported_worker", "mine"), ("worker", f"w{number}"))
            ): (7 if one is A else 0.5)
            for number, one in enumerate(now)
        }
    for name in ("requests", "duration", "active"):
        if name in found:
            data: Any = found[name].data
            assert data.aggregation_temporality == AggregationTemporality.CUMULATIVE


@pytest.mark.parametrize(
    ("numbers", "value"),
    [
        ((1e-19,), 1e-19),
        ((2**70,), 2**70),
        ((0.1, 0.2), 0.3),
        ((1.5e308, 1.5e308), math.inf),
    ],
)
def test_a_number_of_any_size_comes_through(
    numbers: tuple[float, ...], value: float
) -> None:
    sums = add_up({"w0": totals(counted(*numbers)), "w1": totals(counted(0))})
    assert shown(sums, "requests").value == pytest.approx(value, rel=0.5)


def test_attributes_are_the_same_in_whatever_order_they_are_given() -> None:
    sums = add_up(
        {
            "w0": totals(counted(1, a="x", b="y")),
            "w1": totals(counted(2, b="y", a="x")),
        }
    )
    assert shown(sums, "requests").value == 3


def test_histograms_with_other_buckets_are_not_mixed() -> None:
    first, other = totals(recorded(5)), totals(recorded(5, bounds=(2, 4)))
    assert shown(add_up({"w0": first, "w1": other}), "duration").count == 1


FEW = totals(counted(1, a="x"), recorded(0.5), active(1))
MORE = totals(counted(2, a="x"), recorded(0.5, 3), active(2))
ELSE = totals(counted(7, a="y"))


@pytest.mark.parametrize("one_first", [True, False])
def test_of_two_versions_every_series_is_the_one_that_has_counted_most(
    one_first: bool,
) -> None:
    one, other = (FEW, {**MORE}) if one_first else (MORE, {**FEW})
    mixed = add_up({}, [other, ELSE])
    before = json.dumps([one, mixed])
    found = latest(one, mixed)
    assert json.dumps([one, mixed]) == before, "neither is changed"
    values = {
        (point.attributes or {}).get("a"): point.value  # type: ignore[union-attr]
        for point in metrics(found)["requests"].data.data_points
    }
    assert values == {"x": 2, "y": 7}
    assert shown(found, "duration").count == 2
    assert shown(found, "active").value == (1 if one_first else 2)
