"""A series that has ended: a data point says so, until an export has arrived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, OperationalError
from django.test import override_settings

from otel_sla.bridge import attribute, counter, gauge, up_down_counter
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.registry import Registry
from otel_sla.bridge.rows.row_source import RowSource
from otel_sla.models import Component, Override
from otel_sla.models.leases import Lease
from otel_sla.telemetry import callbacks
from otel_sla.telemetry.otlp.push_cycle import Cycle, Job

from ..bridge.test_row_metrics import declared
from ..shop.models import Order, Warehouse
from ..support.make import make_agreement, make_component, make_schedule, utc
from ..support.otlp import Attributes, Point
from .test_otlp_transport import PUSH
from .test_push_outcomes import GONE, REFUSED, SCOPE, SITE, Collector

pytestmark = pytest.mark.django_db(transaction=True)

ENDS = utc(2026, 5, 4, 12)
"""When the only window of a schedule ends."""

OF_THE_SITE: dict[str, Any] = {"resource": SITE, "scope": SCOPE}

Series = tuple[str, str, str, Attributes, Attributes]


class Pushing:
    """A pusher, and a collector that shows what an export has brought."""

    def __init__(self, **fields: Any) -> None:
        self.collector = Collector()
        senders = {"http/protobuf": lambda push: self.collector}
        with patch.dict("otel_sla.telemetry.otlp.push_cycle.SENDERS", senders):
            self.cycle = Cycle(Job(**{"push": PUSH, **OF_THE_SITE, **fields}))
            self.cycle._sender()

    def push(self, *answers: int | Exception) -> tuple[set[Series], list[Series]]:
        """Push as if an interval had passed, and be given these answers; return the
        series that have a value, and those that have ended, if they were tried."""
        self.collector.tried.clear()
        self.collector.answers = list(answers)
        self.cycle._rows_due = 0.0
        self.cycle.push()
        points = [one for points in self.collector.tried for one in points]
        assert len({one.time for one in points}) <= 1
        assert [one.flags for one in points] == [one.has_ended for one in points]
        ended = [series(one) for one in points if one.flags]
        assert len(ended) == len(set(ended))
        return {series(one) for one in points if not one.flags}, ended

    def ended(self, *answers: int | Exception) -> set[str]:
        """Push, and return the components of which something has ended, by name."""
        return {dict(one[3])["component"] for one in self.push(*answers)[1]}


def series(point: Point) -> Series:
    return point.metric, point.unit, point.kind, point.attributes, point.resource


@pytest.fixture
def pushing() -> Pushing:
    return Pushing()


@pytest.fixture
def gone() -> Component:
    """A component that comes to an end beside another that does not."""
    make_component("stays", agreement=make_agreement("always"))
    once = make_schedule("once", rules=(), timezone="UTC")
    start, end = (one.replace(tzinfo=None) for one in (ENDS - timedelta(hours=1), ENDS))
    Override.objects.create(schedule=once, start=start, end=end, kind="open")
    agreement = make_agreement("once", schedule=once)
    return make_component("goes", agreement=agreement, labels={"team": "a"})


def rename(component: Component) -> None:
    component.name = "other"
    component.save()


def relabel(component: Component) -> None:
    component.labels = {"team": "b"}
    component.save()


def disable(component: Component) -> None:
    component.enabled = False
    component.save()


class Clock:
    """A clock that is set by hand, at first to when the window is open."""

    def __init__(self) -> None:
        self.moment = ENDS.timestamp() - 1

    def time(self) -> float:
        return self.moment


@pytest.mark.parametrize(
    ("change", "metrics"),
    [
        pytest.param(Component.delete, 8, id="deleted"),
        pytest.param(disable, 8, id="disabled"),
        pytest.param(rename, 8, id="renamed"),
        pytest.param(relabel, 8, id="relabelled"),
        pytest.param(None, 1, id="its last window has ended"),
    ],
)
def test_a_series_that_ends_is_said_to_have_ended_once(
    change: Callable[[Component], object] | None,
    metrics: int,
    gone: Component,
    pushing: Pushing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(callbacks, "time", clock)
    before, ended = pushing.push()
    assert ended == []
    if change:
        change(gone)
    else:
        clock.moment = ENDS.timestamp()
    after, ended = pushing.push()
    assert set(ended) == before - after
    assert len(ended) == metrics
    assert all(("component", "goes") in one[3] for one in ended)
    assert pushing.push() == (after, [])


@pytest.mark.parametrize("failure", [GONE, REFUSED, RuntimeError("odd")])
def test_what_has_ended_is_said_again_until_an_export_has_arrived(
    failure: Exception, gone: Component, pushing: Pushing
) -> None:
    pushing.push()
    gone.delete()
    for _ in range(3):
        assert pushing.ended(failure, failure) == {"goes"}
    assert pushing.ended() == {"goes"}
    assert pushing.ended() == set()


def test_what_comes_back_before_its_end_was_sent_has_not_ended(
    gone: Component, pushing: Pushing
) -> None:
    before, _ = pushing.push()
    disable(gone)
    assert pushing.ended(GONE) == {"goes"}
    gone.enabled = True
    gone.save()
    assert pushing.push() == (before, [])


def test_ends_that_are_refused_while_values_are_taken_are_sent_once_more(
    gone: Component, pushing: Pushing
) -> None:
    pushing.push()
    gone.delete()
    assert pushing.ended(REFUSED) == {"goes"}
    Component.objects.get(name="stays").delete()
    make_component("later")
    assert pushing.ended(REFUSED) == {"goes", "stays"}
    Component.objects.get(name="later").delete()
    assert pushing.ended() == {"stays", "later"}
    assert pushing.ended() == set()


def test_what_may_have_arrived_with_an_export_that_failed_ends_too(
    gone: Component, pushing: Pushing
) -> None:
    assert pushing.ended(GONE) == set()
    gone.delete()
    assert pushing.ended() == {"goes"}


def test_a_takeover_ends_nothing_and_neither_does_one_who_pushes_again(
    gone: Component, pushing: Pushing
) -> None:
    before, _ = pushing.push()
    other = Pushing()
    Lease.objects.all().delete()
    assert other.push() == (before, [])
    assert pushing.push() == (set(), [])
    gone.delete()
    assert other.ended() == {"goes"}
    Lease.objects.all().delete()
    assert pushing.ended() == set()
    assert other.push() == (set(), [])


def test_nothing_is_ended_while_another_may_push_and_it_is_afterwards(
    gone: Component, pushing: Pushing
) -> None:
    pushing.push()
    gone.delete()
    with patch(
        "otel_sla.telemetry.otlp.turn.acquire", side_effect=OperationalError("away")
    ):
        assert pushing.ended() == set()
    assert pushing.ended() == {"goes"}


def test_a_lease_that_is_lost_meanwhile_leaves_the_ends_to_the_other(
    gone: Component, pushing: Pushing
) -> None:
    pushing.push()
    gone.delete()

    def lose() -> None:
        Lease.objects.update(holder="another")
        pushing.cycle._turn.asked_at -= PUSH.interval

    pushing.collector.heeds = lose
    pushing.push()
    assert len(pushing.collector.tried) == 1
    Component.objects.all().delete()
    Lease.objects.all().delete()
    pushing.collector.heeds = lambda: None
    assert pushing.ended() == set()


def test_ends_fill_requests_as_values_do() -> None:
    small = Pushing(push=replace(PUSH, max_points=25))
    for number in range(5):
        make_component(f"shop-{number}")
    small.push()
    Component.objects.exclude(name="shop-0").delete()
    assert len(small.push()[1]) > 25
    assert max(map(len, small.collector.tried)) <= 25


@pytest.fixture
def orders() -> Registry:
    """Rows with a value of each kind."""
    sources = Registry()
    sources.register(
        LastGood(
            RowSource(
                declared(
                    code=attribute("warehouse__code"),
                    size=gauge("shop.size", "weight", help="Size."),
                    total=counter("shop.total", "number", help="Total."),
                    queue=up_down_counter("shop.queue", "number", help="Queue."),
                    using="default",
                )
            )
        )
    )
    for code in "ab":
        warehouse = Warehouse.objects.create(code=code)
        Order.objects.create(warehouse=warehouse, number=5, weight=1.5)
    return sources


def test_rows_and_values_of_any_source_end_and_keep_their_kind(
    orders: Registry,
) -> None:
    pushing = Pushing(sources=orders)
    before, _ = pushing.push()
    Order.objects.filter(warehouse__code="a").update(weight=None)
    Order.objects.filter(warehouse__code="b").delete()
    after, ended = pushing.push()
    assert set(ended) == before - after
    assert sorted(
        (metric, kind, dict(labels)["code"]) for metric, _, kind, labels, _ in ended
    ) == [
        ("shop.queue", "sum", "b"),
        ("shop.size", "gauge", "a"),
        ("shop.size", "gauge", "b"),
        ("shop.total", "sum", "b"),
    ]
    assert pushing.push() == (after, [])


def test_a_source_that_can_not_be_read_ends_when_it_leaves_the_scrapes(
    orders: Registry,
) -> None:
    pushing = Pushing(sources=orders)
    before, _ = pushing.push()
    read = patch(
        "otel_sla.database.consistent_read.read", side_effect=DatabaseError("no table")
    )
    with read:
        assert pushing.push() == (before, [])
        with override_settings(OTEL_SLA={"MAX_SNAPSHOT_AGE": 0}):
            after, ended = pushing.push()
            assert {one[0] for one in ended} >= {
                "shop.size",
                "shop.total",
                "otel_sla.source.rows",
            }
            assert set(ended) == before - after
            assert pushing.push() == (after, [])
    assert pushing.push() == (before, [])
