"""Readers that collect what the SDK has when they are asked."""

from __future__ import annotations

from threading import Lock
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

_SDK_LIMIT = 10.0
"""Seconds after which the SDK gives up a collection, once a callback has returned."""


class Unheard(Exception):
    """What the other workers have counted is not known, which has been reported."""


class DirectReader(PrometheusMetricReader):
    """Collects what the SDK has to say when it is asked, and for who asks alone.

    `resource` is that of the provider, for target_info.
    """

    def __init__(self, resource: Resource, **options: Any) -> None:
        self._all = CollectorRegistry(auto_describe=False)
        super().__init__(registry=self._all, **options)
        self._resource = resource
        self._lock = Lock()
        self._collecting = SingleThread("collecting what callbacks observe")
        self._own: MetricsData | None = None
        # The stock collector would collect by itself; here it translates.
        self._collector._callback = None

    def own(self, seconds: float = _SDK_LIMIT) -> MetricsData | None:
        """Collect what this process has; None where no instrument has been used.

        Raises what the SDK raises, and HeldUp where others' callbacks take longer
        than so many seconds: nothing ends them, and they hold the SDK's own lock.
        """
        return self._collecting.call(self._collect_own, seconds)

    def _collect_own(self) -> MetricsData | None:
        self._own = None
        self.collect()
        return self._own

    def shown(self, collected: MetricsData | None) -> list[Metric]:
        """Return what was collected as Prometheus sees it.

        One at a time: the stock collector has a queue, and gives everything in it.
        """
        nothing = MetricsData([ResourceMetrics(self._resource, [], "")])
        with self._lock:
            self._collector.add_metrics_data(collected or nothing)
            return list(self._all.collect())

    def _receive_metrics(
        self, metrics_data: MetricsData, timeout_millis: float = 0, **kwargs: Any
    ) -> None:
        self._own = metrics_data

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """There is nothing to push: it is asked when it is asked."""
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Collect nothing any more."""
        self._collecting.stop()
        super().shutdown(timeout_millis, **kwargs)


class CollectingReader(MetricReader):
    """Collects, when it is asked, what the SDK has of all instruments but ours."""

    def __init__(self, push: Push) -> None:
        super().__init__(cardinality_limits=dict(push.cardinality_limits))
        self._push = push
        self._collecting = SingleThread("collecting what callbacks observe")
        self._collected: MetricsData | None = None

    def collected(self) -> MetricsData | None:
        """Collect; None where there is nothing.

        Raises what the SDK raises, and HeldUp where callbacks take longer than there
        is time for an export: rows are pushed all the same.
        """
        seconds = min(self._push.reading, self._push.interval)
        with callbacks.silent():
            return self._collecting.call(self._collect_now, seconds)

    def _collect_now(self) -> MetricsData | None:
        self._collected = None
        self.collect(timeout_millis=self._push.reading * 1_000)
        return self._collected

    def _receive_metrics(
        self, metrics_data: MetricsData, timeout_millis: float = 0, **kwargs: Any
    ) -> None:
        self._collected = metrics_data

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """What is collected now would be lost; the pusher asks when it pushes."""
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Collect nothing any more."""
        self._collecting.stop()
