"""What Django does behind one's back with odd models, fields and querysets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import (
    Count,
    Exists,
    F,
    FilteredRelation,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Concat, RowNumber, Upper
from django.test import override_settings
from django.utils import timezone

from otel_sla.bridge import attribute, attributes, count_by, gauge, newest_reading
from otel_sla.bridge.faults.rows import faults
from otel_sla.bridge.newest_reading import NewestReading, Span
from otel_sla.bridge.rows.row_source import RowSource
from otel_sla.bridge.rows.values import numbers

from ..shop.models import Line, Order, Parcel, Payment, Rush, Tag, Warehouse
from ..support.parts import missing
from .test_row_metrics import NOW, PLACED, declared, dropped, lines, registered, scraped

KEY = UUID("6f1d2a52-4c0e-4d6b-9d0e-1f0d3c5b7a99")
COUNT = gauge("shop.n", Count("pk"), help="N.")

pytestmark = pytest.mark.django_db


def make_rows() -> None:
    tags = [
        Tag.objects.create(key=key, name=f"t{key.int % 9}")
        for key in (KEY, UUID(int=5))
    ]
    berlin = Warehouse.objects.create(code="A")
    order = Order.objects.create(number=2, warehouse=berlin, tags={"region": "eu"})
    for amount in (5, 7):
        Line.objects.create(order=order)
        Payment.objects.create(order=order, amount=amount)
    Order.objects.create(number=3, status="paid")
    Parcel.objects.create(
        depot="d", serial=1, tag=tags[0], address="10.0.0.1", cents=150
    )
    Parcel.objects.create(depot="d", serial=2, address="::1", cents=13, width=4)
    for until, warehouse in ((7, None), (8, berlin)):
        rush = Rush.objects.create(
            number=10, until=until, status="sent", warehouse=warehouse
        )
        rush.tags_of_it.set(tags)


def of(value: Any, **members: Any) -> dict[str, Any]:
    return {"n": gauge("shop.n", value, help=""), **members}


FIRST = Order.objects.annotate(
    row=Window(RowNumber(), partition_by="status", order_by=["-number", "pk"])
).filter(row=1)
PARCELS = Parcel.objects.all()
RUSHES = Rush.objects.all()
RIGHT: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a key of another type": (
        of("serial", queryset=PARCELS, tag=attribute("tag")),
        {f'{{tag="{KEY}"}} 1', " 2"},
    ),
    "groups by a key of another type": (
        of(Count("serial"), queryset=PARCELS, tag=attribute("tag")),
        {f'{{tag="{KEY}"}} 1', " 1"},
    ),
    "a key of two columns": (of(Count("pk"), queryset=PARCELS), {" 2"}),
    "addresses": (
        of("serial", queryset=PARCELS, a=attribute("address")),
        {'{a="10.0.0.1"} 1', '{a="::1"} 2'},
    ),
    "a computed column": (
        of("twice", queryset=PARCELS, s=attribute("serial")),
        {'{s="1"} 0', '{s="2"} 8'},
    ),
    "a field with a converter": (
        of("cents", queryset=PARCELS.filter(cents=150)),
        {" 1.5"},
    ),
    "two tables": (
        of(Sum("until"), queryset=RUSHES, w=attribute("warehouse__code")),
        {'{w="A"} 8', " 7"},
    ),
    "the other side of a relation to one": (
        of("rush__until", status=attribute("status"), pk_=attribute("number")),
        set(),
    ),
    "groups over several related rows": (
        of(Count("tags_of_it"), queryset=RUSHES, t=attribute("tags_of_it__name")),
        {f'{{t="t{KEY.int % 9}"}} 2', '{t="t5"} 2'},
    ),
    "annotations before fields": (
        of(
            Count("pk"),
            queryset=Order.objects.annotate(z=KT("tags__region"), a=F("status")),
            z=attribute("z"),
            w=attribute("warehouse__code"),
            a=attribute("a"),
        ),
        {
            '{z="eu",w="A",a="open"} 1',
            '{a="paid"} 1',
            '{a="sent"} 1',
            '{w="A",a="sent"} 1',
        },
    ),
    "a condition": (
        of(
            Count("pk"),
            queryset=Order.objects.annotate(
                lined=Exists(Line.objects.filter(order=OuterRef("pk")))
            ),
            lined=attribute("lined"),
        ),
        {'{lined="true"} 1', '{lined="false"} 3'},
    ),
    "a subquery of aggregates": (
        of(
            Subquery(
                Line.objects.filter(order=OuterRef("pk"))
                .values("order")
                .annotate(n=Count("pk"))
                .values("n")
            ),
            status=attribute("status"),
        ),
        {'{status="open"} 2'},
    ),
    "a window beside values of rows": (
        of(
            Window(Sum("number"), order_by="number"),
            queryset=Order.objects.filter(number__lt=5),
            status=attribute("status"),
            m=gauge("shop.m", "number", help=""),
        ),
        {'{status="open"} 2', '{status="paid"} 5'},
    ),
    "the first of each by a window": (
        of("number", queryset=FIRST, status=attribute("status")),
        {'{status="open"} 2', '{status="paid"} 3', '{status="sent"} 10'},
    ),
    "groups beside a window": (
        of(
            Count("pk"),
            queryset=Order.objects.annotate(row=Window(RowNumber(), order_by="number")),
            status=attribute("status"),
        ),
        {'{status="open"} 1', '{status="paid"} 1', '{status="sent"} 2'},
    ),
    "no rows at all": (of(Count("pk"), queryset=Order.objects.none()), {" 0"}),
    "no rows to add up": (of(Sum("number"), queryset=Order.objects.none()), set()),
    "no groups": (
        of(Count("pk"), queryset=Order.objects.none(), s=attribute("status")),
        set(),
    ),
    "another order": (
        of(
            Count("pk"),
            queryset=Order.objects.extra(order_by=["number"]),
            w=attribute("warehouse__code"),
        ),
        {'{w="A"} 2', " 2"},
    ),
    "what loads instances": (
        of(
            "number",
            queryset=Order.objects.select_related("warehouse")
            .prefetch_related("lines")
            .defer("number")
            .select_for_update()
            .filter(number__lt=5),
            status=attribute("status"),
        ),
        {'{status="open"} 2', '{status="paid"} 3'},
    ),
    "a relation with a condition": (
        of(
            Sum("large__amount"),
            queryset=Order.objects.annotate(
                large=FilteredRelation("payments", condition=Q(payments__amount__gt=5))
            ),
        ),
        {" 7.0"},
    ),
    "one row without an attribute": (
        of("number", queryset=Order.objects.order_by("-number", "pk")[:1], max_rows=9),
        {" 10"},
    ),
    "percent signs": (
        of(
            "number",
            queryset=Order.objects.annotate(
                x=Concat(Value("1%"), F("status"), Value("%s"))
            ).filter(number=3),
            x=attribute("x"),
        ),
        {'{x="1%paid%s"} 3'},
    ),
    "aggregates of some": (
        of(Count("pk", filter=Q(warehouse__code="A"))),
        {" 2"},
    ),
    "no row that has related ones": (
        of(Count("pk"), queryset=Order.objects.exclude(lines__pk__gt=0)),
        {" 3"},
    ),
    "a product along one relation": (
        of(Sum(F("payments__amount") * F("number"))),
        {" 24.0"},
    ),
}


@pytest.mark.parametrize(("members", "shown"), RIGHT.values(), ids=RIGHT)
def test_figures_are_those_of_the_rows(
    members: dict[str, Any], shown: set[str]
) -> None:
    make_rows()
    declaration = declared(**members)
    assert faults(declaration) == []
    found = lines(registered(declaration).collect(NOW), "shop_n")
    assert {one.removeprefix("shop_n").replace(".0", "") for one in found} == {
        one.replace(".0", "") for one in shown
    }
    assert len(found) == len(shown)


OF_ITS_OWN = "queryset has aggregates of its own"
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a key of two columns": (
        of("width", queryset=PARCELS, key=attribute("pk")),
        "is a CompositePrimaryKey, which can't be an attribute",
    ),
    "a part of a document": (
        of(Count("pk"), region=attribute("tags__region")),
        "'tags__region' is a JSONField, which can't be an attribute",
    ),
    "groups of groups": (
        of(Count("pk"), queryset=Order.objects.annotate(k=Max("number"))),
        OF_ITS_OWN,
    ),
    "values with aggregates": (
        of(
            "k",
            queryset=Order.objects.annotate(s=Upper("status"))
            .values("s")
            .annotate(k=Count("pk")),
            s=attribute("s"),
        ),
        OF_ITS_OWN,
    ),
    "a sum over two relations": (
        of(Sum(F("lines__pk") + F("payments__amount"))),
        "would count rows more than once",
    ),
    "groups of what a window has left": (
        of(Count("pk"), queryset=FIRST, w=attribute("warehouse__code")),
        "queryset is filtered by a window",
    ),
    "groups by a window": (
        of(
            Count("pk"),
            queryset=Order.objects.annotate(row=Window(RowNumber())),
            row=attribute("row"),
        ),
        "has an attribute that is a window",
    ),
    "a relation that has no name on that side": (
        of(Count("pk"), queryset=Rush.objects.filter(tags_of_it__name="x")),
        "the relation 'shop.Rush_tags_of_it' joins several rows",
    ),
    "a path to nothing": (
        of(Count("nowhere__pk")),
        "Cannot resolve keyword 'nowhere'",
    ),
}


@pytest.mark.parametrize(("members", "message"), WRONG.values(), ids=WRONG)
def test_what_would_be_wrong_is_refused(members: dict[str, Any], message: str) -> None:
    declaration = declared(**members)
    (found,) = faults(declaration)
    assert message in str(found)
    assert scraped(declaration) == [] or "attribute" in message


def test_a_refusal_is_logged_as_what_it_is(caplog: pytest.LogCaptureFixture) -> None:
    assert scraped(declared(queryset=Order.objects.distinct(), n=COUNT)) == []
    assert "can't be read: queryset is distinct()" in caplog.text


def test_an_array_is_no_attribute() -> None:
    try:
        from django.contrib.postgres import fields
    except ImportError:
        missing("psycopg")
    from otel_sla.bridge.faults.querysets import _has_parts

    array = fields.ArrayField(Parcel._meta.get_field("serial"))
    kinds = (array, fields.HStoreField(), fields.IntegerRangeField())
    assert all(map(_has_parts, kinds))
    assert not _has_parts(Parcel._meta.get_field("serial"))


def test_a_slice_stays_what_it_is_at_every_reading() -> None:
    make_rows()
    top = Order.objects.order_by("-number", "pk")[:1]
    sources = registered(declared(queryset=staticmethod(lambda: top), **of("number")))
    for later in range(3):
        assert lines(sources.collect(NOW + later)) == ["shop_n 10"]


def test_a_reading_of_another_thread_changes_no_values() -> None:
    """One thread has compiled a query of no rows while this one reads its own."""
    Order.objects.create(took=timedelta(seconds=2))
    querysets = [Order.objects.all(), Order.objects.none()]
    source = RowSource(
        declared(queryset=staticmethod(lambda: querysets.pop(0)), **of("took"))
    )

    def compiled() -> list[Any]:
        return list(source.statements(source.database(), connection.vendor))

    (statement,) = compiled()
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        rows = list(cursor.fetchall())
    other = Thread(target=compiled)
    other.start()
    other.join()
    assert source.keep([rows], None).columns[0].values[0] == 2.0


@pytest.mark.parametrize(
    ("tags", "found"),
    [({"status": "sent"}, {"labels": 1}), ({"status": ""}, {}), ({"x": "y"}, {})],
)
def test_a_name_that_is_data_never_replaces_one_that_is_declared(
    tags: dict[str, str], found: dict[str, int]
) -> None:
    Order.objects.create(number=1, tags=tags)
    members = {"status": attribute("status"), "tags": attributes("tags")}
    for order in (members, dict(reversed(members.items()))):
        orders = declared(**of("number", **order))
        assert dropped(orders) == found
        assert all('status="open"' in line for line in scraped(orders))


def test_what_a_converter_raises_costs_its_own_row() -> None:
    make_rows()
    parcels = declared(queryset=PARCELS, **of("cents", serial=attribute("serial")))
    assert scraped(parcels) == ['shop_n{serial="1"} 1.5']
    assert dropped(parcels) == {"value": 1}


DEEP = 5_000 if connection.vendor == "postgresql" else 900


@pytest.mark.parametrize(
    ("column", "stored", "one", "taken_by"),
    [
        ("reference", "no identifier", attribute("reference"), {"sqlite"}),
        (
            *("tags", "[" * DEEP + "]" * DEEP, attributes("tags")),
            {"sqlite", "postgresql"},
        ),
    ],
    ids=["reference", "tags"],
)
def test_a_stored_attribute_that_is_none_costs_its_own_row(
    column: str, stored: str, one: Any, taken_by: set[str]
) -> None:
    Order.objects.create(number=1, reference=KEY)
    bad = Order.objects.create(number=2)
    update = f"UPDATE shop_order SET {column} = %s WHERE id = %s"  # noqa: S608
    if connection.vendor not in taken_by:
        # The column refuses it: there can be no such row.
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(update, [stored, bad.pk])
        return
    with connection.cursor() as cursor:
        cursor.execute(update, [stored, bad.pk])
    orders = declared(**of("number", x=one))
    assert [line[-2:] for line in scraped(orders)] == [" 1"]
    assert dropped(orders) == {"labels": 1}


def test_a_time_without_zone_is_that_of_the_site_whoever_asks() -> None:
    with (
        override_settings(USE_TZ=False, TIME_ZONE="Europe/Berlin"),
        timezone.override("Asia/Tokyo"),
    ):
        naive = PLACED.astimezone(timezone.get_default_timezone()).replace(tzinfo=None)
        assert numbers([naive]).values[0] == PLACED.timestamp()


def test_zeros_are_of_counts_alone() -> None:
    Order.objects.create(number=4)
    by_status = declared(
        with_zeros=True,
        status=attribute("status"),
        n=COUNT,
        least=gauge("shop.least", Min("number"), help=""),
    )
    assert [line for line in scraped(by_status) if "least" in line] == [
        'shop_least{status="open"} 4'
    ]
    assert len(scraped(by_status)) == 4


def counted(by: Any) -> Callable[[], Any]:
    return lambda: count_by("shop.orders", Order.objects.all(), by=by)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: declared(budget=attribute("x")), TypeError, "Orders.budget is an opt"),
        (
            lambda: declared(rows=gauge("x", "y", help="")),
            TypeError,
            "use another name",
        ),
        (counted(["warehouse__code", "warehouse_code"]), ValueError, "there already"),
        (counted(["queryset"]), ValueError, "'queryset' is there already"),
        (counted(["max_rows"]), TypeError, "max_rows is an option of the class"),
    ],
)
def test_a_name_that_is_taken_in_a_class_is_refused_when_it_is_made(
    make: Callable[[], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("by", ["status", (one for one in ["status"])])
def test_what_to_count_by_may_be_one_path_or_any_iterable(by: Any) -> None:
    counting = counted(by)()
    assert len(scraped(counting)) == 3
    assert counting.rows_counted.help == "Rows by status."


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (OperationalError("no such table: shop_order"), 0),
        (Order.DoesNotExist(), 0),
        (NameError("name 'Ordr' is not defined"), 1),
    ],
)
def test_a_callable_that_asks_an_empty_database_stops_no_migration(
    error: Exception, found: int
) -> None:
    def rows() -> Any:
        raise error

    assert len(faults(declared(queryset=staticmethod(rows), n=COUNT))) == found


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xff", b"nan", b"1e300"])
def test_a_note_that_is_none_or_of_an_earlier_start_of_the_machine_hides_no_counter(
    content: bytes, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest_reading.meeting, "directory", lambda: tmp_path)
    newest = NewestReading("shop.Orders")
    (tmp_path / newest._name).write_bytes(content)
    assert newest.note(Span(1.5, 2.5))
    for _ in range(2):
        assert NewestReading("shop.Orders").note(Span(1.5, 2.5))
        assert not NewestReading("shop.Orders").allows(Span(2.0, 3.0))
        assert not NewestReading("shop.Orders").note(Span(2.0, 3.0))
