"""Metric readers that collect from the SDK when they are asked."""

from collections.abc import Mapping
from inspect import signature
from threading import Lock
from types import MappingProxyType
from typing import Any

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics.export import (
    MetricReader,
    MetricsData,
    ResourceMetrics,
)
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, Metric

from . import callbacks
from .reader_options import Push
from .single_thread import SingleThread

# Seconds after which the SDK gives up a collection, once a callback has returned.
_SDK_LIMIT = 10.0


class Unheard(Exception):
    """What the other workers have counted is not known, which has been reported."""


class _OnDemandReader(MetricReader):
    """Collects when it is asked, on a thread of its own, and returns the result."""

    def __init__(
        self,
        cardinality_limits: Mapping[type, int] = MappingProxyType({}),
        **options: Any,
    ) -> None:
        # Up to 1.44 the SDK has no limits; those of 1.45.0 and 1.45.1 can't be set.
        if "cardinality_limits" in signature(super().__init__).parameters:
            options["cardinality_limits"] = dict(cardinality_limits)
        super().__init__(**options)
        self._thread = SingleThread("collecting what callbacks observe")
        self._collected: MetricsData | None = None

    def own(
        self, seconds: float = _SDK_LIMIT, sdk_limit: float = _SDK_LIMIT
    ) -> MetricsData | None:
        """Collect what this process has; None where no instrument has been used.

        Raises what the SDK raises, and HeldUp where other libraries' callbacks take
        longer than so many seconds: nothing ends them, and they hold the SDK's lock.
        """

        def collect() -> MetricsData | None:
            self._collected = None
            self.collect(timeout_millis=sdk_limit * 1_000)
            return self._collected

        return self._thread.call(collect, seconds)

    def _receive_metrics(
        self, metrics_data: MetricsData, timeout_millis: float = 0, **kwargs: Any
    ) -> None:
        self._collected = metrics_data

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        # What is collected now would be lost.
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        # The registry of a DirectReader is its own: no other keeps its collector.
        self._thread.stop()


class DirectReader(_OnDemandReader, PrometheusMetricReader):
    """Collects for scrapes, and returns the SDK's metrics as Prometheus sees them.

    `resource` is that of the provider, for target_info.
    """

    def __init__(self, resource: Resource, **options: Any) -> None:
        self._all = CollectorRegistry(auto_describe=False)
        super().__init__(registry=self._all, **options)
        self._resource = resource
        self._lock = Lock()
        # The stock collector would collect by itself; here it translates.
        self._collector._callback = None

    def shown(self, collected: MetricsData | None) -> list[Metric]:
        """Return what was collected as Prometheus sees it."""
        nothing = MetricsData([ResourceMetrics(self._resource, [], "")])
        # One at a time: the stock collector has a queue, and gives everything in it.
        with self._lock:
            self._collector.add_metrics_data(collected or nothing)
            return list(self._all.collect())


class CollectingReader(_OnDemandReader):
    """Collects for a push what the SDK has of all instruments but ours."""

    def __init__(self, push: Push) -> None:
        super().__init__(push.cardinality_limits)
        self._push = push

    def collected(self) -> MetricsData | None:
        """Collect within the time for an export. Returns and raises as own() does."""
        seconds = min(self._push.reading, self._push.interval)
        with callbacks.silent():
            return self.own(seconds, self._push.reading)
