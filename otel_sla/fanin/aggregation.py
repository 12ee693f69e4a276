"""Totals: a worker's counts as plain data, to send, to keep in a file, to add up.

Cumulative counters and histograms add up over all workers, also those that have ended.
Up-down counters add up over the living: they tell how much there is now. A gauge of one
worker is not a gauge of all: it gets an attribute that names the worker.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

Totals = dict[str, dict[str, Any]]
"""Points by series, of each instrument: {identity: {attributes: value}}.

Identity and attributes are JSON. A value is a number, a sum in parts of _UNIT, or of a
histogram [count, sum, least, most, [count of each bucket]].
"""

WORKER = "worker"
COUNTER, UP_DOWN_COUNTER, GAUGE, HISTOGRAM = "counter", "updown", "gauge", "histogram"

# What is added up is whole numbers of this part of one. Floats would add up to a bit
# more or less by who answers and who has ended, and a counter that goes back by a bit
# is one that has begun anew, for Prometheus.
_UNIT = 1 << 64


def totals_of(
    collected: MetricsData | None, wanted: Callable[[Any], bool] = lambda point: True
) -> Totals:
    """Return the data points that are wanted of what the SDK has collected, with
    cumulative temporality."""
    totals: Totals = {}
    for resource in collected.resource_metrics if collected else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                kind, bounds = _kind(metric.data)
                if kind is None:
                    continue
                found: Iterable[Any] = filter(wanted, metric.data.data_points)
                points = {_key(one.attributes): _value(one, kind) for one in found}
                if points:
                    identity = _identity(scope.scope, metric, kind, bounds)
                    totals.setdefault(identity, {}).update(points)
    return totals


def updated(totals: Totals, newer: Totals) -> Totals:
    """Return the totals, with the newer points in place of older ones of the series."""
    return totals | {
        identity: totals.get(identity, {}) | points
        for identity, points in newer.items()
    }


def add_up(living: Mapping[str, Totals], ended: Iterable[Totals] = ()) -> Totals:
    """Return the sums over workers, the living by their names, and the ended."""
    sums: Totals = {}
    for worker, totals in living.items():
        for identity, points in totals.items():
            kind = json.loads(identity)["kind"]
            if kind != GAUGE:
                _add(sums.setdefault(identity, {}), points)
            else:
                named = {_with_worker(key, worker): points[key] for key in points}
                sums.setdefault(identity, {}).update(named)
    for totals in ended:
        for identity, points in totals.items():
            if json.loads(identity)["kind"] in (COUNTER, HISTOGRAM):
                _add(sums.setdefault(identity, {}), points)
    return sums


def latest(one: Totals, other: Totals) -> Totals:
    """Return the more complete of two versions of the same totals, which only grow.

    Of each counter and histogram the greater is taken; all else is the first one's.
    """
    found = dict(one)
    for identity, points in other.items():
        if json.loads(identity)["kind"] in (COUNTER, HISTOGRAM):
            mine = found[identity] = dict(found.get(identity, {}))
            for key, value in points.items():
                if key not in mine or _count(mine[key]) < _count(value):
                    mine[key] = value
    return found


def _count(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def collected_of(totals: Totals, resource: Resource, time: int) -> MetricsData:
    """Return totals as the SDK would have collected them at the time, in Unix ns."""
    scopes: dict[tuple[str, str, str, str], list[Metric]] = {}
    names: set[tuple[str, ...]] = set()
    for identity, points in totals.items():
        about = json.loads(identity)
        scope = (*about["scope"], about["scope_attributes"])
        if (*scope, about["name"]) in names:
            # Counted otherwise by a worker of another release: it can't be added,
            # and a family that is there twice would cost Prometheus all of them.
            continue
        names.add((*scope, about["name"]))
        data = _data(about, points, time)
        metric = Metric(about["name"], about["description"], about["unit"], data)
        scopes.setdefault(scope, []).append(metric)
    return MetricsData(
        [
            ResourceMetrics(
                resource,
                [
                    ScopeMetrics(
                        InstrumentationScope(
                            name, version, schema_url, _attributes(more)
                        ),
                        metrics,
                        schema_url,
                    )
                    for (name, version, schema_url, more), metrics in scopes.items()
                ],
                resource.schema_url,
            )
        ]
    )


def _kind(data: Any) -> tuple[str | None, list[float] | None]:
    if isinstance(data, Gauge):
        return GAUGE, None
    if isinstance(data, Sum):
        return (COUNTER if data.is_monotonic else UP_DOWN_COUNTER), None
    if isinstance(data, Histogram) and data.data_points:
        return HISTOGRAM, list(data.data_points[0].explicit_bounds)
    return None, None


def _identity(
    scope: InstrumentationScope, metric: Metric, kind: str, bounds: list[float] | None
) -> str:
    """Histograms with other buckets are another instrument: they don't add up."""
    return json.dumps(
        {
            "scope": [scope.name, scope.version or "", scope.schema_url or ""],
            "scope_attributes": _key(scope.attributes),
            "name": metric.name,
            "unit": metric.unit or "",
            "description": metric.description or "",
            "kind": kind,
            "bounds": bounds,
        }
    )


def _key(attributes: Any) -> str:
    # Bytes are allowed, which JSON has not; they read as the stock exporter shows them.
    return json.dumps(sorted((attributes or {}).items()), default=str)


def _with_worker(key: str, worker: str) -> str:
    own = dict(json.loads(key))
    if WORKER in own:
        own[f"exported_{WORKER}"] = own[WORKER]
    return _key({**own, WORKER: worker})


def _value(point: Any, kind: str) -> Any:
    if isinstance(point, HistogramDataPoint):
        least, most = float(point.min), float(point.max)
        return [point.count, _parts(point.sum), least, most, list(point.bucket_counts)]
    if kind == GAUGE:
        return point.value if isinstance(point.value, int) else float(point.value)
    return _parts(point.value)


def _parts(number: Any) -> int | float:
    if not math.isfinite(number):
        return float(number)
    numerator, denominator = number.as_integer_ratio()
    whole: int = numerator * _UNIT // denominator
    return whole


def _number(parts: int | float) -> int | float:
    if isinstance(parts, float):
        return parts
    return parts / _UNIT if parts % _UNIT else parts // _UNIT


def _add(sums: dict[str, Any], points: Mapping[str, Any]) -> None:
    for key, value in points.items():
        before = sums.get(key)
        if before is None:
            sums[key] = value
        elif isinstance(value, list):
            count, total, least, most, buckets = value
            sums[key] = [
                before[0] + count,
                before[1] + total,
                min(before[2], least),
                max(before[3], most),
                [a + b for a, b in zip(before[4], buckets, strict=True)],
            ]
        else:
            sums[key] = before + value


def _data(about: Mapping[str, Any], points: Mapping[str, Any], time: int) -> Any:
    cumulative = AggregationTemporality.CUMULATIVE
    if about["kind"] == HISTOGRAM:
        bounds = about["bounds"]
        histograms = [
            HistogramDataPoint(
                _attributes(key),
                0,
                time,
                count,
                _number(total),
                buckets,
                bounds,
                least,
                most,
            )
            for key, (count, total, least, most, buckets) in points.items()
        ]
        return Histogram(histograms, cumulative)
    is_gauge = about["kind"] == GAUGE
    numbers = [
        NumberDataPoint(
            _attributes(key), 0, time, value if is_gauge else _number(value)
        )
        for key, value in points.items()
    ]
    if is_gauge:
        return Gauge(numbers)
    return Sum(numbers, cumulative, about["kind"] == COUNTER)


def _attributes(key: str) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(key)
    }
