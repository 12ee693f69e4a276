"""What a source whose database hangs, or is away, costs the others of a scrape."""

from __future__ import annotations

import time
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection, connections
from django.db.models import Count, IntegerField
from django.db.models.expressions import RawSQL
from django.db.utils import ConnectionHandler

from otel_sla.bridge import gauge
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.registry import Registry
from otel_sla.bridge.rows.row_source import RowSource
from otel_sla.database.deadline import Deadline

from ..shop.models import Order
from .test_registry import Ones
from .test_row_metrics import NOW, declared, lines, registered

A_MINUTE = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT"
    " 1000000000) SELECT count(*) FROM n)",
    "postgresql": "(SELECT count(*) FROM pg_sleep(60))",
    "mysql": "SLEEP(60)",
}[connection.vendor]
HANGS = RawSQL(A_MINUTE, [], output_field=IntegerField())  # noqa: S611


@pytest.mark.django_db(transaction=True)
def test_a_source_that_hangs_delays_the_others_by_its_budget_at_most() -> None:
    Order.objects.create(number=1)
    hanging = declared(
        "Hanging", one=gauge("shop.a", HANGS, help="A."), max_rows=1, budget=0.5
    )
    sources = registered(hanging, declared(n=gauge("shop.b", Count("pk"), help="B.")))
    sources.register(LastGood(Ones("required", required=True)))
    began = time.monotonic()
    collection = sources.collect(NOW, Deadline(30))
    assert time.monotonic() - began < 15, "much less than the query takes"
    assert lines(collection) == ["shop_b 1"]
    # Before the one that hangs, though it was registered last.
    assert collection.parts[0].source.name == "required"
    assert lines(collection, "otel_sla_source_up") == [
        f'otel_sla_source_up{{source="{hanging.source_name()}"}} 0',
        f'otel_sla_source_up{{source="{declared().source_name()}"}} 1',
    ]


@pytest.mark.django_db
def test_a_database_that_is_away_is_tried_once_in_a_scrape() -> None:
    sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": "away"}
    handler = ConnectionHandler({"default": {}, "away": sqlite})
    handler["default"] = connections["default"]
    tried = []

    def connecting(one: Any, deadline: Deadline) -> None:
        if one is handler["away"]:
            tried.append(1)
            raise OperationalError("connection refused")

    sources = Registry()
    for name in "abc":
        n = gauge(f"shop.{name}", Count("pk"), help="")
        using = None if name == "b" else "away"
        sources.register(LastGood(RowSource(declared(name, n=n, using=using))))
    with (
        patch("otel_sla.bridge.query_source.connections", handler),
        patch("otel_sla.database.consistent_read.connections", handler),
        patch("otel_sla.database.consistent_read.connect", connecting),
    ):
        for scrapes in (1, 2):
            collection = sources.collect(NOW)
            assert lines(collection) == ["shop_b 0"]
            assert len(tried) == scrapes
            assert len(collection.left_out) == 2
