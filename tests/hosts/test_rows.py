"""A site with the models and metrics of docs/rows.md, in three workers."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ..support.hosts import Host, Seen, built
from ..support.processes import GUNICORN, ROOT, until
from ..support.prometheus import scraping
from ..support.receivers import Receiver

PAGE = (ROOT / "docs/rows.md").read_text("utf-8")
MODELS, ROW_METRICS, NAMED, FUNCTION, SHARED = re.findall(
    r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE
)
READINGS = """

class Kind(models.Model):
    metric = models.CharField(max_length=50)
    unit = models.CharField(max_length=9)


class Reading(models.Model):
    kind = models.ForeignKey(Kind, models.CASCADE)
    sensor = models.CharField(max_length=9)
    value = models.FloatField()
"""
FILL = """
from datetime import UTC, datetime
from django.core.management.base import BaseCommand
from stock.models import Disk, Kind, Order, Reading, Warehouse


class Command(BaseCommand):
    def handle(self, *args, **options):
        Disk.objects.create(host="a", size=100, reads=5, tags={"rack": "1"})
        Disk.objects.create(host="b", size=200, reads=7, tags={"room name": "x"})
        for code in ("Berlin", "Rome"):
            warehouse = Warehouse.objects.create(code=code)
            placed = datetime(2026, 1, 1, tzinfo=UTC)
            Order.objects.create(warehouse=warehouse, placed=placed)
        for metric, unit, values in (
            ("room.temperature", "Cel", {"a": 20.5, "b": 19}),
            ("room.noise", "decibels", {"a": 40}),
        ):
            kind = Kind.objects.create(metric=metric, unit=unit)
            for sensor, value in values.items():
                Reading.objects.create(kind=kind, sensor=sensor, value=value)
"""
# A reading serves for longer than the test lasts.
KEPT = """

class Kept(RowMetrics):
    queryset = Disk.objects.all()
    host = attribute("host")
    reads = counter("kept.reads", "reads", help="Reads so far.")
    refresh = 60
"""
SCRAPING = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: site
    metrics_path: /windows/metrics
    authorization: {{credentials: {token}}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
HOST = Host(
    "rows of its own",
    settings="""
        INSTALLED_APPS += ["stock", "missing"]
        import os

        os.environ.setdefault("OTEL_METRICS_EXPORTER", "prometheus,otlp")
        os.environ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000"
    """,
    files={
        "stock/__init__.py": "",
        "stock/models.py": MODELS + READINGS,
        "stock/row_metrics.py": ROW_METRICS + NAMED + FUNCTION + SHARED + KEPT,
        "stock/management/commands/fill.py": FILL,
        "missing/__init__.py": "",
        "missing/row_metrics.py": "import no_such_module",
    },
    commands=("makemigrations stock", "migrate", "fill"),
)
SAMPLES = set(re.findall(r"^(?:disk|orders).*} .*$", PAGE, re.MULTILINE))


@pytest.fixture(scope="module")
def seen(
    tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> Iterator[Seen]:
    endpoint = f"http://127.0.0.1:{receiver.http_port}"
    after = f"""
        ALLOWED_HOSTS += ["127.0.0.1"]
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = {endpoint!r}
    """
    host = replace(HOST, settings_after=after)
    command = (*GUNICORN, "--workers", "3")
    with built(host, tmp_path_factory.mktemp("rows"), command) as seen:
        yield seen


@contextmanager
def locked(seen: Seen) -> Iterator[None]:
    """Nobody else can read the site's database."""
    with sqlite3.connect(seen.database, isolation_level=None) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield
        database.execute("ROLLBACK")


def samples(seen: Seen) -> set[str]:
    text = seen.scrape().text
    found = re.findall(r"^(?:disk|orders).*$", text, re.MULTILINE)
    assert len(found) == len(set(found))
    return set(found)


def test_every_worker_shows_all_rows_once_and_at_the_next_scrape_what_has_changed(
    seen: Seen,
) -> None:
    for _ in range(6):
        assert samples(seen) == SAMPLES
    text = seen.scrape().text
    assert "worker=" not in text
    assert re.findall(r"^mails_waiting.*$", text, re.MULTILINE) == ["mails_waiting 0.0"]
    with sqlite3.connect(seen.database) as database:
        database.execute("UPDATE stock_disk SET size = 300 WHERE host = 'a'")
        database.execute("DELETE FROM stock_order WHERE id = 1")
    expected = {
        line.replace('rack="1"} 100', 'rack="1"} 300').replace('"open"} 2', '"open"} 1')
        for line in SAMPLES
        if "Berlin" not in line
    }
    for _ in range(3):
        assert samples(seen) == expected


def test_a_new_name_is_in_the_next_scrape_of_every_worker(seen: Seen) -> None:
    pattern = re.compile(r"^room_.*$", re.MULTILINE)
    shown = pattern.findall(PAGE)
    assert pattern.findall(seen.scrape().text) == shown
    with sqlite3.connect(seen.database) as database:
        database.execute("UPDATE stock_kind SET metric = 'room.noise.level' WHERE id=2")
    shown[0] = shown[0].replace("noise", "noise_level")
    for _ in range(6):
        assert pattern.findall(seen.scrape().text) == shown


def test_a_function_has_its_samples_in_a_scrape_of_every_worker(seen: Seen) -> None:
    for _ in range(6):
        text = seen.scrape().text
        assert len(re.findall(r'^volume_free_bytes{path="/"} \d+$', text, re.M)) == 1
        assert 'otel_sla_source_up{source="stock.volumes"} 1' in text


def test_rows_are_pushed_once_an_interval_however_many_workers_there_are(
    seen: Seen, receiver: Receiver
) -> None:
    for _ in range(10):
        seen.scrape()
    receiver.sink.clear()
    points = receiver.sink.expect(3 * 2, "disk.size")
    pushed = {(dict(one.attributes)["host"], one.value) for one in points}
    text = seen.scrape().text
    shown = re.findall(r'^disk_size_bytes{host="(.)".*} (\d+)$', text, re.MULTILINE)
    assert pushed == {(host, int(size)) for host, size in shown}
    assert len(pushed) == 2
    moments = sorted({one.time for one in points})
    assert len(points) == 2 * len(moments)
    # A push may be late, and the next one is not.
    assert moments[-1] - moments[0] > 5e8 * (len(moments) - 1)


def test_a_module_that_can_t_be_imported_costs_its_own_sources(seen: Seen) -> None:
    (said,) = seen.messages
    assert said == (
        "?: (otel_sla.W020) missing.row_metrics: can't be imported: "
        "ModuleNotFoundError: No module named 'no_such_module' (line 1)"
    )


def test_the_last_rows_are_served_while_the_database_is_locked(seen: Seen) -> None:
    began = int(time.time())
    before = samples(seen)
    with locked(seen):
        at = time.time()
        text = seen.scrape(X_Prometheus_Scrape_Timeout_Seconds="2").text
    gauges = {line for line in before if not line.startswith("disk_reads")}
    assert gauges <= set(text.splitlines())
    of_disks = '{source="stock.Disks"}'
    assert f"otel_sla_source_up{of_disks} 0" in text
    (read_at,) = re.findall(
        rf"^otel_sla_source_timestamp_seconds{of_disks} (.+)$", text, re.MULTILINE
    )
    assert began - 60 <= float(read_at) <= at


def test_no_counter_is_reset_whichever_worker_answers(
    seen: Seen, tmp_path: Path
) -> None:
    config = SCRAPING.format(token=seen.token, port=seen.server.port)
    with scraping(tmp_path, config) as prometheus:

        def scraped(query: str, times: int) -> bool:
            """Whether so many scrapes have found it; others come in between."""
            seen.scrape(X_Prometheus_Scrape_Timeout_Seconds="1")
            found = prometheus.value(f"count_over_time(({query})[10m:1s])")
            return (found or 0) >= times

        def counted(times: int) -> bool:
            with sqlite3.connect(seen.database) as database:
                database.execute("UPDATE stock_disk SET reads = reads + 1")
            return scraped("kept_reads_total{host='a'}", times)

        until(lambda: counted(5), "five scrapes")
        with locked(seen):
            until(
                lambda: scraped("otel_sla_source_up{source='stock.Disks'} == 0", 3),
                "three scrapes of a locked database",
            )
        until(lambda: counted(12), "five more scrapes")
        for host in "ab":
            kept = f"kept_reads_total{{host='{host}'}}[10m]"
            assert prometheus.value(f"resets({kept})") == 0
            assert (prometheus.value(f"changes({kept})") or 0) > 5
