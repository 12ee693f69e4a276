"""Callbacks that say the same in every worker: what may be declared, and how."""

from __future__ import annotations

from collections.abc import Generator, Iterable

import pytest
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_sla.bridge import shared
from otel_sla.bridge.shared_callbacks import asked


@shared
def decorated(options: CallbackOptions) -> Iterable[Observation]:
    """Yields, as most callbacks do."""
    yield Observation(1)


def generator() -> Generator[Iterable[Observation], CallbackOptions, None]:
    options = yield []
    for value in (2, 3):
        assert isinstance(options, CallbackOptions)
        options = yield [Observation(value)]


class Shop:
    carts = 4

    @shared
    def observed(self, options: CallbackOptions) -> list[Observation]:
        return [Observation(self.carts)]


def values(reader: InMemoryMetricReader) -> dict[str, object]:
    collected = reader.get_metrics_data()
    return {
        metric.name: point.value  # type: ignore[union-attr]
        for resource in (collected.resource_metrics if collected else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }


def test_what_opentelemetry_takes_may_be_shared_and_other_readers_ask_it_as_it_is(
    provider: MeterProvider,
) -> None:
    reader = InMemoryMetricReader()
    provider.add_metric_reader(reader)
    meter = provider.get_meter("shop")
    meter.create_observable_gauge("decorated", [decorated])
    meter.create_observable_gauge("generator", [shared(generator())])
    meter.create_observable_gauge("method", [Shop().observed])
    meter.create_observable_gauge("nothing", [shared(lambda options: [Observation(5)])])
    assert decorated.__doc__ == "Yields, as most callbacks do."
    others = {"decorated": 1, "method": 4, "nothing": 5}
    found = [values(reader) for _ in range(3)]
    assert found == [others | {"generator": 2}, others | {"generator": 3}, others]
    with asked(lambda ask: ()):
        assert values(reader) == {}


def test_only_a_callback_can_be_shared() -> None:
    with pytest.raises(TypeError, match=r"takes a callback .*, not 5\.$"):
        shared(5)  # type: ignore[call-overload]
