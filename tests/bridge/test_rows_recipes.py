"""Every recipe of docs/rows-recipes.md has the samples that it shows."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from otel_sla.bridge import discovery
from otel_sla.bridge.declare.functions import SourceFunction
from otel_sla.bridge.faults.rows import faults
from otel_sla.bridge.registry import Registry
from otel_sla.database.single_thread import SingleThread
from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.negotiation import negotiate

from ..recipes import models
from ..support.processes import ROOT
from ..support.promtool import Run, check_rules

NOW = 1_800_000_000
PAGE = (ROOT / "docs/rows-recipes.md").read_text()
RECIPES = dict(
    re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
)
FILLS: dict[str, Callable[[], object]] = {}
PACKAGES = ("django_celery_beat", "django_celery_results", "waffle")
"""Packages with models of the same shape in ..recipes."""


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language, "" for those without one."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for kind, block in found if kind == language]


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, 1, hour, minute, tzinfo=UTC)


def fill(*recipes: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register what makes the rows of recipes."""

    def register(rows: Callable[[], object]) -> Callable[[], object]:
        FILLS.update(dict.fromkeys(recipes, rows))
        return rows

    return register


@fill("Rows per status, with zeros", "The oldest job of a queue")
def _() -> None:
    mail, reports = (models.Queue.objects.create(name=n) for n in ("mail", "reports"))
    for queue, created in ((mail, at(0)), (mail, at(1)), (reports, at(0, 30))):
        models.Job.objects.create(queue=queue, created=created)
    models.Job.objects.create(queue=reports, created=at(0), status="failed")


@fill("Stock per warehouse")
def _() -> None:
    for code, quantities in {"Berlin": [5, 2, 0], "Oslo": [], "Rome": [3]}.items():
        warehouse = models.Warehouse.objects.create(code=code)
        for quantity in quantities:
            models.Stock.objects.create(warehouse=warehouse, quantity=quantity)


@fill("Unapplied migrations")
def _() -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")


@fill("Last success of every Celery-beat task")
def _() -> None:
    for name in ("backup", "report"):
        models.PeriodicTask.objects.create(name=name, last_run_at=at(1))
    models.PeriodicTask.objects.create(name="off", enabled=False, last_run_at=at(1))
    for task, status, hour in (
        ("backup", "SUCCESS", 0),
        ("backup", "SUCCESS", 1),
        ("report", "SUCCESS", 0),
        ("report", "FAILURE", 1),
        (None, "SUCCESS", 1),
    ):
        models.TaskResult.objects.create(
            periodic_task_name=task, status=status, date_done=at(hour)
        )


@fill("Feature flags")
def _() -> None:
    models.Flag.objects.create(name="checkout-v2", percent="12.5")
    models.Flag.objects.create(name="new-cart", everyone=True)
    models.Flag.objects.create(name="old-search", everyone=False)


@fill("Sensors whose names are data")
def _() -> None:
    heat, water = (
        models.Kind.objects.create(metric=metric, unit=unit, help=text)
        for metric, unit, text in (
            ("room.temperature", "Cel", "Temperature."),
            ("room.humidity", "%", "Relative humidity."),
        )
    )
    for kind, value, moment in (
        (heat, 21.5, at(0, 5)),
        (heat, 19.0, at(0)),
        (water, 40.0, at(0, 3)),
    ):
        models.Reading.objects.create(sensor="attic", kind=kind, value=value, at=moment)
    models.Reading.objects.create(sensor="cellar", kind=heat, value=12.0, at=at(0, 5))


@fill("A state as an attribute")
def _() -> None:
    models.Machine.objects.create(name="lathe", state="running", temperature=41.5)
    models.Machine.objects.create(name="press", state="broken", temperature=20)


@fill("A sliding window")
def _() -> None:
    queue = models.Queue.objects.create(name="mail")
    for minutes in (59, 61):
        created = timezone.now() - timedelta(minutes=minutes)
        models.Job.objects.create(queue=queue, created=created)


@fill("Soft-deleted rows")
def _() -> None:
    for kind, deleted in (("letter", None), ("letter", at(0)), ("plan", at(0))):
        models.Document.objects.create(kind=kind, deleted=deleted)


@fill("A read replica", "Tenants")
def _() -> None:
    acme, umbrella = (
        models.Tenant.objects.create(slug=slug) for slug in ("acme", "umbrella")
    )
    for tenant, amount, paid in (
        (acme, "20", False),
        (umbrella, "10.5", False),
        (acme, "10", True),
    ):
        models.Invoice.objects.create(tenant=tenant, amount=amount, paid=paid)


@pytest.fixture(autouse=True)
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages that the recipes import models of."""
    for name in PACKAGES:
        package = ModuleType(name)
        package.models = models  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, package)
        monkeypatch.setitem(sys.modules, f"{name}.models", models)


def declared(recipe: str) -> list[Any]:
    """What the recipe's row_metrics.py declares, in the app of the models."""
    module = ModuleType("tests.recipes.row_metrics")
    module.__package__ = "tests.recipes"
    (code,) = blocks(RECIPES[recipe], "python")
    exec(compile(code, "row_metrics.py", "exec"), module.__dict__)  # noqa: S102
    return list(discovery.declarations(module))


@pytest.mark.django_db
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_has_the_samples_that_it_shows(
    recipe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another thread would not see the rows of this transaction.
    monkeypatch.setattr(SingleThread, "call", lambda self, called, seconds: called())
    FILLS[recipe]()
    sources = Registry()
    for one in declared(recipe):
        if recipe == "A read replica":
            assert (one.using, one.refresh, one.budget) == ("replica", 300, 2.0)
            one.using = None
        if not isinstance(one, SourceFunction):
            assert [*faults(one)] == []
        discovery.register(one, sources)
    families = sources.collect(NOW).families(counters=False)
    text = write(families, (), negotiate("", "")).decode()
    samples = [one for one in text.splitlines() if not one.startswith(("#", "otel_"))]
    (shown,) = blocks(RECIPES[recipe], "")
    assert samples == shown.splitlines()


def test_queries_and_rules_of_the_recipes_are_right(tmp_path: Path) -> None:
    rules = [
        {"record": f"recipe:{number}", "expr": query}
        for number, query in enumerate(blocks(PAGE, "promql"))
    ]
    groups = [{"name": "queries", "rules": rules}]
    for text in blocks(PAGE, "yaml"):
        groups += yaml.safe_load(text)["groups"]
    check_rules(yaml.safe_dump({"groups": groups}), tmp_path)


def test_alerts_of_the_recipes_fire_for_what_they_say(tmp_path: Path) -> None:
    (jobs,) = blocks(RECIPES["The oldest job of a queue"], "yaml")
    (beat,) = blocks(RECIPES["Last success of every Celery-beat task"], "yaml")
    own = yaml.safe_load(jobs)["groups"] + yaml.safe_load(beat)["groups"]
    run = Run(groups=(), own=own)
    hour, minutes = 3_600, 121
    run.add("jobs_oldest_seconds", {"queue": "mail"}, [0] * minutes)
    run.add("jobs_oldest_seconds", {"queue": "idle"}, [7_000] * minutes)
    run.firing("QueueStuck", 15 * 60)
    run.firing("QueueStuck", 16 * 60, {"queue": "mail"})
    for task, success in (("backup", 3_600), ("report", 0), ("new", None)):
        run.add("celery_beat_last_run_seconds", {"task": task}, [3_600] * minutes)
        values = [success] * minutes
        run.add("celery_beat_last_success_seconds", {"task": task}, values)
    run.firing("TaskFails", hour, {"task": "report"})
    run.firing("TaskNeverSucceeds", hour, {"task": "new"})
    run.firing("BeatStopped", 2 * hour)
    run.firing("BeatStopped", 2 * hour + 60, {})
    run.check(tmp_path)
