"""Scrapes by many threads at once, and names that never stop changing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..support.processes import make_site

LONG = 300.0
"""Seconds that are enough on any machine."""

PREPARE = """
import collections, gzip, json, os, random, re, sys, threading
from datetime import time
from django.db import connection
from django.test import RequestFactory
from opentelemetry import metrics
from otel_sla.web import metrics as views
from otel_sla.models import *

FAMILIES = ("last_start_seconds", "last_end_seconds", "next_start_seconds",
            "next_end_seconds", "in_window", "info")
schedule = Schedule.objects.create(name="office")
Rule.objects.create(schedule=schedule, start=time(9), end=time(17))
agreement = Agreement.objects.create(name="gold", schedule=schedule, target=99)
Component.objects.bulk_create(
    Component(name=f"c{n}", agreement=agreement, labels={"team": f"t{n}"})
    for n in range(100)
)
metrics.get_meter("host").create_counter("host.requests").add(1)
requests = RequestFactory()

def scrape(**headers):
    answer = views.metrics(requests.get("/metrics", headers=headers))
    assert answer.status_code == 200, answer.content
    body = answer.content
    if answer.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return body.decode()
"""
THREADS = """
FORMS = [{}, {"accept-encoding": "gzip"},
         {"accept": "application/openmetrics-text;version=1.0.0"}]
WHOLE = collections.Counter(
    [f"service_window_{family}" for family in FAMILIES for _ in range(100)]
    + ["host_requests_total"]
)
wrong = []

def scrapes():
    for round in range(SCRAPES):
        text = scrape(**random.choice(FORMS))
        found = re.findall(r"^(\\w+?)(?:{component=.*})? ", text, re.MULTILINE)
        found = collections.Counter(found)
        if any(found[name] != count for name, count in WHOLE.items()):
            wrong.append(dict(found))
    connection.close()

sys.setswitchinterval(1e-5)
threads = [threading.Thread(target=scrapes) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(wrong[:3]))
"""
RENAMED = """
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def renamed(number):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE otel_sla_component SET name = 'c' || id || '-' || %s, labels = "
            "'{\\"team\\": \\"t' || id || '-' || %s || '\\"}'", [number, number])

"""
RENAMES = """
lost = []
for number in range(ROUNDS):
    renamed(number)
    text = scrape()
    names = set(re.findall(r'^service_window_info{component="(c[^"]+)"', text, re.M))
    if names != {f"c{pk}-{number}" for pk in range(1, 101)}:
        lost.append(number)
    if number == ROUNDS // 10:
        before = resident()
print(json.dumps({"lost": lost[:3], "grown": resident() - before}))
"""
PUSHES = """
import time
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from otel_sla.bridge.registry import registry
from otel_sla.database.deadline import Deadline
from otel_sla.telemetry import callbacks, config, sdk_reader
from otel_sla.telemetry.setup import active
from otel_sla.telemetry.otlp import encoder
from otel_sla.conf import conf

chosen = config.load(conf.CONFIG_FILE, ["otlp"]).push
reader = sdk_reader.CollectingReader(chosen)
active().provider.add_metric_reader(reader)
counter = metrics.get_meter("host").create_counter("host.pushes")
origin = encoder.Origin(Resource({}), InstrumentationScope("otel_sla"), 1, 2)
lost = []
for number in range(ROUNDS):
    renamed(number)
    everything = callbacks.collect_now(registry, Deadline()).row_groups(counters=True)
    requests = list(encoder.encode(everything, origin, 10_000))
    counter.add(1)
    (own,) = encoder.encode_collected(reader.collected(), {}, 10_000)
    if b"c100-%d" % number not in requests[0].message.SerializeToString():
        lost.append(number)
    if own.points < 1:
        lost.append(number)
    if number == ROUNDS // 10:
        before = resident()
print(json.dumps({"lost": lost[:3], "grown": resident() - before}))
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    """Runs a script in a site with 100 components; returns what it prints last."""
    site = make_site(tmp_path)
    site.manage("migrate", "--verbosity", "0")

    def run(script: str, **names: int) -> Any:
        given = "".join(f"{name} = {value}\n" for name, value in names.items())
        code = given + PREPARE + script
        said = site.manage("shell", "-c", code, seconds=LONG)
        return json.loads(said.splitlines()[-1])

    return run


def test_eight_threads_get_every_body_whole_and_none_twice(
    run: Callable[..., Any],
) -> None:
    assert run(THREADS, SCRAPES=100) == []


@pytest.mark.parametrize(
    # If a hundred names left 5 kB in a round, a thousand rounds would show it.
    "rounds",
    [1_000, pytest.param(10_000, marks=pytest.mark.long)],
)
def test_names_that_change_at_every_scrape_lose_nothing_and_leave_nothing(
    rounds: int, run: Callable[..., Any]
) -> None:
    result = run(RENAMED + RENAMES, ROUNDS=rounds)
    assert result["lost"] == []
    assert result["grown"] < 4 * 2**20


def test_names_that_change_at_every_push_lose_nothing_and_leave_nothing(
    run: Callable[..., Any],
) -> None:
    result = run(RENAMED + PUSHES, ROUNDS=1_000)
    assert result["lost"] == []
    assert result["grown"] < 4 * 2**20
