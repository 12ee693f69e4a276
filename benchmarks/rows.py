"""Measure rows of a model as metrics beside other ways to the same text.

    python benchmarks/rows.py [--sizes 100 1000 ...] [--postgres URL] [--rounds N]

Prints a Markdown table of CPU seconds a collection, and of ratios to the floor: a raw
cursor whose rows are joined with label text that is ready. All ways run in turns in one
process, so that a machine that slows down slows all of them; only the ratios mean
something elsewhere. With churn, 1% of the rows are renamed before every collection.
The database's own CPU counts where it is SQLite; elsewhere it is another process's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dj_database_url
import django
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
SIZES = (100, 1_000, 10_000, 100_000)
SLOW = 10_000
"""Rows past which the ways that take longest are left out."""

NOW = 1_800_000_000
SQL = "SELECT id, host, mount, kind, rack, size, used, load FROM rows_disk ORDER BY id"
NAMES = ("host", "mount", "kind", "rack")
MEASURES = ("disk_size_bytes", "disk_used_bytes", "disk_load")

Way = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--postgres", metavar="URL")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        set_up(options.postgres or f"sqlite:///{directory}/rows.sqlite3")
        print("| rows | churn | way | CPU s | of the floor |\n|---:|---|---|---:|---:|")
        for size in options.sizes:
            with filled(size):
                for churn in (False, True):
                    measure(size, churn=churn, rounds=options.rounds)


def set_up(url: str) -> None:
    """Configure Django for a model of the benchmark's own."""
    sys.path.insert(0, str(ROOT))
    settings.configure(
        DATABASES={"default": dj_database_url.parse(url)},
        INSTALLED_APPS=[],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()


def measure(size: int, *, churn: bool, rounds: int) -> None:
    """Print what each way takes, in turns."""
    ways = made_ways(size)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            if churn:
                rename(size, number)
            began = time.process_time()
            way()
            # The first fills what is kept from one to the next.
            if number:
                seconds[name].append(time.process_time() - began)
    floor = statistics.median(seconds["floor"])
    for name, found in seconds.items():
        median = statistics.median(found)
        shown = "1%" if churn else "none"
        print(f"| {size:,} | {shown} | {name} | {median:.4f} | {median / floor:.2f} |")


def made_ways(size: int) -> dict[str, Way]:
    ways: dict[str, Way] = {"floor": made_floor(), "otel_sla": made_bridge()}
    ways["collector, values_list"] = made_collector(over_instances=False)
    ways["collector, instances"] = made_collector(over_instances=True)
    if size <= SLOW:
        ways["stock SDK and reader"] = made_stock()
    return ways


def made_floor() -> Way:
    """Return the floor: rows of a cursor joined with label text that is kept by id.

    A row whose attributes have changed gets new text; nothing is checked.
    """
    from django.db import connection

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
    from otel_sla.bridge import RowMetrics, attribute, gauge
    from otel_sla.bridge.last_good import LastGood
    from otel_sla.bridge.registry import Registry
    from otel_sla.bridge.row_source import RowSource
    from otel_sla.telemetry.exposition import negotiate, write

    class Disks(RowMetrics):
        queryset = model().objects.all()
        host = attribute("host")
        mount = attribute("mount")
        kind = attribute("kind")
        rack = attribute("rack")
        size = gauge("disk.size", "size", unit="By", help="Size of the disk.")
        used = gauge("disk.used", "used", unit="By", help="Bytes in use.")
        load = gauge("disk.load", "load", help="Load of the disk.")

    sources = Registry()
    sources.register(LastGood(RowSource(Disks)))
    form = negotiate("", "")

    def collect() -> bytes:
        return write(sources.collect(NOW).families(counters=False), (), form)

    return collect


def made_collector(*, over_instances: bool) -> Way:
    """Return what most sites have: a custom collector of prometheus_client."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import GaugeMetricFamily

    class Collector:
        def collect(self) -> Iterator[Any]:
            families = [GaugeMetricFamily(one, one, labels=NAMES) for one in MEASURES]
            rows = model().objects.order_by("id")
            columns = (*NAMES, "size", "used", "load")
            found: Any = rows.values_list(*columns)
            if over_instances:
                found = ([getattr(row, one) for one in columns] for row in rows)
            for row in found:
                for family, value in zip(families, row[4:], strict=True):
                    family.add_metric(row[:4], value)
            yield from families

    registry = CollectorRegistry()
    registry.register(Collector())
    return lambda: generate_latest(registry)


def made_stock() -> Way:
    """Return observable gauges behind the stock reader, with one query for all."""
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from opentelemetry.metrics import Observation
    from opentelemetry.sdk.metrics import MeterProvider
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    reader = PrometheusMetricReader(registry=registry)
    provider = MeterProvider([reader], shutdown_on_exit=False)
    meter = provider.get_meter("rows")
    columns = (*NAMES, "size", "used", "load")
    rows: list[Any] = []

    def observe(column: int) -> Callable[[Any], list[Observation]]:
        def callback(options: Any) -> list[Observation]:
            if column == len(NAMES):
                rows[:] = model().objects.order_by("id").values_list(*columns)
            return [
                Observation(row[column], dict(zip(NAMES, row, strict=False)))
                for row in rows
            ]

        return callback

    for column, name in enumerate(MEASURES, len(NAMES)):
        meter.create_observable_gauge(name, [observe(column)])
    return lambda: generate_latest(registry)


@contextmanager
def filled(size: int) -> Iterator[None]:
    """Have the model's table with so many rows."""
    from django.db import connection

    disk = model()
    with connection.schema_editor() as editor:
        editor.create_model(disk)
    disk.objects.bulk_create(
        (
            disk(
                host=f"host-{number:06}",
                mount=f"/srv/{number % 7}",
                kind=("ssd", "disk")[number % 2],
                rack=str(number % 40),
                size=number * 1_000_003,
                used=number * 31,
                load=number / 7,
            )
            for number in range(size)
        ),
        batch_size=1_000,
    )
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(disk)


def rename(size: int, number: int) -> None:
    from django.db.models import F

    some = model().objects.annotate(part=F("id") % 100).filter(part=number % 100)
    some.update(rack=f"moved-{number}")


def model() -> Any:
    """Return the model, once there is a Django to have it."""
    from django.apps import apps
    from django.db import models

    if "disk" in apps.all_models["rows"]:
        return apps.all_models["rows"]["disk"]

    class Disk(models.Model):  # noqa: DJ008 - nobody reads it
        host = models.CharField(max_length=50)
        mount = models.CharField(max_length=50)
        kind = models.CharField(max_length=50)
        rack = models.CharField(max_length=50)
        size = models.BigIntegerField()
        used = models.BigIntegerField()
        load = models.FloatField()

        class Meta:
            app_label = "rows"

    return Disk


if __name__ == "__main__":
    main()
