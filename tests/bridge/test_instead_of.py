"""docs/instead-of.md: other ways have the same samples, and names are as it says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import prometheus_client
import pytest
import yaml
from django.db import connection
from django.db.models import Count
from prometheus_client.parser import text_string_to_metric_families

from otel_sla import bridge
from otel_sla.bridge import RowMetrics, discovery
from otel_sla.bridge.registry import Registry
from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.negotiation import negotiate

from ..shop.models import Order, Warehouse
from ..support.processes import ROOT
from ..support.promtool import check_rules
from .test_rows_recipes import blocks

PAGE = (ROOT / "docs/instead-of.md").read_text()
README = (ROOT / "README.md").read_text().partition("## Rows of your own models")[2]
ROWS, COLLECTOR, *_ = blocks(PAGE, "python")
NAMES = re.findall(
    r'^\| `(gauge|counter)\("(\w[^"]*)", \.\.\.(?:, unit="(.*?)")?\)` \| `(.*?)` \|$',
    PAGE,
    re.MULTILINE,
)


def run(code: str) -> ModuleType:
    """The module of an app that has these lines."""
    module = ModuleType("tests.shop.row_metrics")
    module.__package__ = "tests.shop"
    exec(compile(code, "row_metrics.py", "exec"), module.__dict__)  # noqa: S102
    return module


def scraped(*declarations: discovery.Declaration) -> str:
    sources = Registry()
    for one in declarations:
        discovery.register(one, sources)
    families = sources.collect(1_800_000_000).families(counters=False)
    return write(families, (), negotiate("", "")).decode()


def samples(text: str) -> list[tuple[str, dict[str, str], float]]:
    return [
        (one.name, one.labels, one.value)
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name.startswith("orders")
    ]


@pytest.fixture
def orders(db: None) -> None:
    for code, number in (("Berlin", 1), ("Rome", 2)):
        warehouse = Warehouse.objects.create(code=code)
        for _ in range(number):
            placed = datetime(2026, 1, 1, tzinfo=UTC)
            Order.objects.create(warehouse=warehouse, placed=placed)
        Order.objects.create(warehouse=warehouse, placed=placed, status="sent")


@pytest.mark.usefixtures("orders")
def test_readme_collector_and_query_have_the_same_samples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = prometheus_client.CollectorRegistry(auto_describe=True)
    monkeypatch.setattr(prometheus_client, "REGISTRY", registry)
    text = scraped(*discovery.declarations(run(ROWS)))
    shown = blocks(PAGE, "")[0]
    lines = [one for one in text.splitlines() if one.startswith("orders")]
    assert lines == shown.splitlines()
    (of_readme,) = discovery.declarations(run(blocks(README, "python")[0]))
    assert samples(scraped(of_readme)) == samples(text)
    run(COLLECTOR)
    collected = prometheus_client.generate_latest(registry).decode()
    assert sorted(samples(collected), key=str) == sorted(samples(text), key=str)
    exporter = yaml.safe_load(blocks(PAGE, "yaml")[0])
    query, _ = (one["query"] for one in exporter["jobs"][0]["queries"])
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert sorted(cursor.fetchall()) == [("Berlin", 1), ("Rome", 2)]


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "name", "unit", "shown"), NAMES)
def test_an_instrument_has_the_name_that_the_page_says(
    kind: str, name: str, unit: str, shown: str
) -> None:
    declare: Any = getattr(bridge, kind)
    members = {
        "__module__": __name__,
        "queryset": Order.objects.all(),
        "one": declare(name, Count("pk"), unit=unit, help="One."),
    }
    text = scraped(type("One", (RowMetrics,), members))
    assert f"\n{shown} 0\n" in text


def test_the_queries_of_the_page_are_right(tmp_path: Path) -> None:
    queries = re.findall(r"^ +```promql\n(.*?)^ +```", PAGE, re.MULTILINE | re.DOTALL)
    rules = [{"record": f"page:{n}", "expr": one} for n, one in enumerate(queries)]
    assert len(rules) == 2
    check_rules(yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}), tmp_path)


def test_the_table_of_names_is_read_in_full() -> None:
    assert len(NAMES) == 10
