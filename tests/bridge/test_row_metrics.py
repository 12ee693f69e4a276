"""Rows of any model as samples: which, with which attributes and values."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Avg, Count, DateTimeField, F, Max, Min, OuterRef, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from otel_sla.bridge import (
    RowMetrics,
    attribute,
    attributes,
    count_by,
    counter,
    gauge,
    newest_reading,
    up_down_counter,
)
from otel_sla.bridge.declare.declarations import Identifying, NamedBy
from otel_sla.bridge.faults.rows import faults
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.registry import Collection, Registry
from otel_sla.bridge.rows.row_source import RowSource
from otel_sla.database.deadline import Deadline
from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.negotiation import negotiate

from ..shop.models import Line, Order, Payment, Warehouse

NOW = 1_800_000_000
PLACED = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def declared(name: str = "Orders", **members: Any) -> type[RowMetrics]:
    """A class as somebody would write it; of one row if it has no attribute."""
    if not any(isinstance(one, Identifying | NamedBy) for one in members.values()):
        members = {"max_rows": 1, **members}
    return type(name, (RowMetrics,), {"queryset": Order.objects.all(), **members})


def registered(*declarations: type[RowMetrics]) -> Registry:
    sources = Registry()
    for one in declarations:
        sources.register(LastGood(RowSource(one)))
    return sources


def lines(collection: Collection, beginning: str = "shop_") -> list[str]:
    """The samples in the text of a scrape."""
    text = write(collection.families(counters=False), (), negotiate("", "")).decode()
    return [line for line in text.splitlines() if line.startswith(beginning)]


def pushed(collection: Collection) -> list[tuple[str, Mapping[str, str], float]]:
    """The data points of a push."""
    return [
        (instrument.name, row.attributes, value)
        for group in collection.row_groups(counters=False)
        for row in group.rows
        for instrument, _, value in group.values
        if instrument.name.startswith("shop.")
    ]


def scraped(*declarations: type[RowMetrics]) -> list[str]:
    return lines(registered(*declarations).collect(NOW))


def dropped(declaration: type[RowMetrics]) -> dict[str, int]:
    (reading,) = registered(declaration).collect(NOW).readings
    return {reason: number for reason, number in reading.dropped.items() if number}


def test_every_row_has_a_sample_of_every_instrument_of_its_kind() -> None:
    berlin = Warehouse.objects.create(code="Berlin")
    Order.objects.create(warehouse=berlin, number=7, weight=1.5)
    Order.objects.create(number=2, weight=0)
    disks = declared(
        warehouse=attribute("warehouse__code"),
        number=gauge("shop.number", "number", unit="{order}", help="Number."),
        weight=up_down_counter("shop.weight", "weight", unit="kg", help="Weight."),
        total=counter("shop.total", "number", help="Total."),
    )
    text = write(
        registered(disks).collect(NOW).families(counters=False), (), negotiate("", "")
    ).decode()
    assert text.splitlines()[:12] == [
        "# HELP shop_number Number.",
        "# TYPE shop_number gauge",
        'shop_number{warehouse="Berlin"} 7',
        "shop_number 2",
        "# HELP shop_weight_kg Weight.",
        "# TYPE shop_weight_kg gauge",
        'shop_weight_kg{warehouse="Berlin"} 1.5',
        "shop_weight_kg 0.0",
        "# HELP shop_total Total.",
        "# TYPE shop_total counter",
        'shop_total{warehouse="Berlin"} 7',
        "shop_total 2",
    ]


NUMBER = gauge("shop.number", "number", help="N.")
REFERENCE = UUID("6f1d2a52-4c0e-4d6b-9d0e-1f0d3c5b7a99")


@pytest.mark.parametrize(
    ("path", "fields", "shown"),
    [
        ("status", {"status": "sent"}, "sent"),
        ("express", {"express": True}, "true"),
        ("express", {"express": False}, "false"),
        ("reference", {"reference": REFERENCE}, str(REFERENCE)),
        ("due", {"due": date(2026, 3, 29)}, "2026-03-29"),
        ("number", {"number": -5}, "-5"),
        ("warehouse__code", {}, None),
        ("kt", {"tags": {"region": "eu"}}, "eu"),
        ("warehouse__code", {"warehouse": ""}, None),
        ("warehouse__code", {"warehouse": 'a"\\b\nc'}, 'a\\"\\\\b\\nc'),
        ("warehouse__code", {"warehouse": "東京"}, "東京"),
    ],
)
def test_an_attribute_is_the_same_text_on_every_database(
    path: str, fields: dict[str, Any], shown: str | None
) -> None:
    if "warehouse" in fields:
        code = fields["warehouse"]
        fields = {"warehouse": Warehouse.objects.create(code=code)}
    Order.objects.create(**fields)
    rows = Order.objects.annotate(kt=KT("tags__region"))
    one = gauge("shop.one", "pk", help="One.")
    plain = declared(queryset=rows, x=attribute(path), one=one)
    count = gauge("shop.n", Count("pk"), help="N.")
    grouped = declared(queryset=rows, x=attribute(path), n=count)
    labels = "" if shown is None else f'{{x="{shown}"}}'
    (sample,), (many,) = scraped(plain), scraped(grouped)
    assert sample.startswith(f"shop_one{labels} ")
    assert many == f"shop_n{labels} 1"


@pytest.mark.parametrize(
    ("value", "fields", "shown"),
    [
        ("number", {"number": 2**53}, "9007199254740992"),
        ("number", {"number": None}, None),
        ("weight", {"weight": -0.25}, "-0.25"),
        ("price", {"price": Decimal("12.34")}, "12.34"),
        ("express", {"express": True}, "1"),
        ("placed", {"placed": PLACED}, str(PLACED.timestamp())),
        ("took", {"took": timedelta(minutes=2, milliseconds=500)}, "120.5"),
        (F("number") * 2, {"number": 4}, "8"),
    ],
)
def test_a_value_becomes_the_number_that_it_means(
    value: Any, fields: dict[str, Any], shown: str | None
) -> None:
    Order.objects.create(**fields)
    found = scraped(declared(x=gauge("shop.x", value, help="X.")))
    assert found == ([] if shown is None else [f"shop_x {shown}"])


def test_attributes_known_at_run_time_are_those_of_each_row() -> None:
    Order.objects.create(number=1, tags={"b": "x", "a.b": True, "n": 3, "gone": None})
    Order.objects.create(number=2, tags={})
    orders = declared(
        tags=attributes("tags"), number=gauge("shop.number", "number", help="N.")
    )
    assert scraped(orders) == [
        'shop_number{a_b="true",b="x",n="3"} 1',
        "shop_number 2",
    ]


def test_rows_are_told_apart_whichever_column_has_an_attribute() -> None:
    """The same labels in another order are the same series to Prometheus."""
    for code, tags in (("x", {"a": "1"}), ("", {"a": "1", "code": "x"})):
        warehouse = Warehouse.objects.create(code=code)
        Order.objects.create(number=1, warehouse=warehouse, tags=tags)
    for tags in ({"a-b": "1", "a.c": "2"}, {"a_b": "1", "a.c": "2"}):
        Order.objects.create(number=2, tags=tags)
    orders = declared(
        code=attribute("warehouse__code"), tags=attributes("tags"), n=NUMBER
    )
    assert scraped(orders) == []
    assert dropped(orders) == {"duplicate": 4}


def test_text_and_push_have_the_same_rows() -> None:
    for number in (1, 2, None):
        Order.objects.create(number=number, tags={"a.b": str(number)}, weight=0.5)
    collection = registered(
        declared(
            tags=attributes("tags"),
            number=gauge("shop.number", "number", help="N."),
            weight=gauge("shop.weight", "weight", help="W."),
        )
    ).collect(NOW)
    assert sorted(
        f'{name.replace(".", "_")}{{a_b="{found["a.b"]}"}} {value}'
        for name, found, value in pushed(collection)
    ) == sorted(lines(collection))


def make_orders() -> None:
    for code, numbers in (("L1", (1, 5)), ("l1", (2,)), ("empty", ())):
        warehouse = Warehouse.objects.create(code=code)
        for number in numbers:
            Order.objects.create(
                warehouse=warehouse,
                number=number,
                placed=PLACED + timedelta(seconds=number),
            )


def test_groups_are_counted_whatever_the_order_of_the_queryset() -> None:
    make_orders()
    orders = declared(
        warehouse=attribute("warehouse__code"),
        n=gauge("shop.n", Count("pk"), help="N."),
        oldest=gauge("shop.oldest", Min("placed"), unit="s", help="Oldest."),
    )
    found = scraped(orders)
    if connection.vendor == "mysql":
        # Its collation compares without case: one group, by one of the names.
        assert len(found) == 2
        assert found[0].lower() == 'shop_n{warehouse="l1"} 3'
        return
    first = PLACED.timestamp()
    assert found == [
        'shop_n{warehouse="L1"} 2',
        'shop_n{warehouse="l1"} 1',
        f'shop_oldest_seconds{{warehouse="L1"}} {first + 1}',
        f'shop_oldest_seconds{{warehouse="l1"}} {first + 2}',
    ]


def test_groups_by_a_column_that_tells_cases_apart_are_told_apart() -> None:
    make_orders()
    Warehouse.objects.update(exact=F("code"))
    orders = declared(
        warehouse=attribute("warehouse__exact"),
        n=gauge("shop.n", Count("pk"), help="N."),
    )
    assert scraped(orders) == [
        'shop_n{warehouse="L1"} 2',
        'shop_n{warehouse="l1"} 1',
    ]


@pytest.mark.parametrize(
    ("by", "shown"),
    [
        (
            ["status"],
            {
                'shop_orders{status="open"} 1',
                'shop_orders{status="paid"} 2',
                'shop_orders{status="sent"} 0',
            },
        ),
        (
            ["express"],
            {'shop_orders{express="false"} 3', 'shop_orders{express="true"} 0'},
        ),
        (
            ["warehouse__code", "express"],
            {
                'shop_orders{warehouse_code="A",express="false"} 1',
                'shop_orders{warehouse_code="A",express="true"} 0',
                'shop_orders{express="false"} 2',
                'shop_orders{express="true"} 0',
            },
        ),
        (["number"], {'shop_orders{number="7"} 3'}),
    ],
    ids=["choices", "boolean", "with a relation", "no choices"],
)
def test_rows_are_counted_by_value_with_zeros_for_known_choices(
    by: list[str], shown: set[str]
) -> None:
    warehouse = Warehouse.objects.create(code="A")
    Order.objects.create(warehouse=warehouse, number=7)
    for _ in range(2):
        Order.objects.create(status="paid", number=7)
    found = scraped(count_by("shop.orders", Order.objects.all(), by=by))
    assert set(found) == shown
    assert len(found) == len(shown)


def test_null_and_empty_text_are_one_group() -> None:
    for code in ("", "Rome"):
        Order.objects.create(number=2, warehouse=Warehouse.objects.create(code=code))
    Order.objects.create(number=3)
    by_code = declared(
        code=attribute("warehouse__code"),
        most=gauge("shop.most", Max("number"), help=""),
        mean=gauge("shop.mean", Avg("number"), help=""),
    )
    assert set(scraped(by_code)) == {
        "shop_most 3",
        'shop_most{code="Rome"} 2',
        "shop_mean 2.5",
        'shop_mean{code="Rome"} 2.0',
    }


def test_without_rows_all_choices_count_zero() -> None:
    counted = count_by("shop.orders", Order.objects.all(), by=["status"])
    assert [line.split()[-1] for line in scraped(counted)] == ["0", "0", "0"]


def test_without_attributes_all_rows_are_one_group() -> None:
    total = declared(n=gauge("shop.n", Count("pk"), help="N."))
    assert scraped(total) == ["shop_n 0"]
    make_orders()
    assert scraped(total) == ["shop_n 3"]


@pytest.mark.parametrize(
    ("queryset", "numbers"),
    [
        (Order.objects.filter(number__gt=1), ["5", "2"]),
        (Order.objects.none(), []),
        (Order.objects.filter(pk__in=[]), []),
        (Order.objects.order_by("-number")[:2], ["5", "2"]),
        (Order.objects.order_by("-number")[1:], ["2", "1"]),
        (lambda: Order.objects.filter(number=2), ["2"]),
        (Order.objects.exclude(warehouse__code="x", number=1), ["1", "2", "5"]),
        (Order.objects.annotate(twice=F("number") * 2).filter(twice=4), ["2"]),
    ],
    ids=[
        "filter",
        "none",
        "in nothing",
        "slice",
        "rest",
        "callable",
        "exclude",
        "annotate",
    ],
)
def test_the_rows_are_those_of_the_queryset(queryset: Any, numbers: list[str]) -> None:
    make_orders()
    orders = declared(
        queryset=staticmethod(queryset) if callable(queryset) else queryset,
        id=attribute("pk"),
        number=gauge("shop.number", "number", help="N."),
    )
    assert sorted(line.split()[-1] for line in scraped(orders)) == sorted(numbers)


def test_a_callable_is_called_at_every_reading() -> None:
    calls: list[int] = []

    def rows() -> Any:
        calls.append(1)
        return Order.objects.filter(number__lte=len(calls))

    make_orders()
    sources = registered(
        declared(
            queryset=staticmethod(rows),
            id=attribute("pk"),
            number=gauge("shop.number", "number", help="N."),
        )
    )
    assert [len(lines(sources.collect(NOW + one))) for one in range(3)] == [1, 2, 2]
    assert len(calls) == 3


UNUSABLE = {
    "labels": [{"tags": {"job": "x"}}, {"tags": {"a": {"b": 1}}}, {"tags": [1]}],
    "duplicate": [{"tags": {"a": "1"}}, {"tags": {"a": 1}}, {"tags": {"a": "1"}}],
    "value": [{"number": 2**53 + 1, "tags": {"a": "x"}}],
}


@pytest.mark.parametrize(("reason", "rows"), UNUSABLE.items(), ids=UNUSABLE)
def test_what_can_t_be_exposed_costs_its_own_rows_and_is_counted(
    reason: str, rows: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    Order.objects.create(number=3, tags={"good": "yes"})
    for fields in rows:
        Order.objects.create(**{"number": 4, **fields})
    orders = declared(
        tags=attributes("tags"), number=gauge("shop.number", "number", help="N.")
    )
    sources = registered(orders)
    for later in range(3):
        assert lines(sources.collect(NOW + later)) == ['shop_number{good="yes"} 3']
    assert dropped(orders) == {reason: len(rows)}
    logged = [one for one in caplog.messages if "left out of the metrics" in one]
    assert logged[:1] == logged[:-1], "once for each of the two readings of a source"
    assert f"{len(rows)} of " in logged[0]


@pytest.mark.parametrize("value", ["nan", "inf", "text"])
def test_a_stored_value_that_is_no_number_costs_its_own_row(value: str) -> None:
    good, bad = (Order.objects.create(weight=weight) for weight in (1, 2))
    taken = {"sqlite": ("nan", "inf", "text"), "postgresql": ("nan", "inf")}
    stored = "9e999" if connection.vendor == "sqlite" and value == "inf" else value
    update = (
        f"UPDATE shop_order SET weight = {stored if stored[0] == '9' else '%s'}"  # noqa: S608
        " WHERE id = %s"
    )
    given = ([] if stored[0] == "9" else [stored]) + [bad.pk]
    if value not in taken.get(connection.vendor, ()):
        # The column refuses it: there can be no such row.
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(update, given)
        return
    with connection.cursor() as cursor:
        cursor.execute(update, given)
    orders = declared(
        id=attribute("pk"), weight=gauge("shop.weight", "weight", help="W.")
    )
    assert scraped(orders) == [f'shop_weight{{id="{good.pk}"}} 1.0']
    assert dropped(orders) == {"value": 1}


@pytest.mark.parametrize("value", ["infinity", "-infinity", "0044-03-15 BC"])
def test_a_date_that_python_has_not_got_costs_its_own_row(value: str) -> None:
    for number in (1, 2):
        Order.objects.create(number=number, placed=PLACED, due=PLACED.date())
    update = "UPDATE shop_order SET placed = %s, due = %s WHERE number = 1"
    if connection.vendor == "mysql":
        # The column refuses it: there can be no such row.
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(update, [value] * 2)
        return
    with connection.cursor() as cursor:
        cursor.execute(update, [value] * 2)
    placed = gauge("shop.placed", "placed", help="")
    orders = declared(number=attribute("number"), placed=placed)
    assert scraped(orders) == [f'shop_placed{{number="2"}} {PLACED.timestamp()}']
    # On SQLite Django reads what is not a date as NULL.
    of_value = {} if connection.vendor == "sqlite" else {"value": 1}
    assert dropped(orders) == of_value
    assert len(scraped(declared(due=attribute("due"), number=NUMBER))) == 2


def test_changes_of_values_and_rows_are_in_the_next_collection() -> None:
    orders = [Order.objects.create(number=one, tags={"n": one}) for one in range(4)]
    sources = registered(
        declared(
            tags=attributes("tags"), number=gauge("shop.number", "number", help="N.")
        )
    )
    assert len(lines(sources.collect(NOW))) == 4
    Order.objects.filter(pk=orders[0].pk).update(number=9)
    Order.objects.filter(pk=orders[1].pk).delete()
    Order.objects.filter(pk=orders[2].pk).update(tags={"n": "renamed"})
    Order.objects.create(number=5, tags={"n": "new"})
    assert lines(sources.collect(NOW + 1)) == [
        'shop_number{n="0"} 9',
        'shop_number{n="renamed"} 2',
        'shop_number{n="3"} 3',
        'shop_number{n="new"} 5',
    ]


def by_sql(order: Order) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shop_order WHERE id = %s", [order.pk])


@pytest.mark.parametrize(
    "delete",
    [
        by_sql,
        lambda order: order.delete(),
        lambda order: Order.objects.filter(pk=order.pk).delete(),
        lambda order: Warehouse.objects.filter(pk=order.warehouse_id).delete(),
    ],
    ids=["SQL", "instance", "queryset", "cascade"],
)
def test_a_deleted_row_is_gone_from_the_next_scrape(delete: Any) -> None:
    for number, name in enumerate("AB"):
        warehouse = Warehouse.objects.create(code=name)
        order = Order.objects.create(number=number, warehouse=warehouse)
    code = attribute("warehouse__code")
    sources = registered(
        declared(code=code, number=gauge("shop.number", "number", help="N.")),
        declared("Counted", code=code, n=gauge("shop.n", Count("pk"), help="N.")),
    )
    assert len(lines(sources.collect(NOW))) == 4
    delete(order)
    assert lines(sources.collect(NOW + 1)) == [
        'shop_number{code="A"} 0',
        'shop_n{code="A"} 1',
    ]


def test_more_rows_than_allowed_are_refused_at_once_by_the_source_s_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    few = declared(
        id=attribute("pk"), number=gauge("shop.number", "number", help="N."), max_rows=2
    )
    sources = registered(few)
    for count in (1, 2):
        Order.objects.create(number=1)
        assert len(lines(sources.collect(NOW))) == count
    Order.objects.create(number=1)
    collection = sources.collect(NOW)
    assert lines(collection) == []
    assert collection.left_out == (few.source_name(),)
    assert lines(collection, "otel_sla_source_up") == [
        f'otel_sla_source_up{{source="{few.source_name()}"}} 0'
    ]
    (said,) = (one for one in caplog.messages if "max_rows" in one)
    assert said == (
        f"the rows of {few.source_name()} can't be read: there are more than "
        "max_rows = 2: filter them, or set a higher limit in the class; answering with "
        "nothing of them"
    )
    Order.objects.first().delete()  # type: ignore[union-attr]
    assert len(lines(sources.collect(NOW))) == 2


def test_one_reading_serves_for_as_long_as_the_class_says() -> None:
    clock = [100.0]
    order = Order.objects.create(number=1)
    costly = declared(number=gauge("shop.number", "number", help="N."), refresh=60)
    sources = Registry()
    sources.register(LastGood(RowSource(costly), clock=lambda: clock[0]))
    found = []
    for second in (0, 59, 60):
        Order.objects.filter(pk=order.pk).update(number=second)
        clock[0] = 100.0 + second
        collection = sources.collect(NOW + second)
        found += lines(collection)
        assert collection.readings[0].is_read
    assert found == ["shop_number 0", "shop_number 0", "shop_number 60"]


def test_a_worker_whose_rows_are_older_than_another_s_answer_leaves_counters_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers take turns at a database that is locked in between."""
    monkeypatch.setattr(newest_reading.meeting, "directory", lambda: tmp_path)
    clock = [100.0]
    order = Order.objects.create(number=1, weight=1)
    locked = False

    def rows() -> Any:
        if locked:
            raise OperationalError("database is locked")
        return Order.objects.all()

    counted = declared(
        queryset=staticmethod(rows),
        number=counter("shop.number", "number", help="N."),
        weight=gauge("shop.weight", "weight", help="W."),
        refresh=60,
    )
    workers = {name: Registry() for name in "ab"}
    for sources in workers.values():
        sources.register(LastGood(RowSource(counted), clock=lambda: clock[0]))

    def answer(worker: str, second: int) -> str:
        clock[0] = 100.0 + second
        Order.objects.filter(pk=order.pk).update(number=10 + second)
        collection = workers[worker].collect(NOW + second)
        assert lines(collection, "shop_weight") == ["shop_weight 1.0"]
        found = lines(collection, "shop_number")
        return found[0].split()[-1] if found else "-"

    found = [answer("a", 0), answer("a", 10), answer("b", 20), answer("b", 30)]
    # The other has newer rows: it reads again, though its own would still serve.
    found.append(answer("a", 40))
    locked = True
    found += [answer("b", 50), answer("a", 60)]
    locked = False
    found.append(answer("b", 70))
    assert found == ["10", "10", "30", "30", "50", "-", "50", "80"]


def test_a_date_is_exported_as_its_midnight_where_it_is_cast() -> None:
    Order.objects.create(number=1, due=date(2026, 1, 1))
    due = gauge("shop.due", Cast("due", DateTimeField()), unit="s", help="Due.")
    found = lines(registered(declared(max_rows=1, due=due)).collect(NOW), "shop_due")
    assert found == ["shop_due_seconds 1767225600.0"]


def test_sources_that_ran_out_of_time_are_read_last_by_turns() -> None:
    """What another has left no time for is not to wait for it ever after."""
    deadline = Deadline(0.0)

    def rows(name: str) -> Any:
        if name in "AC":
            time.sleep(max(0, deadline.left()))
        if deadline.left() <= 0:
            raise OperationalError("canceling statement due to statement timeout")
        return Order.objects.all()

    sources = registered(
        *(
            declared(
                name,
                queryset=staticmethod(partial(rows, name)),
                n=gauge(f"shop.{name}", Count("pk"), help="N."),
            )
            for name in "ABCD"
        )
    )
    order, shown = [], []
    for later in range(4):
        order.append("".join(one.source.name[-1] for one in sources))
        deadline = Deadline(0.5)
        shown.append(lines(sources.collect(NOW + later, deadline)))
    assert order == ["ABCD", "BCDA", "BDAC", "BDCA"]
    assert shown == [
        [],
        ["shop_b 0"],
        ["shop_b 0", "shop_d 0"],
        ["shop_b 0", "shop_d 0"],
    ]


EXPANDED = {"n": Count("pk"), "lines": Count("lines"), "paid": Sum("payments__amount")}


@pytest.mark.parametrize(
    ("members", "place", "message"),
    [
        ({}, "", "declares no instrument"),
        ({"queryset": None}, "", "has no queryset: add one"),
        ({"query_set": 3}, ".query_set", "is not known: did you mean queryset?"),
        ({"queryset": 3}, ".queryset", "3 is neither a queryset nor a callable"),
        ({"queryset": Order}, ".queryset", "is a model: use Order.objects.all()"),
        ({"max_rows": 0}, ".max_rows", "0 is not a number of rows"),
        ({"refresh": "1m"}, ".refresh", "'1m' is not a number of seconds"),
        ({"budget": -1}, ".budget", "-1 is not a number of seconds"),
        ({"budget": 0}, ".budget", "0 leaves no time to read"),
        ({"using": "nowhere"}, ".using", "'nowhere' is not in DATABASES, which has"),
        ({"x": gauge("1x", "number", help="")}, ".x", "'1x' can't be the name"),
        ({"x": gauge("x", "number", unit="é", help="")}, ".x", "'é' is not a unit"),
        ({"x": gauge("x", "number", help="\ud800")}, ".x", "should be a sentence"),
        ({"x": gauge("x", "nmber", help="")}, ".x", "Cannot resolve keyword 'nmber'"),
        ({"x": gauge("x", "status", help="")}, ".x", "is a CharField, not a number"),
        ({"x": gauge("x", "due", help="")}, ".x", "Use Cast('due', DateTimeField())"),
        ({"x": gauge("x", 3, help="")}, ".x", "3 is neither the path of a field"),  # type: ignore[arg-type]
        ({"x": gauge("x", F("nmber"), help="")}, ".x", "Cannot resolve keyword"),
        ({"y": attribute("warehouse__cod")}, ".y", "Cannot resolve keyword 'cod'"),
        ({"y": attribute(["pk"])}, ".y", "['pk'] is not the path of a field"),  # type: ignore[arg-type]
        ({"y": (attribute("pk"),)}, ".y", "is a tuple: assign one attribute"),
        ({"y": attribute("warehose")}, ".y", "Cannot resolve keyword 'warehose'"),
        (
            {"job": attribute("status")},
            ".job",
            "'job' is reserved. Use a name other than job, instance, le and quantile",
        ),
        ({"y": attribute("placed")}, ".y", "is a DateTimeField, which can't be an"),
        ({"y": attributes("status")}, ".y", "is a CharField: attributes() reads"),
        ({"y": attribute("lines__pk")}, "", "would repeat rows"),
        ({"max_rows": 2}, "", "has no attribute, so that all rows would be the same"),
        (
            {"max_rows": 2, "queryset": Order.objects.order_by("pk")[:2]},
            "",
            "set max_rows = 1 where there is one row only",
        ),
        (
            {"y": attribute("pk"), "z": attribute("pk")},
            ".z",
            "has the same path as y, 'pk'",
        ),
        ({"a_b": attribute("pk"), "a__b": attribute("number")}, ".a__b", "same name"),
        (
            {"n": gauge("n", Count("pk"), help="")},
            ".one",
            "'number' is a value of each row, and other instruments",
        ),
        ({"x": gauge("x", F("number").desc(), help="")}, ".x", "is neither the path"),
        (
            {"x": gauge("x", "tags__a", help="")},
            ".x",
            "Use Cast(KT(...), FloatField())",
        ),
        ({"x": gauge("x", OuterRef("pk"), help="")}, ".x", "AttributeError: "),
        ({"queryset": Order.objects.using("nowhere")}, ".queryset", "'nowhere' is not"),
        ({"queryset": Order.objects.distinct()}, "", "queryset is distinct()"),
        ({"queryset": Order.objects.values("pk")}, "", "queryset has values()"),
        (
            {"queryset": Order.objects.union(Order.objects.all())},
            "",
            "queryset is a union() of querysets",
        ),
        ({"queryset": lambda: 3}, ".queryset", "returns 3, which is not a queryset"),
    ],
)
def test_a_wrong_declaration_is_named_with_what_would_be_right(
    members: dict[str, Any], place: str, message: str
) -> None:
    given = dict(members)
    if callable(given.get("queryset")):
        given["queryset"] = staticmethod(given["queryset"])
    if given:
        given = {"one": gauge("shop.one", "number", help="One."), **given}
    wrong = declared("Wrong", **given)
    found = [one for one in faults(wrong) if message in one.message]
    assert [one.place for one in found] == [f"{wrong.source_name()}{place}"], [
        *map(str, faults(wrong))
    ]


@pytest.mark.parametrize(
    ("aggregates", "right"),
    [
        ({"n": Count("pk"), "paid": Sum("number")}, True),
        ({"lines": Count("lines"), "last": Max("lines__pk")}, True),
        ({"n": Count("pk", distinct=True), "lines": Count("lines")}, True),
        ({"oldest": Min("placed"), "lines": Count("lines")}, True),
        ({"paid": Sum("payments__amount")}, True),
        ({"share": Avg("number", filter=Q(express=True))}, True),
        ({"n": Count("pk"), "lines": Count("lines")}, False),
        ({"lines": Count("lines"), "paid": Sum("payments__amount")}, False),
        ({"share": Sum("number") / Count("lines")}, False),
        ({"paid": Sum("number", filter=Q(lines__pk__gt=0))}, False),
        (EXPANDED, False),
    ],
)
def test_aggregates_that_multiply_each_other_are_refused(
    aggregates: dict[str, Any], right: bool
) -> None:
    order = Order.objects.create(number=1, placed=PLACED)
    for _ in range(3):
        Line.objects.create(order=order)
    for _ in range(2):
        Payment.objects.create(order=order, amount=5)
    measures: dict[str, Any] = {
        name: gauge(f"shop.{name}", one, help="") for name, one in aggregates.items()
    }
    found = faults(declared(**measures))
    assert ["would count rows more than once" in one.message for one in found] == (
        [] if right else [True]
    ), [*map(str, found)]


def test_an_aggregate_of_the_queryset_is_a_value_of_each_row() -> None:
    order = Order.objects.create(number=1)
    for _ in range(3):
        Line.objects.create(order=order)
    for _ in range(2):
        Payment.objects.create(order=order, amount=5)
    queryset = Order.objects.annotate(lines_of_it=Count("lines"))
    members: dict[str, Any] = {
        "number": attribute("number"),
        "n": gauge("shop.lines", "lines_of_it", help="Lines."),
    }
    one = declared(queryset=queryset, **members)
    assert not faults(one)
    assert scraped(one) == ['shop_lines{number="1"} 3']
    both = queryset.annotate(payments_of_it=Count("payments"))
    (found,) = faults(declared(queryset=both, **members))
    assert "would count rows more than once" in found.message


def test_one_field_to_count_by_need_not_be_a_list() -> None:
    make_orders()
    queryset = Order.objects
    assert scraped(count_by("shop.n", queryset.all(), by="status")) == scraped(
        count_by("shop.n", queryset.all(), by=iter(["status"]))
    )
    assert scraped(declared(queryset=queryset, n=gauge("shop.n", Count("pk"), help="")))


def test_rows_repeated_by_a_filter_are_refused() -> None:
    repeated = declared(
        queryset=Order.objects.filter(lines__pk__gt=0),
        n=gauge("shop.n", Count("pk"), help="N."),
    )
    (found,) = faults(repeated)
    assert "the relation 'lines' joins several rows" in found.message
