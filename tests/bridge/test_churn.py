"""Rows that come, go and are renamed at every scrape."""

from __future__ import annotations

import gc

import pytest

from otel_sla.bridge import RowMetrics, attribute, gauge
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.registry import Registry
from otel_sla.bridge.rows.row_source import RowSource
from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.negotiation import negotiate

from ..shop.models import Order

SIZE, PART, ROUNDS = 100, 10, 300


class Orders(RowMetrics):
    queryset = Order.objects.all()
    number = attribute("number")
    weight = gauge("shop.weight", "weight", help="Weight.")


@pytest.mark.django_db
def test_nothing_is_kept_of_rows_that_are_gone() -> None:
    Order.objects.bulk_create(Order(number=one, weight=0.5) for one in range(SIZE))
    source = RowSource(Orders)
    sources = Registry()
    sources.register(LastGood(source))
    kept, objects, named = list[int](), list[int](), SIZE
    for number in range(ROUNDS):
        pks = list(Order.objects.order_by("pk").values_list("pk", flat=True))
        Order.objects.filter(pk__in=pks[:PART]).delete()
        for pk in pks[-PART:]:
            named += 1
            Order.objects.filter(pk=pk).update(number=named)
        Order.objects.bulk_create(
            Order(number=named + one, weight=1.5) for one in range(1, PART + 1)
        )
        named += PART
        families = sources.collect(number).families(counters=False)
        shown = write(families, (), negotiate("", "")).decode().split("\n")
        assert [line for line in shown if line.startswith("shop_weight{")] == [
            f'shop_weight{{number="{one.number}"}} {one.weight}'
            for one in Order.objects.order_by("pk")
        ]
        kept.append(len(source._labels._texts))
        if number in (ROUNDS // 2, ROUNDS - 1):
            gc.collect()
            objects.append(len(gc.get_objects()))
    assert named > 50 * SIZE
    # So many as are there, twice, and some to spare.
    assert max(kept) < 2 * SIZE + 1_200
    assert objects[1] < objects[0] + SIZE
