"""Processes that only set Django up: what they import, and what they can do later."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ..support.processes import ROOT

SETTINGS = """
import json, sys
import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["testserver"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "rows"}},
    INSTALLED_APPS=[*sys.argv[1].split(","), "otel_sla"],
    OTEL_SLA={"PUBLIC_METRICS": True},
    ROOT_URLCONF="otel_sla.urls",
    SECRET_KEY="x",
    USE_TZ=True,
)
"""
CONTRIB = ("contenttypes", "auth", "sessions", "messages")
WITHOUT_ADMIN = [f"django.contrib.{one}" for one in CONTRIB]
WITH_ADMIN = [*WITHOUT_ADMIN, "django.contrib.admin"]

HEAVY = {
    "concurrent.futures.process",
    "dateutil",
    "google",
    "grpc",
    "holidays",
    "icalendar",
    "jsonschema",
    "ninja",
    "opentelemetry.configuration",
    "opentelemetry.exporter",
    "opentelemetry.instrumentation",
    "opentelemetry.sdk",
    "packaging",
    "prometheus_client",
    "pydantic",
    "requests",
    "tzdata",
    "yaml",
}


def said(tmp_path: Path, apps: list[str], program: str) -> Any:
    """Run a program in a process of a site with those apps; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", SETTINGS + program, ",".join(apps)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("apps", "most"), [(WITHOUT_ADMIN, 60), (WITH_ADMIN, 100)], ids=["bare", "admin"]
)
def test_setting_django_up_imports_models_and_admin_and_little_else(
    apps: list[str], most: int, tmp_path: Path
) -> None:
    program = "django.setup(); print(json.dumps([*sys.modules]))"
    found = said(tmp_path, apps, program)
    parents = {name.rsplit(".", count)[0] for name in found for count in range(3)}
    assert HEAVY & parents == set()
    ours = [name for name in found if name.startswith("otel_sla")]
    assert len(ours) <= most, ours


def test_what_a_program_counts_after_setting_django_up_is_served(
    tmp_path: Path,
) -> None:
    program = """
from opentelemetry import metrics
settings.OTEL_SLA["SERVICE_WINDOWS"] = False  # There are no tables.
django.setup()
counter = metrics.get_meter("shop").create_counter("orders")
counter.add(3)
from opentelemetry.sdk.metrics import MeterProvider
from django.test import Client
text = Client().get("/metrics").content.decode()
print(json.dumps({
    "is the SDK's": isinstance(metrics.get_meter_provider(), MeterProvider),
    "orders": "orders_total 3" in text,
    "ours": "service_window_collection_errors_total" in text,
}))
"""
    assert all(said(tmp_path, WITHOUT_ADMIN, program).values())


@pytest.mark.parametrize("meter", ["", 'metrics.get_meter("shop")'])
def test_requests_are_measured_once_where_a_server_starts_after_django(
    meter: str, tmp_path: Path
) -> None:
    program = f"""
import re
from opentelemetry import metrics
settings.OTEL_SLA["SERVICE_WINDOWS"] = False  # There are no tables.
django.setup()
{meter}
listed = list(settings.MIDDLEWARE)
from django.test import Client
for _ in range(2):
    # Each has a handler, which loads the middleware.
    Client().get("/nowhere")
text = Client().get("/metrics").content.decode()
counts = re.findall("(?m)^http_server_request_duration_seconds_count.* (.+)$", text)
print(json.dumps([counts, listed == list(settings.MIDDLEWARE)]))
"""
    assert said(tmp_path, WITHOUT_ADMIN, program) == [["2.0"], True]


def test_an_impossible_setting_ends_a_program_at_once(tmp_path: Path) -> None:
    program = """
settings.OTEL_SLA = {"SOURCES": "shop"}
from django.core.exceptions import ImproperlyConfigured
try:
    django.setup()
except ImproperlyConfigured as error:
    print(json.dumps(str(error)))
"""
    assert "SOURCES" in said(tmp_path, WITHOUT_ADMIN, program)


def test_what_is_counted_stays_where_a_test_makes_all_apps_ready_anew(
    tmp_path: Path,
) -> None:
    program = """
import re
from opentelemetry import metrics
settings.OTEL_SLA["SERVICE_WINDOWS"] = False  # There are no tables.
django.setup()
from django.test import Client, override_settings
def counts():
    Client().get("/nowhere")
    text = Client().get("/metrics").content.decode()
    count = "^(?:orders_total|http_server_request_duration_seconds_count.*) (.+)$"
    return re.findall(count, text, re.MULTILINE), settings.MIDDLEWARE
later = [*settings.INSTALLED_APPS, "django.contrib.humanize"]
before = settings.MIDDLEWARE
with override_settings(INSTALLED_APPS=later):
    found = [counts()]
metrics.get_meter("shop").create_counter("orders").add(7)
with override_settings(INSTALLED_APPS=later):
    found.append(counts())
found.append(counts())
print(json.dumps([[sorted(one), listed == before] for one, listed in found]))
"""
    assert said(tmp_path, WITHOUT_ADMIN, program) == [
        [["1.0"], True],
        [["2.0", "7.0"], True],
        [["3.0", "7.0"], True],
    ]


def test_threads_whose_first_requests_are_at_once_instrument_django_once(
    tmp_path: Path,
) -> None:
    program = """
from threading import Barrier, BrokenBarrierError, Thread
settings.OTEL_SLA["SERVICE_WINDOWS"] = False  # There are no tables.
django.setup()
from django.test import Client
from opentelemetry.instrumentation.django import DjangoInstrumentor
listed, seen = [*settings.MIDDLEWARE], []
both, own = Barrier(2), DjangoInstrumentor.instrument
def instrument(self, **options):
    try:
        # The other one comes here only if it is not kept from it.
        both.wait(1)
    except BrokenBarrierError:
        pass
    own(self, **options)
    seen.append([*settings.MIDDLEWARE] == listed)
DjangoInstrumentor.instrument = instrument
threads = [Thread(target=lambda: Client().get("/nowhere")) for _ in range(2)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print(json.dumps([seen, settings.MIDDLEWARE == listed]))
"""
    assert said(tmp_path, WITHOUT_ADMIN, program) == [[True], True]


def test_a_child_forked_while_a_thread_sets_telemetry_up_can_measure(
    tmp_path: Path,
) -> None:
    program = """
import faulthandler, os
from threading import Event, Thread
from opentelemetry import metrics
settings.OTEL_SLA["SERVICE_WINDOWS"] = False  # There are no tables.
django.setup()
midway = Event()
def hook(event, arguments):
    if event == "import" and arguments[0] == "opentelemetry.sdk.metrics":
        midway.set()
sys.addaudithook(hook)
thread = Thread(target=metrics.get_meter, args=["shop"])
thread.start()
midway.wait()
if child := os.fork():
    thread.join()
    print(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
else:
    faulthandler.dump_traceback_later(10, exit=True)
    metrics.get_meter("shop").create_counter("orders").add(1)
    os._exit(0)
"""
    assert said(tmp_path, WITHOUT_ADMIN, program) == 0
