"""What a pusher makes of what goes wrong, cycle by cycle."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.db.models import F
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otel_sla.bridge import counter, self_metrics
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.registry import Registry
from otel_sla.bridge.rows.row_source import RowSource
from otel_sla.database.single_thread import HeldUp
from otel_sla.models.leases import DatabaseClock, Lease, acquire
from otel_sla.telemetry.otlp.push_cycle import Cycle, Job
from otel_sla.telemetry.otlp.pusher import Pusher
from otel_sla.telemetry.otlp.transport import NotSent
from otel_sla.telemetry.otlp.turn import LEASE
from otel_sla.telemetry.sdk_reader import CollectingReader

from ..bridge.test_row_metrics import declared
from ..shop.models import Order
from ..support.make import make_component
from ..support.processes import until
from .test_otlp_transport import PUSH

pytestmark = pytest.mark.django_db(transaction=True)


class Collector:
    """Takes what it is sent, or raises what it has been told to."""

    def __init__(self, push: Any) -> None:
        self.requests: list[Any] = []
        self.failures: list[Exception] = []

    def send(self, message: Any) -> int:
        if self.failures:
            raise self.failures.pop(0)
        self.requests.append(message)
        return 0

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def cycle() -> Iterator[Cycle]:
    with patch.dict(
        "otel_sla.telemetry.otlp.push_cycle.SENDERS", {"http/protobuf": Collector}
    ):
        yield Cycle(Job(PUSH, Resource({}), InstrumentationScope("otel_sla")))


def collector(cycle: Cycle) -> Collector:
    sender: Any = cycle._sender()
    assert isinstance(sender, Collector)
    return sender


def push(cycle: Cycle) -> None:
    """Push as if an interval had passed."""
    cycle._rows_due = 0.0
    cycle.push()


@pytest.mark.parametrize("failure", [RuntimeError("odd"), NotSent("gone", again=True)])
def test_whatever_fails_the_next_cycle_pushes_again(
    failure: Exception, cycle: Cycle, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    collector(cycle).failures = [failure, failure]
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            push(cycle)
    assert len(collector(cycle).requests) == 1
    assert self_metrics.exports[self_metrics.FAILED] == 2
    assert self_metrics.exports[self_metrics.SUCCEEDED] == 1
    assert caplog.text.count("components can't be pushed to") == 1
    assert caplog.text.count("components can be pushed again") == 1


def test_a_certificate_that_is_missing_for_a_while_costs_an_export(
    cycle: Cycle,
) -> None:
    make_component()
    with patch.dict(
        "otel_sla.telemetry.otlp.push_cycle.SENDERS", {"http/protobuf": missing}
    ):
        push(cycle)
    assert self_metrics.exports[self_metrics.FAILED] == 1
    push(cycle)
    assert len(collector(cycle).requests) == 1


def missing(push: Any) -> Collector:
    raise FileNotFoundError("ca.pem")


def test_rows_that_can_not_be_read_are_said_once_and_not_of_the_collector(
    cycle: Cycle, caplog: pytest.LogCaptureFixture
) -> None:
    failing = patch(
        "otel_sla.database.consistent_read.read", side_effect=OperationalError("gone")
    )
    with failing, caplog.at_level(logging.WARNING):
        for _ in range(5):
            push(cycle)
            cycle._recovered("this process's own")
    said = [one for one in caplog.messages if "pushed" in one]
    assert len(said) == 1
    assert "never have been by this process: gone" in said[0]
    assert cycle._job.failing


def test_one_who_can_not_ask_who_pushes_pushes_nothing_and_says_so(
    cycle: Cycle, caplog: pytest.LogCaptureFixture
) -> None:
    failing = patch(
        "otel_sla.telemetry.otlp.turn.acquire",
        side_effect=OperationalError("no such table"),
    )
    with failing, caplog.at_level(logging.WARNING):
        push(cycle)
        push(cycle)
    assert collector(cycle).requests == []
    assert caplog.text.count("can't be asked who pushes: no such table") == 1
    assert self_metrics.exports[self_metrics.FAILED] == 2


def test_a_holder_goes_on_while_the_database_can_not_be_asked(cycle: Cycle) -> None:
    make_component()
    push(cycle)
    with patch(
        "otel_sla.telemetry.otlp.turn.acquire",
        side_effect=OperationalError("gone"),
    ):
        push(cycle)
    assert len(collector(cycle).requests) == 2


def test_whoever_takes_over_pushes_no_counter_that_was_read_before() -> None:
    sources = Registry()
    total = counter("shop.total", "number", help="Total.")
    sources.register(
        LastGood(RowSource(declared(total=total, refresh=3_600, using="default")))
    )
    Order.objects.create(number=5)
    sources.collect(int(time.time()))
    # Which another machine has pushed meanwhile.
    Order.objects.update(number=7)
    job = Job(PUSH, Resource({}), InstrumentationScope("x"), sources=sources)
    with patch.dict(
        "otel_sla.telemetry.otlp.push_cycle.SENDERS", {"http/protobuf": Collector}
    ):
        cycle = Cycle(job)
        push(cycle)
        Order.objects.update(number=8)
        push(cycle)
        with (
            patch(
                "otel_sla.telemetry.otlp.turn.acquire",
                side_effect=OperationalError,
            ),
            patch(
                "otel_sla.database.consistent_read.read", side_effect=OperationalError
            ),
        ):
            push(cycle)
    pushed = [
        [
            point.as_int
            for metric in request.resource_metrics[0].scope_metrics[0].metrics
            if metric.name == "shop.total"
            for point in metric.sum.data_points
        ]
        for request in collector(cycle).requests
    ]
    assert pushed == [[7], [7], []]


def test_another_s_lease_leaves_nothing_to_push_and_is_no_failure(
    cycle: Cycle,
) -> None:
    acquire(LEASE, "another", 60)
    said: list[str] = []
    cycle._job.said = said.append
    push(cycle)
    push(cycle)
    assert collector(cycle).requests == []
    assert not cycle._job.failing
    assert said == [
        "another process pushes the components; this one waits for its turn"
    ]


def test_a_lease_of_a_clock_that_was_wrong_is_taken_over() -> None:
    acquire("a", "dead", 60)
    assert acquire("a", "next", 60) > 50
    Lease.objects.update(expires=acquire("b", "x", 1) + 1e12)
    assert acquire("a", "next", 60) == 0


@pytest.mark.parametrize("ahead", [0.6, 1.25, 1.87, 2.6, 3.0, 100.0])
def test_a_clock_set_back_frees_the_lease_within_two_intervals(
    ahead: float, cycle: Cycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component()
    acquire(LEASE, "gone", PUSH.interval * 1.25)
    push(cycle)
    assert collector(cycle).requests == []
    monotonic, passed = time.monotonic, 0.0
    monkeypatch.setattr(
        "otel_sla.telemetry.otlp.push_cycle.time.monotonic",
        lambda: monotonic() + passed,
    )
    Lease.objects.update(expires=DatabaseClock() + ahead * PUSH.interval)
    while not collector(cycle).requests:
        waits = cycle._rows_due - monotonic() - passed
        passed += waits
        assert passed <= 2 * PUSH.interval
        Lease.objects.filter(holder="gone").update(expires=F("expires") - waits)
        cycle.push()


def test_a_long_export_renews_the_lease_and_stops_where_it_is_lost(
    cycle: Cycle,
) -> None:
    requests = iter(range(3))
    held = cycle._while_held(requests)  # type: ignore[arg-type]
    cycle._acquire()
    assert next(held) == 0  # type: ignore[comparison-overlap]
    Lease.objects.update(holder="another")
    cycle._turn.asked_at -= PUSH.interval
    assert list(held) == []


def test_a_pusher_that_gets_no_thread_costs_no_request_and_starts_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pusher = Pusher(PUSH, Resource({}), InstrumentationScope("otel_sla"))
    none = patch("threading.Thread.start", side_effect=RuntimeError("no new thread"))
    with none as start:
        for _ in range(2):
            pusher.start()
    assert start.call_count == 1
    assert caplog.text.count(f"nothing is pushed to {PUSH.endpoint}: no new") == 1
    later = time.monotonic() + PUSH.interval
    with (
        patch("otel_sla.telemetry.otlp.pusher.Thread") as thread,
        patch("otel_sla.telemetry.otlp.pusher.atexit"),
        patch("otel_sla.telemetry.otlp.pusher.time.monotonic", return_value=later),
    ):
        for _ in range(2):
            pusher.start()
    thread.return_value.start.assert_called_once_with()


def test_a_callback_of_others_that_hangs_holds_up_no_component(
    provider: MeterProvider, cycle: Cycle, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    opened = Event()

    def hangs(options: CallbackOptions) -> list[Observation]:
        opened.wait(60)
        return [Observation(7)]

    reader = CollectingReader(replace(PUSH, reading=0.2))
    provider.add_metric_reader(reader)
    provider.get_meter("host").create_observable_gauge("queue", [hangs])
    cycle._job.collect = reader.collected
    cycle._own_due = 0.0
    began = time.monotonic()
    push(cycle)
    push(cycle)
    assert time.monotonic() - began < 30
    assert len(collector(cycle).requests) == 2
    assert caplog.text.count("collecting what callbacks observe takes longer") == 1
    opened.set()

    def collected() -> MetricsData | None:
        with suppress(HeldUp):
            return reader.collected()
        return None

    until(collected, "what others observe")
