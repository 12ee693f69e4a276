"""Ways to the same text, each in a process of its own when it is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider, ObservableGauge
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

NAMES = ("host", "mount", "kind", "rack")
VALUES = ("size", "used", "load")
MEASURES = ("disk_size_bytes", "disk_used_bytes", "disk_load")
SQL = (
    f"SELECT id, {', '.join(NAMES)}, {', '.join(VALUES)} FROM row_site_disk ORDER BY id"
)
NOW = 1_800_000_000

Way = Callable[[], bytes]


def made_floor() -> Way:
    """Return the floor: rows of a cursor joined with label text that is kept.

    A row whose attributes have changed gets new text; nothing is checked, and nothing
    that is kept is forgotten.
    """
    kept: dict[tuple[Any, ...], bytes] = {}

    def collect() -> bytes:
        with connection.cursor() as cursor:
            cursor.execute(SQL)
            rows = cursor.fetchall()
        labels = []
        for row in rows:
            text = kept.get(row[:5])
            if text is None:
                pairs = zip(NAMES, row[1:5], strict=True)
                text = ",".join(f'{name}="{value}"' for name, value in pairs).encode()
                kept[row[:5]] = text
            labels.append(text)
        out = []
        for column, name in enumerate(MEASURES, 5):
            line = name.encode() + b"{%b} %a\n"
            pairs = zip(labels, [row[column] for row in rows], strict=True)
            out.append(b"".join([line % pair for pair in pairs]))
        return b"".join(out)

    return collect


def made_bridge() -> Way:
    from otel_sla.bridge.last_good import LastGood
    from otel_sla.bridge.registry import Registry
    from otel_sla.bridge.rows.row_source import RowSource
    from otel_sla.telemetry.exposition import write
    from otel_sla.telemetry.negotiation import negotiate

    from .row_metrics import Disks

    sources = Registry()
    sources.register(LastGood(RowSource(Disks)))
    form = negotiate("", "")
    return lambda: write(sources.collect(NOW).families(counters=False), (), form)


def made_collector(*, over_instances: bool) -> Way:
    """Return what most sites have: a custom collector of prometheus_client."""
    from .models import Disk

    class Collector:
        def collect(self) -> Iterator[Any]:
            families = [GaugeMetricFamily(one, one, labels=NAMES) for one in MEASURES]
            rows = Disk.objects.order_by("id")
            columns = (*NAMES, *VALUES)
            found: Any = rows.values_list(*columns)
            if over_instances:
                found = ([getattr(row, one) for one in columns] for row in rows)
            for row in found:
                for family, value in zip(families, row[4:], strict=True):
                    family.add_metric(row[:4], value)
            yield from families

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector())  # type: ignore[arg-type]
    return lambda: generate_latest(registry)


def made_stock() -> Way:
    """Return observable gauges behind the stock reader, with one query for all.

    By default it would show 2,000 of the rows.
    """
    from .models import Disk

    registry = CollectorRegistry()
    reader = PrometheusMetricReader(
        registry=registry, cardinality_limits={ObservableGauge: 1_000_000}
    )
    provider = MeterProvider([reader], shutdown_on_exit=False)
    meter = provider.get_meter("rows")
    rows: list[Any] = []

    def observe(column: int) -> Callable[[Any], list[Observation]]:
        def callback(options: Any) -> list[Observation]:
            if column == len(NAMES):
                found = Disk.objects.order_by("id")
                rows[:] = found.values_list(*NAMES, *VALUES)
            return [
                Observation(row[column], dict(zip(NAMES, row, strict=False)))
                for row in rows
            ]

        return callback

    for column, name in enumerate(MEASURES, len(NAMES)):
        meter.create_observable_gauge(name, [observe(column)])
    return lambda: generate_latest(registry)


WAYS: dict[str, Callable[[], Way]] = {
    "floor": made_floor,
    "otel_sla": made_bridge,
    "collector, values_list": lambda: made_collector(over_instances=False),
    "collector, instances": lambda: made_collector(over_instances=True),
    "stock SDK and reader": made_stock,
}
