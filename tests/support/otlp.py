"""Requests that arrive over OTLP, and the points in them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from .processes import DEADLINE

Attributes = frozenset[tuple[str, str]]

NO_RECORDED_VALUE = 1
"""The flag of a data point without a value."""


class Point(NamedTuple):
    """A data point as it arrived.

    Its value is the count if it is a histogram's, and NaN if it has none.
    """

    metric: str
    unit: str
    kind: str
    attributes: Attributes
    value: float
    time: int
    resource: Attributes
    flags: int

    @property
    def has_ended(self) -> bool:
        """Whether it says that its series has ended."""
        return self.flags == NO_RECORDED_VALUE and math.isnan(self.value)


@dataclass
class Request:
    """A request as it arrived, over "grpc" or "http"; decoded when asked.

    It was received at a time of the monotonic clock. Names of headers are lower case.
    """

    received: float
    protocol: str
    headers: Mapping[str, str]
    body: bytes

    def __post_init__(self) -> None:
        self._decoded: dict[str | None, list[Point]] = {}

    def points(self, metric: str | None = None) -> list[Point]:
        """Return the points, of all metrics if none is named."""
        if metric not in self._decoded:
            self._decoded[metric] = list(_points_in(self.body, metric))
        return self._decoded[metric]


class Sink:
    """What arrived: receivers add to it while the test looks."""

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._arrival = threading.Condition()

    @property
    def requests(self) -> list[Request]:
        with self._arrival:
            return self._requests.copy()

    def points(self, metric: str | None = None) -> list[Point]:
        """Return the points, of all metrics if none is named, as they arrived."""
        return [point for request in self.requests for point in request.points(metric)]

    def expect(
        self, count: int, metric: str | None = None, seconds: float = DEADLINE
    ) -> list[Point]:
        """Wait until at least so many points are there; return all that are."""
        end = time.monotonic() + seconds
        with self._arrival:
            while (found := self._count(metric)) < count:
                if not self._arrival.wait(end - time.monotonic()):
                    pytest.fail(f"{found} of {count} points in {seconds:.0f} s")
            return self.points(metric)

    def _count(self, metric: str | None) -> int:
        return sum(len(request.points(metric)) for request in self._requests)

    def clear(self) -> None:
        with self._arrival:
            self._requests.clear()

    def add(self, protocol: str, headers: Mapping[str, str], body: bytes) -> None:
        request = Request(time.monotonic(), protocol, headers, body)
        with self._arrival:
            self._requests.append(request)
            self._arrival.notify_all()


def _points_in(body: bytes, metric: str | None) -> Iterator[Point]:
    # Imported late: for want of it a test is skipped, and no module broken.
    from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as messages

    request: Any = messages.ExportMetricsServiceRequest.FromString(body)
    for group in request.resource_metrics:
        resource = _attributes(group.resource.attributes)
        metrics = (each for scope in group.scope_metrics for each in scope.metrics)
        for each in metrics:
            if metric not in (None, each.name):
                continue
            kind = each.WhichOneof("data")
            for point in getattr(each, kind).data_points:
                attributes, value = _attributes(point.attributes), _value(point)
                moment = point.time_unix_nano
                yield Point(
                    each.name,
                    each.unit,
                    kind,
                    attributes,
                    value,
                    moment,
                    resource,
                    point.flags,
                )


def _value(point: Any) -> float:
    if hasattr(point, "count"):
        return float(point.count)
    value = point.WhichOneof("value")
    return float(getattr(point, value)) if value else math.nan


def _attributes(pairs: Iterable[Any]) -> Attributes:
    return frozenset(
        (pair.key, str(getattr(pair.value, pair.value.WhichOneof("value"))))
        for pair in pairs
    )
