"""Counters whose rows say since when they are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Count, F, Max, Min, Sum
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otel_sla.bridge import attribute, counter
from otel_sla.bridge.faults.rows import faults
from otel_sla.bridge.registry import Registry
from otel_sla.telemetry.otlp import encoder

from ..shop.models import Order
from .test_row_metrics import NOW, PLACED, declared, dropped, lines, registered

PLACED_AT = 1_767_270_600_000_000_000
ORIGIN = encoder.Origin(
    Resource({}), InstrumentationScope("rows"), start=1, time=PLACED_AT + 10**12
)

pytestmark = pytest.mark.django_db


def reads(value: Any = "number", since: Any = "placed", **members: Any) -> Any:
    one = counter("shop.reads", value, since=since, help="Reads.")
    return declared(**{"status": attribute("status"), "reads": one, **members})


def starts(sources: Registry) -> dict[str, tuple[float, int]]:
    """The value of each point of a push, and when it says that its count began."""
    groups = sources.collect(NOW).row_groups(counters=False)
    return {
        point.attributes[0].value.string_value: (
            point.as_int,
            point.start_time_unix_nano,
        )
        for request in encoder.encode(groups, ORIGIN, 1_000)
        for metric in request.message.resource_metrics[0].scope_metrics[0].metrics
        if metric.name == "shop.reads"
        for point in metric.sum.data_points
    }


def test_each_row_s_count_begins_when_the_row_says() -> None:
    Order.objects.create(
        number=5, status="open", placed=PLACED + timedelta(microseconds=7)
    )
    Order.objects.create(number=6, status="paid")
    sources = registered(reads())
    assert starts(sources) == {"open": (5, PLACED_AT + 7_000), "paid": (6, 1)}
    # The text has no room for it.
    assert lines(sources.collect(NOW)) == [
        'shop_reads_total{status="open"} 5',
        'shop_reads_total{status="paid"} 6',
    ]


def test_a_count_that_began_anew_is_shown_at_once_and_says_so() -> None:
    Order.objects.create(number=500, placed=PLACED)
    sources = registered(reads())
    assert starts(sources) == {"open": (500, PLACED_AT)}
    Order.objects.update(number=3, placed=PLACED + timedelta(seconds=60))
    assert starts(sources) == {"open": (3, PLACED_AT + 60 * 10**9)}
    assert lines(sources.collect(NOW)) == ['shop_reads_total{status="open"} 3']


@pytest.mark.parametrize(
    ("since", "began"),
    [
        ("number", 9),
        ("weight", 2.5),
        (F("number") + 1, 10),
        ("price", 4.25),
    ],
)
def test_a_number_is_a_time_in_unix_seconds(since: Any, began: float) -> None:
    Order.objects.create(number=9, weight=2.5, price="4.25")
    assert starts(registered(reads(since=since))) == {"open": (9, began * 10**9)}


def test_a_group_s_count_begins_when_its_aggregate_says() -> None:
    for minutes, number in ((5, 1), (0, 2)):
        placed = PLACED + timedelta(minutes=minutes)
        Order.objects.create(number=number, placed=placed)
    sources = registered(reads(Sum("number"), Min("placed")))
    assert starts(sources) == {"open": (3, PLACED_AT)}
    Order.objects.all().delete()
    assert starts(
        registered(reads(Count("pk"), Min("placed"), with_zeros=True))
    ) == dict.fromkeys(("open", "paid", "sent"), (0, 1))


def test_a_start_in_the_near_future_becomes_the_time_of_the_push() -> None:
    Order.objects.create(number=9, placed=datetime.now(UTC) + timedelta(seconds=30))
    assert starts(registered(reads())) == {"open": (9, ORIGIN.time)}


@pytest.mark.parametrize(
    ("since", "fields"),
    [
        ("placed", {"placed": datetime.now(UTC) + timedelta(days=1)}),
        ("number", {}),
        ("weight", {"weight": -1.0}),
        ("weight", {"weight": 1e300}),
    ],
)
def test_a_start_in_the_future_or_before_1970_costs_its_own_row(
    since: str, fields: dict[str, Any]
) -> None:
    Order.objects.create(status="paid", number=2, placed=PLACED, weight=1)
    Order.objects.create(**{"number": 2**40, **fields})
    assert list(starts(registered(reads(since=since)))) == ["paid"]
    assert dropped(reads(since=since)) == {"value": 1}


@pytest.mark.parametrize(
    ("value", "since", "message"),
    [
        ("number", "status", "since='status' is a CharField: use a DateTimeField, or"),
        ("number", "took", "since='took' is a DurationField: use a DateTimeField, or"),
        ("number", "plced", "Cannot resolve keyword 'plced'"),
        ("number", F("plced"), "Cannot resolve keyword 'plced'"),
        ("number", 0, "since=0 is neither the path of a field nor an expression"),
        ("number", Max("placed"), "is an aggregate, and 'number' is a value of each"),
        (Sum("number"), "placed", "use one, such as since=Min('placed')"),
    ],
)
def test_a_since_that_is_not_a_time_is_refused(
    value: Any, since: Any, message: str
) -> None:
    (found,) = faults(reads(value, since))
    assert found.place.endswith("Orders.reads")
    assert message in found.message
