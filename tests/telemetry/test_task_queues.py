"""Workers of task queues, where nothing of ours starts, whatever their tasks do."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test.client import AsyncClientHandler, ClientHandler

from otel_sla.telemetry import process_role

from ..support.databases import sqlite_url
from ..support.parts import missing
from ..support.processes import DEADLINE, Site, make_site
from .test_processes import OURS, Probed

TASKS = """
from datetime import UTC, datetime

def everything():
    from django.core.signals import request_started
    from django.test import Client
    from otel_sla.models import Component, Lease
    from otel_sla.telemetry import setup

    shop = Component.objects.get(name="web-shop")
    hours = [datetime(2026, 3, 30, at, tzinfo=UTC) for at in (7, 8)]
    paths = ["/healthz", "/nowhere"]
    # Some have Django close its old connections so.
    request_started.send(sender=None)
    return {
        "open": [shop.in_window(hour) for hour in hours],
        "answers": [Client().get(path).status_code for path in paths],
        "leases": Lease.objects.count(),
        "measures": setup.active().provider is not None,
    }
"""
SHOP = """
import json, os, signal
from pathlib import Path
from celery import Celery
from tasks import everything

here = Path(__file__).parent
app = Celery("shop", broker="filesystem://")
app.conf.broker_transport_options = {
    "data_folder_in": str(here / "queue"),
    "data_folder_out": str(here / "queue"),
    "control_folder": str(here / "control"),
}
app.conf.beat_schedule = {"work": {"task": "shop.work", "schedule": 0.3}}

@app.task
def work():
    # Once, however often beat asks.
    with (here / "said.json").open("x") as said:
        try:
            json.dump(everything(), said)
        finally:
            os.kill(os.getppid(), signal.SIGTERM)
"""
CELERY = (
    *(sys.executable, "-m", "celery", "-A", "shop", "worker", "--pool", "prefork"),
    *("--concurrency", "2", "--without-gossip", "--without-mingle", "--beat"),
)


@pytest.fixture
def probed(tmp_path: Path) -> Probed:
    """A site that serves and pushes, whose workers would meet."""
    site = make_site(tmp_path, DATABASE_URL=sqlite_url(tmp_path)).load_sample()
    for name in ("meeting", "queue"):
        (tmp_path / name).mkdir()
    meet = {"FAN_IN": True, "RUNTIME_DIR": str(tmp_path / "meeting")}
    hosts = 'ALLOWED_HOSTS = ["testserver"]'
    site = site.having_settings("meeting", f"OTEL_SLA.update({meet!r})\n{hosts}")
    site.write("tasks.py", TASKS)
    site.write("shop.py", SHOP)
    return Probed(site.having(OTEL_METRICS_EXPORTER="prometheus,otlp"), tmp_path)


def expect_nothing_of_ours(probed: Probed, said: Any, *, measures: bool) -> None:
    assert said == {
        "open": [False, True],
        "answers": [200, 404],
        "leases": 0,
        "measures": measures,
    }
    assert [one for one in probed.threads() if OURS.match(one)] == []
    assert list((probed.site.directory / "meeting").iterdir()) == []


def test_nothing_starts_in_celery(probed: Probed) -> None:
    if find_spec("celery") is None:
        missing("celery")
    site: Site = probed.site.in_new_processes()
    schedule = str(site.directory / "beat")
    done = site.run(*CELERY, "--schedule", schedule, seconds=3 * DEADLINE)
    assert done.returncode == 0, done.stdout + done.stderr
    # The worker, beat, and two children.
    said = json.loads((site.directory / "said.json").read_text("utf-8"))
    expect_nothing_of_ours(probed, said, measures=False)
    assert probed.seen("socket") == []


def test_nothing_starts_because_a_task_asks_as_a_client_or_sends_the_signal(
    probed: Probed,
) -> None:
    program = "import json, tasks; print(json.dumps(tasks.everything()))"
    said = probed.site.manage("shell", "-v0", "-c", program)
    expect_nothing_of_ours(probed, json.loads(said), measures=True)


@pytest.mark.parametrize(
    ("sender", "serves"),
    [
        (WSGIHandler, True),
        (ASGIHandler, True),
        (ASGIStaticFilesHandler, True),
        (ClientHandler, False),
        (AsyncClientHandler, False),
        (None, False),
        ("a task", False),
    ],
)
def test_a_handler_of_a_server_is_known_by_its_class(sender: Any, serves: bool) -> None:
    assert process_role.is_server(sender) == serves
