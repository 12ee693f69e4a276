"""Try once whether the readers of sdk_reader.py work with the installed SDK.

They lean on how its releases up to now collect and translate. A release that does it
in another way would show and push nothing, and say nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, cast

from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource

from . import host_provider
from .sdk_reader import DirectReader, OnDemandReader
from .versions import installed

_RESOURCE = Resource({"tried": "yes"})


@cache
def collecting_fault() -> str:
    """Say why readers of our own get nothing from the SDK; "" if they do."""
    try:
        _collected()
    except Exception as error:
        return _fault("opentelemetry-sdk", "passes metrics to its readers", error)
    return ""


@cache
def translating_fault() -> str:
    """Say why the stock reader can't translate what ours collect; "" if it can."""
    if collecting_fault():
        return collecting_fault()
    try:
        _translate(_collected())
    except Exception as error:
        return _fault("opentelemetry-exporter-prometheus", "translates metrics", error)
    return ""


@cache
def counting_fault() -> str:
    """Say why the SDK can't be asked for counts without callbacks; "" if it can."""
    try:
        _count()
    except Exception as error:
        return _fault("opentelemetry-sdk", "keeps what was counted", error)
    return ""


@contextmanager
def _measuring() -> Iterator[tuple[OnDemandReader, MeterProvider]]:
    """Yield a provider that has counted once, and its reader."""
    reader = OnDemandReader()
    # The filter is given, or the SDK takes that of the environment and refuses words
    # that the configuration understands or reports.
    provider = MeterProvider(
        [reader], _RESOURCE, AlwaysOffExemplarFilter(), shutdown_on_exit=False
    )
    provider.get_meter("otel_sla").create_counter("tried").add(1)
    try:
        yield reader, provider
    finally:
        provider.shutdown()


def _collected() -> MetricsData:
    with _measuring() as (reader, _):
        found = reader.own_here()
    if found is None:
        raise LookupError("it passes none")
    return found


def _count() -> None:
    """Raise LookupError where asking for counts finds something else, or loses any."""
    with _measuring() as (reader, provider):
        provider.get_meter("otel_sla").create_observable_gauge(
            "observed", [lambda options: [Observation(7)]]
        )
        for collect, expected in (
            (partial(host_provider.counted, provider, reader), {"tried": 1}),
            (reader.own_here, {"tried": 1, "observed": 7}),
            (partial(host_provider.counted, provider, reader), {"tried": 1}),
        ):
            found = _values(collect())
            if found != expected:
                raise LookupError(f"it finds {found} for {expected}")


def _values(collected: MetricsData | None) -> dict[str, Any]:
    return {
        metric.name: point.value
        for resource in (collected.resource_metrics if collected else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in cast("Any", metric.data).data_points
    }


def _translate(collected: MetricsData) -> None:
    """Raise LookupError where not exactly what was collected is shown, each time."""
    reader = DirectReader(
        _RESOURCE, disable_target_info=False, scope_info_enabled=False
    )
    for one, expected in (
        (collected, {"target_info", "tried_total"}),
        (None, {"target_info"}),
        (collected, {"target_info", "tried_total"}),
    ):
        families = reader.shown(one)
        found = [sample.name for family in families for sample in family.samples]
        if sorted(found) != sorted(expected):
            raise LookupError(f"it shows {sorted(found)} for {sorted(expected)}")


def _fault(distribution: str, does: str, error: Exception) -> str:
    return (
        f"{distribution} {installed(distribution)} {does} in a way that otel_sla does "
        f"not know ({type(error).__name__}: {error})"
    )
