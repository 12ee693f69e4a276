"""A source that has nothing to do with service windows: every way out has its rows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import json, sys
from collections import namedtuple
from django.conf import settings

settings.configure(
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}
    },
    INSTALLED_APPS=[],
    USE_TZ=True,
)
import django
django.setup()

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from otel_sla.bridge.families import Column
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.no_rows import NoRows
from otel_sla.bridge.registry import Registry
from otel_sla.bridge.query_source import QuerySource
from otel_sla.labels import series
from otel_sla.telemetry import callbacks, exposition, sdk_reader
from otel_sla.telemetry.otlp import encoder
from otel_sla.telemetry.scrape import Scrapes

Snapshot = namedtuple("Snapshot", "moment read_at rows dropped", defaults=[{}])
Snapshot.__len__ = lambda self: len(self.rows)


class Size:
    since = None

    def __init__(self, name, unit, description, kind, column):
        self.name, self.unit, self.description = name, unit, description
        self.kind, self._column = kind, column

    def blocks(self, snapshot):
        labels = [series({"host": row[0]}) for row in snapshot.rows]
        yield Column(labels, [row[self._column] for row in snapshot.rows])

    def points(self, snapshot):
        for row in snapshot.rows:
            yield row[self._column], {"host": row[0]}


class Disks(QuerySource):
    name = "disks"
    rows_name = "disks"
    instruments = (
        Size("disk.size", "By", "Size of the disk.", "gauge", 1),
        Size("disk.queue", "", "Requests waiting.", "up_down_counter", 2),
    )

    def database(self):
        return "default"

    def statements(self, alias, vendor):
        return [("SELECT host, size, queue FROM disk ORDER BY host", ())]

    def keep(self, rows, before):
        return rows[0]

    def snapshot(self, kept, moment, read_at, elapsed):
        return Snapshot(moment, read_at, kept)


sources = Registry()
sources.register(LastGood(Disks()))
stock = InMemoryMetricReader()
reader = sdk_reader.DirectReader(Resource({}), scope_info_enabled=False)
provider = MeterProvider([stock, reader], resource=Resource({}))
callbacks.register(provider.get_meter("made-up"), sources)
direct = Scrapes(reader, direct=True, sources=sources)
through_sdk = Scrapes(reader, direct=False, sources=sources)
openmetrics = "application/openmetrics-text; version=1.0.0"
answers = {
    "text": direct.answer("", "", "").body.decode(),
    "text through the SDK": through_sdk.answer("", "", "").body.decode(),
    "openmetrics": direct.answer(openmetrics, "", "").body.decode(),
}
origin = encoder.Origin(Resource({}), InstrumentationScope("made-up"), 1, 2)
everything = sources.collect(1_700_000_000).row_groups(counters=False)
answers["otlp"] = [
    (metric.name, metric.WhichOneof("data"), metric.sum.is_monotonic,
     point.attributes[0].value.string_value, point.as_int)
    for request in encoder.encode(everything, origin, 3)
    for metric in request.message.resource_metrics[0].scope_metrics[0].metrics
    if metric.name.startswith("disk.")
    for point in getattr(metric, metric.WhichOneof("data")).data_points
]
collected = stock.get_metrics_data()
answers["callbacks"] = [
    (metric.name, point.attributes["host"], point.value)
    for metric in collected.resource_metrics[0].scope_metrics[0].metrics
    if metric.name.startswith("disk.")
    for point in metric.data.data_points
]
django.db.connection.cursor().execute("DROP TABLE disk")
answers["last good"] = direct.answer("", "", "").body.decode()
fresh = Registry()
fresh.register(LastGood(Disks()))
answers["never read"] = len(fresh.collect(1_700_000_000).parts)
Disks.required = True
try:
    fresh.collect(1_700_000_000)
except NoRows as error:
    answers["required"] = str(error)
answers["knows"] = sorted(
    one for one in sys.modules
    if one.startswith(("otel_sla.metrics", "otel_sla.models", "otel_sla.schedule"))
)
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    import sqlite3

    file = tmp_path_factory.mktemp("disks") / "site.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE disk (host TEXT, size INTEGER, queue INTEGER)")
        database.executemany(
            "INSERT INTO disk VALUES (?, ?, ?)", [("a", 1024, 3), ("b", 2048, 0)]
        )
    database.close()
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, str(file)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"OTEL_SEMCONV_STABILITY_OPT_IN": "http"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


SAMPLES = [
    'disk_size_bytes{host="a"} 1024',
    'disk_size_bytes{host="b"} 2048',
    'disk_queue{host="a"} 3',
    'disk_queue{host="b"} 0',
]


def test_the_text_has_every_row_and_the_type_that_prometheus_knows(
    answers: dict[str, Any],
) -> None:
    lines = answers["text"].splitlines()
    assert [one for one in lines if one.startswith("disk_")] == SAMPLES
    assert "# TYPE disk_size_bytes gauge" in lines
    assert "# TYPE disk_queue gauge" in lines
    assert "# HELP disk_queue Requests waiting." in lines


def test_openmetrics_has_the_same_rows_and_the_unit(answers: dict[str, Any]) -> None:
    lines = answers["openmetrics"].splitlines()
    assert [one for one in lines if one.startswith("disk_")] == SAMPLES
    assert "# UNIT disk_size_bytes bytes" in lines
    assert lines[-1] == "# EOF"


def test_the_sdk_says_the_same(answers: dict[str, Any]) -> None:
    def meaning(text: str) -> set[str]:
        lines = text.replace(".0\n", "\n").splitlines()
        return {one for one in lines if "disk_" in one}

    assert meaning(answers["text through the SDK"]) == meaning(answers["text"])


def test_otlp_and_callbacks_have_every_row(answers: dict[str, Any]) -> None:
    assert sorted(answers["otlp"]) == [
        ["disk.queue", "sum", False, "a", 3],
        ["disk.queue", "sum", False, "b", 0],
        ["disk.size", "gauge", False, "a", 1024],
        ["disk.size", "gauge", False, "b", 2048],
    ]
    assert sorted(answers["callbacks"]) == [
        ["disk.queue", "a", 3],
        ["disk.queue", "b", 0],
        ["disk.size", "a", 1024],
        ["disk.size", "b", 2048],
    ]


def test_the_last_rows_are_served_while_the_table_is_gone(
    answers: dict[str, Any],
) -> None:
    samples = [one for one in answers["last good"].splitlines() if one[:5] == "disk_"]
    assert samples == SAMPLES


def test_a_source_never_read_is_left_out_unless_it_is_required(
    answers: dict[str, Any],
) -> None:
    assert answers["never read"] == 0
    assert answers["required"].startswith(
        "the disks can't be read, and never have been by this process: no such table"
    )


def test_nothing_of_it_knows_service_windows(answers: dict[str, Any]) -> None:
    assert answers["knows"] == []


@pytest.mark.parametrize("package", ["bridge", "telemetry"])
def test_what_serves_every_source_names_none(package: str) -> None:
    files = (Path(__file__).parents[2] / "otel_sla" / package).rglob("*.py")
    words = re.compile("component|schedule(?!r)", re.IGNORECASE)
    named = {file.name: words.findall(file.read_text("utf-8")) for file in files}
    assert len(named) > 5
    assert {name: found for name, found in named.items() if found} == {}
