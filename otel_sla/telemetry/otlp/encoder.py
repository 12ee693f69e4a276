"""Encode rows and their values as OTLP requests of a bounded size.

Row by row, so that a row's attributes are encoded once for all of its values, and only
one request is in memory.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    DataPointFlags,
    ScopeMetrics,
)
from opentelemetry.sdk.metrics.export import (
    Metric,
    MetricsData,
    ResourceMetrics,
)
from opentelemetry.sdk.metrics.export import ScopeMetrics as SDKScopeMetrics
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from ...bridge.families import Instrument, Number, RowGroup
from ..shared import with_points

MAX_BYTES = 3 * 2**20
"""Receivers of gRPC take 4 MiB by default; a point's size is estimated."""

_NO_VALUE = DataPointFlags.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK
_BYTES_PER_POINT = 24
_BYTES_PER_ATTRIBUTE = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent at once, and how many data points it holds.

    `ends` is whether they say that their series have ended.
    """

    message: ExportMetricsServiceRequest
    points: int
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """The resource, scope and times that all points of an export have in common.

    Times are Unix nanoseconds. `start` is when the process began to count.
    """

    resource: Resource
    scope: InstrumentationScope
    start: int
    time: int


def encode(
    groups: Iterable[RowGroup], origin: Origin, max_points: int, *, ends: bool = False
) -> Iterator[Request]:
    """Yield requests of no more than so many points, and of about MAX_BYTES.

    With `ends`, the points have no value, and say that their series have ended.
    """
    building = _Building(origin, ends)
    for rows, values, since in groups:
        extended = [
            (
                *(instrument, more, _encoded(more), value),
                _start(instrument, since.get(instrument.name), origin),
            )
            for instrument, more, value in values
        ]
        for row in rows:
            attributes = row.attributes
            size = _size(attributes) * len(extended)
            if building.is_full(len(extended), size, max_points):
                yield building.request()
                building = _Building(origin, ends)
            building.add(attributes, size, extended)
    if building.points:
        yield building.request()


def encode_collected(
    collected: MetricsData, own: Mapping[str, str], max_points: int
) -> Iterator[Request]:
    """Encode what the SDK has collected, as that of a resource with own attributes, in
    requests of no more than so many points."""
    for one in collected.resource_metrics:
        resource = one.resource.merge(Resource(dict(own)))
        for scopes, points in _batches(one.scope_metrics, max_points):
            batch = ResourceMetrics(resource, scopes, one.schema_url)
            yield Request(encode_metrics(MetricsData([batch])), points)


def _batches(
    scopes: Iterable[SDKScopeMetrics], most: int
) -> Iterator[tuple[list[SDKScopeMetrics], int]]:
    """Yield the same data points so many at a time, each time with their number."""
    batch: list[SDKScopeMetrics] = []
    left = most
    for scope in scopes:
        metrics: list[Metric] = []
        for metric in scope.metrics:
            points = metric.data.data_points
            while points:
                taken, points = points[:left], points[left:]
                metrics.append(with_points(metric, taken))
                left -= len(taken)
                if not left:
                    yield [*batch, replace(scope, metrics=metrics)], most
                    batch, metrics, left = [], [], most
        if metrics:
            batch.append(replace(scope, metrics=metrics))
    if batch:
        yield batch, most - left


_Value = tuple[Instrument[Any], Mapping[str, str], list[KeyValue], Number, int | None]


def _start(
    instrument: Instrument[Any], since: Number | None, origin: Origin
) -> int | None:
    """Return when an instrument began to count, in Unix nanoseconds; None for a
    gauge."""
    if instrument.kind == "gauge":
        return None
    if since is not None:
        # A float of Unix seconds is exact to about a microsecond. The machine that has
        # written the row may have a clock that is ahead.
        return min(round(since * 1_000_000) * 1_000, origin.time)
    return origin.start if instrument.since is None else instrument.since * 10**9


@dataclass(slots=True)
class _Building:
    """A request that is being filled."""

    origin: Origin
    ends: bool
    points: int = 0
    size: int = 0
    message: ExportMetricsServiceRequest = field(init=False)
    _metrics: Any = field(init=False)
    _points_of: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        nothing = SDKScopeMetrics(self.origin.scope, [], "")
        of_resource = ResourceMetrics(
            self.origin.resource, [nothing], self.origin.resource.schema_url
        )
        self.message = encode_metrics(MetricsData([of_resource]))
        scope: ScopeMetrics = self.message.resource_metrics[0].scope_metrics[0]
        self._metrics = scope.metrics

    def request(self) -> Request:
        return Request(self.message, self.points, self.ends)

    def is_full(self, more: int, size: int, max_points: int) -> bool:
        return self.points > 0 and (
            self.points + more > max_points or self.size + size > MAX_BYTES
        )

    def add(
        self,
        attributes: Mapping[str, str],
        size: int,
        values: list[_Value],
    ) -> None:
        own = _encoded(attributes)
        for instrument, more, encoded, value, start in values:
            rest = own
            if not attributes.keys().isdisjoint(more):
                rest = [one for one in own if one.key not in more]
            point = self._series(instrument).add(
                attributes=rest + encoded, time_unix_nano=self.origin.time
            )
            if start is not None:
                point.start_time_unix_nano = start
            if self.ends:
                point.flags = _NO_VALUE
            elif isinstance(value, int):
                point.as_int = value
            else:
                point.as_double = value
        self.points += len(values)
        self.size += size

    def _series(self, instrument: Instrument[Any]) -> Any:
        points = self._points_of.get(instrument.name)
        if points is None:
            metric = self._metrics.add(
                name=instrument.name,
                description=instrument.description,
                unit=instrument.unit,
            )
            if instrument.kind == "gauge":
                points = metric.gauge.data_points
            else:
                cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
                metric.sum.aggregation_temporality = cumulative
                metric.sum.is_monotonic = instrument.kind == "counter"
                points = metric.sum.data_points
            self._points_of[instrument.name] = points
        return points


def _size(attributes: Mapping[str, str]) -> int:
    return _BYTES_PER_POINT + sum(
        len(name.encode()) + len(value.encode()) + _BYTES_PER_ATTRIBUTE
        for name, value in attributes.items()
    )


def _encoded(attributes: Mapping[str, str]) -> list[KeyValue]:
    return [
        KeyValue(key=name, value=AnyValue(string_value=value))
        for name, value in attributes.items()
    ]
