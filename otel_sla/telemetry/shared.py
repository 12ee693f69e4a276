"""Tell what shared callbacks observe from all else that the SDK collects.

bridge/shared_callbacks.py has the declaration. The mark is the number's type: it comes
through the SDK's storage and its views, which may drop and rename attributes.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics.export import Metric, MetricsData, ScopeMetrics

from ..bridge.shared_callbacks import asked


class _Shared:
    """A number that a shared callback has observed.

    It stays marked where the SDK adds it to others of its series, and to 0.
    """

    def __add__(self: Any, other: Any) -> Any:
        return _marked(self.real + other)

    __radd__ = __add__


class _Integer(_Shared, int):
    """A whole one."""


class _Float(_Shared, float):
    """Any other."""


def skipped() -> AbstractContextManager[None]:
    """Let collections in this context ask no shared callback."""
    return asked(lambda ask: ())


def marked() -> AbstractContextManager[None]:
    """Let collections in this context mark what shared callbacks observe."""
    return asked(lambda ask: map(_observation, ask()))


def is_shared(point: Any) -> bool:
    """Return whether a data point is marked."""
    return isinstance(getattr(point, "value", None), _Shared)


def split(collected: MetricsData) -> tuple[MetricsData, MetricsData]:
    """Return the data points that are not marked, and those that are."""
    return (
        _having(collected, lambda point: not is_shared(point)),
        _having(collected, is_shared),
    )


def _observation(found: Observation) -> Observation:
    return Observation(_marked(found.value), found.attributes, found.context)


def _marked(value: Any) -> _Integer | _Float:
    return _Integer(value) if isinstance(value, int) else _Float(value)


def _having(collected: MetricsData, wanted: Callable[[Any], bool]) -> MetricsData:
    resources = []
    for resource in collected.resource_metrics:
        pairs = [(one, _metrics(one, wanted)) for one in resource.scope_metrics]
        scopes = [replace(one, metrics=found) for one, found in pairs if found]
        if scopes:
            resources.append(replace(resource, scope_metrics=scopes))
    return MetricsData(resources)


def _metrics(scope: ScopeMetrics, wanted: Callable[[Any], bool]) -> list[Metric]:
    pairs = [(one, [*filter(wanted, one.data.data_points)]) for one in scope.metrics]
    return [with_points(one, points) for one, points in pairs if points]


def with_points(metric: Metric, points: Sequence[Any]) -> Metric:
    """Return the metric with these data points in place of its own."""
    data: Any = metric.data
    return replace(metric, data=replace(data, data_points=points))
