"""Metric readers that collect from the SDK when they are asked."""

from collections.abc import Callable, Mapping
from functools import partial
from inspect import signature
from threading import Lock
from types import MappingProxyType
from typing import Any

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    MetricReader,
    MetricsData,
    ResourceMetrics,
)
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, Metric

from ..database.single_thread import SingleThread
from . import callbacks, host_provider, shared
from .config.reader_options import Push

# Seconds after which the SDK gives up a collection, once a callback has returned.
_SDK_LIMIT = 10.0

_COLLECTING = "collecting what callbacks observe"


class Unheard(Exception):
    """What the other workers have counted is not known, which has been reported."""


class OnDemandReader(MetricReader):
    """Collects when it is asked, on a thread of its own, and returns the result."""

    def __init__(
        self, cardinality_limits: Mapping[type, int] = MappingProxyType({})
    ) -> None:
        # Up to 1.44 the SDK has no limits; those of 1.45.0 and 1.45.1 can't be set.
        limits = {"cardinality_limits": dict(cardinality_limits)}
        super().__init__(**_accepted(super().__init__, limits))
        self._thread = SingleThread(_COLLECTING)
        self._collected: MetricsData | None = None

    def own(
        self, seconds: float = _SDK_LIMIT, sdk_limit: float = _SDK_LIMIT
    ) -> MetricsData | None:
        """Collect what this process has; None where no instrument has been used.

        Raises what the SDK raises, and HeldUp where other libraries' callbacks take
        longer than so many seconds: nothing ends them, and they hold the SDK's lock.
        """
        return self._thread.call(partial(self.own_here, sdk_limit), seconds)

    def own_here(self, sdk_limit: float = _SDK_LIMIT) -> MetricsData | None:
        """Collect on this thread, however long it takes. Raises what the SDK raises."""
        self._collected = None
        self.collect(timeout_millis=sdk_limit * 1_000)
        return self._collected

    def counted(
        self, provider: MeterProvider, seconds: float = _SDK_LIMIT
    ) -> MetricsData | None:
        """Collect what the provider's synchronous instruments have, asking no callback.

        Raises as own() does, also where callbacks take longer that were asked before.
        """
        collect = partial(host_provider.counted, provider, self)
        return self._thread.call(collect, seconds)

    def _receive_metrics(
        self, metrics_data: MetricsData, timeout_millis: float = 0, **kwargs: Any
    ) -> None:
        self._collected = metrics_data

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        # What is collected now would be lost.
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        self._thread.stop()


class DirectReader(OnDemandReader):
    """Collects for scrapes, and returns the SDK's metrics as Prometheus sees them.

    `resource` is that of the provider, for target_info.
    """

    def __init__(
        self,
        resource: Resource,
        cardinality_limits: Mapping[type, int] = MappingProxyType({}),
        **options: Any,
    ) -> None:
        super().__init__(cardinality_limits)
        self._resource = resource
        self._lock = Lock()
        self._translator = _Translator(**options)

    def shown(self, collected: MetricsData | None) -> list[Metric]:
        """Return what was collected as Prometheus sees it."""
        nothing = MetricsData([ResourceMetrics(self._resource, [], "")])
        # One at a time: the translator translates what it was handed last.
        with self._lock:
            return self._translator.translated(collected or nothing)


class CollectingReader(OnDemandReader):
    """Collects for a push what the SDK has of all instruments but ours."""

    def __init__(self, push: Push) -> None:
        super().__init__(push.cardinality_limits)
        self._push = push

    def collected(self, with_shared: bool = False) -> MetricsData | None:
        """Collect within the time for an export. Returns and raises as own() does.

        Shared callbacks are asked only if told to; what they observe is marked.
        """
        seconds = min(self._push.reading, self._push.interval)
        with callbacks.silent(), shared.marked() if with_shared else shared.skipped():
            return self.own(seconds, self._push.reading)


class StockReader:
    """Has the stock reader of OpenTelemetry collect and translate, as it is.

    For a release whose parts DirectReader can't use: what the other workers have
    counted can't be added. `reader` is what a provider takes.
    """

    def __init__(self, **options: Any) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        accepted = _accepted(PrometheusMetricReader, options)
        self.reader = PrometheusMetricReader(registry=self._registry, **accepted)
        self._thread = SingleThread(_COLLECTING)

    def own(self, seconds: float = _SDK_LIMIT) -> list[Metric]:
        """Collect what this process has. Raises as DirectReader.own() does."""
        return self._thread.call(lambda: [*self._registry.collect()], seconds)

    def shown(self, collected: Any) -> list[Metric]:
        """Return what own() has returned."""
        return [*collected]


class _Translator(PrometheusMetricReader):
    """The stock reader, which shows what it is handed and collects nothing."""

    def __init__(self, **options: Any) -> None:
        self._shown = CollectorRegistry(auto_describe=False)
        super().__init__(registry=self._shown, **options)
        self._handed: MetricsData

    def translated(self, collected: MetricsData) -> list[Metric]:
        self._handed = collected
        return [*self._shown.collect()]

    def collect(self, timeout_millis: float = 10_000) -> None:  # type: ignore[misc]
        """Take what is handed: the stock reader calls this whenever it is scraped.

        sdk_probe.py finds out whether it still does.
        """
        self._receive_metrics(self._handed)


def _accepted(function: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    taken = signature(function).parameters
    return {name: value for name, value in options.items() if name in taken}
