"""What becomes of an export: what is sent, counted and said, and what is due next."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.db import connections
from django.test import override_settings
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otel_sla.bridge.self_metrics import (
    DROPPED,
    FAILED,
    REJECTED,
    SUCCEEDED,
    exports,
    points_lost,
)
from otel_sla.models.leases import Lease, acquire
from otel_sla.telemetry import callbacks
from otel_sla.telemetry.otlp.push_cycle import Cycle, Job
from otel_sla.telemetry.otlp.pusher import Pusher
from otel_sla.telemetry.otlp.transport import NotSent
from otel_sla.telemetry.otlp.turn import LEASE
from otel_sla.telemetry.sdk_reader import CollectingReader

from ..support.make import make_component
from ..support.otlp import Point, Request
from .test_otlp_transport import PUSH

pytestmark = pytest.mark.django_db(transaction=True)

SITE = Resource({"service.name": "site", "service.instance.id": "the-site"})
SCOPE = InstrumentationScope("otel_sla")
REFUSED = NotSent("HTTP 400 Bad Request", again=False)
GONE = NotSent("HTTP 503 Service Unavailable", again=True)
SMALL = replace(PUSH, max_points=10, timeout=30.0)
IN_ONE = replace(PUSH, timeout=30.0)


class Collector:
    """Gives the answers that it is told to, and then takes everything."""

    def __init__(self) -> None:
        self.answers: list[int | Exception] = []
        self.tried: list[list[Point]] = []
        self.heeds: Callable[[], object] = lambda: None
        self.closed = False

    def send(self, message: Any) -> int:
        self.tried.append(Request(0, "http", {}, message.SerializeToString()).points())
        self.heeds()
        answer = self.answers.pop(0) if self.answers else 0
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sizes(self) -> list[int]:
        """Return the points of each request so far, and forget the requests."""
        sizes = [len(points) for points in self.tried]
        self.tried.clear()
        return sizes

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Collector:
    """What everything here is pushed to."""
    collector = Collector()
    senders = {"http/protobuf": lambda push: collector}
    monkeypatch.setattr("otel_sla.telemetry.otlp.push_cycle.SENDERS", senders)
    return collector


class Clock:
    """Lets time pass that nobody waits for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monotonic, self.passed = time.monotonic, 0.0
        monkeypatch.setattr(time, "monotonic", lambda: monotonic() + self.passed)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.mark.parametrize(
    ("answers", "refused", "gone_from", "rejected"),
    [
        pytest.param([0, REFUSED, 0], [1], None, 0, id="one is refused"),
        pytest.param([REFUSED, 0, REFUSED], [0, 2], None, 0, id="two are refused"),
        pytest.param([0, GONE], [], 1, 0, id="then gone"),
        pytest.param([GONE], [], 0, 0, id="gone"),
        pytest.param([2, 0, 3], [], None, 5, id="points are rejected"),
        pytest.param([2, REFUSED, 3, GONE], [1], 3, 5, id="all of it"),
    ],
)
def test_each_request_counts_by_what_the_collector_makes_of_it(
    answers: list[int | Exception],
    refused: list[int],
    gone_from: int | None,
    rejected: int,
    collector: Collector,
    clock: Clock,
) -> None:
    for number in range(3):
        make_component(f"shop-{number}")
    said: list[str] = []
    cycle = Cycle(Job(SMALL, SITE, SCOPE, said=said.append))
    cycle.push()
    sizes = collector.sizes()
    points = sum(sizes)
    assert len(sizes) > 4
    assert f"3 components: {points} of {points} points pushed in" in said[-1]
    clock.passed = SMALL.interval
    collector.answers = list(answers)
    cycle.push()
    untried = [] if gone_from is None else sizes[gone_from:]
    assert collector.sizes() == sizes[: len(sizes) - len(untried[1:])]
    dropped = sum(untried) + sum(sizes[one] for one in refused)
    assert points_lost[DROPPED] == dropped
    assert points_lost[REJECTED] == rejected
    assert (exports[SUCCEEDED], exports[FAILED]) == ((1, 1) if dropped else (2, 0))
    if dropped:
        assert said[-1].startswith("failed: HTTP ")
    else:
        assert f": {points - rejected} of {points} points" in said[-1]


def test_points_are_lost_too_where_a_file_of_the_connection_is_missing(
    collector: Collector, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component()
    attempts = [FileNotFoundError(2, "No such file", "/none.pem"), collector]
    senders = {"http/protobuf": Mock(side_effect=attempts)}
    monkeypatch.setattr("otel_sla.telemetry.otlp.push_cycle.SENDERS", senders)
    said: list[str] = []
    cycle = Cycle(Job(PUSH, SITE, SCOPE, said=said.append))
    cycle.push()
    assert said[-1] == "failed: FileNotFoundError: [Errno 2] No such file: '/none.pem'"
    lost = points_lost[DROPPED]
    clock.passed = PUSH.interval
    cycle.push()
    assert collector.sizes() == [lost]
    assert (exports[SUCCEEDED], exports[FAILED]) == (1, 1)


def test_what_is_told_to_end_sends_no_second_request_and_counts_the_rest_as_lost(
    collector: Collector,
) -> None:
    for number in range(3):
        make_component(f"shop-{number}")
    job = Job(SMALL, SITE, SCOPE)
    collector.heeds = job.stop.set
    Cycle(job).push()
    assert collector.sizes() == [10]
    assert points_lost[DROPPED] >= 20


def test_a_worker_s_counts_are_its_own_and_those_of_the_command_go_with_the_rows(
    provider: MeterProvider, collector: Collector, clock: Clock
) -> None:
    make_component()
    Cycle(Job(PUSH, SITE, SCOPE)).push()
    assert instances(collector, "service_window.exports") == {"the-site"}
    Lease.objects.all().delete()
    collector.tried.clear()
    reader = CollectingReader(PUSH)
    provider.add_metric_reader(reader)
    callbacks.register(provider.get_meter("otel_sla"))
    worker = Cycle(Job(PUSH, SITE, SCOPE, reader.collected))
    worker.push()
    assert instances(collector, "service_window.info") == {"the-site"}
    assert instances(collector, "service_window.exports") == set()
    collector.tried.clear()
    clock.passed = PUSH.interval
    worker.push()
    (own,) = instances(collector, "service_window.exports")
    assert own != "the-site"
    assert instances(collector, "service_window.info") == {"the-site"}


def instances(collector: Collector, metric: str) -> set[str]:
    """The service instances under which a metric was pushed."""
    points = [one for points in collector.tried for one in points]
    return {
        dict(one.resource)["service.instance.id"]
        for one in points
        if one.metric == metric
    }


def test_a_push_that_is_late_is_followed_in_step_and_missed_ones_are_left_out(
    collector: Collector, clock: Clock
) -> None:
    cycle = Cycle(Job(PUSH, SITE, SCOPE))
    assert cycle.seconds_until_due() == 0
    cycle.push()
    assert cycle.seconds_until_due() == pytest.approx(PUSH.interval, abs=1)
    clock.passed = PUSH.interval + 15
    cycle.push()
    assert cycle.seconds_until_due() == pytest.approx(PUSH.interval - 15, abs=1)
    collector.tried.clear()
    clock.passed = 10.5 * PUSH.interval
    for _ in range(3):
        cycle.push()
    assert len(collector.tried) == 1
    assert cycle.seconds_until_due() > PUSH.interval / 3


def test_a_failure_that_lasts_is_said_again_and_one_that_comes_back_at_once(
    collector: Collector, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    cycle = Cycle(Job(PUSH, SITE, SCOPE))

    def lines(answer: int | Exception) -> int:
        """Push when it is due, and count the lines that this adds to the log."""
        caplog.clear()
        collector.answers = [answer]
        cycle.push()
        clock.passed += PUSH.interval
        return len([one for one in caplog.messages if "components can" in one])

    with caplog.at_level(logging.WARNING, "otel_sla"):
        assert lines(GONE) == 1
        assert 1 <= sum(lines(GONE) for _ in range(10)) <= 10
        assert lines(0) == 1
        assert lines(0) == 0
        assert lines(GONE) == 1


def test_what_ends_tries_a_collector_that_takes_nothing_no_more(
    provider: MeterProvider, collector: Collector
) -> None:
    cycle = Cycle(Job(SMALL, SITE, SCOPE, own_counts(provider).collected))
    cycle.push()
    collector.tried.clear()
    cycle.push_last()
    assert len(collector.tried) == 1
    Lease.objects.all().delete()
    failing = Cycle(Job(SMALL, SITE, SCOPE, own_counts(provider).collected))
    collector.answers = [GONE]
    failing.push()
    collector.tried.clear()
    failing.push_last()
    assert collector.tried == []


def test_what_a_worker_measures_is_pushed_at_every_interval_but_the_first(
    provider: MeterProvider, collector: Collector, clock: Clock
) -> None:
    cycle = Cycle(Job(PUSH, SITE, SCOPE, own_counts(provider).collected))
    for pushed in (0, 1, 2, 3):
        collector.tried.clear()
        cycle.push()
        assert len(instances(collector, "requests")) == (pushed > 0)
        clock.passed += PUSH.interval


def test_a_pusher_that_has_ended_leaves_no_connection(
    provider: MeterProvider, collector: Collector
) -> None:
    pusher = Pusher(SMALL, SITE, SCOPE, own_counts(provider))
    pusher.end()
    with patch.object(connections, "close_all") as close_all:
        pusher.run()
    assert collector.closed
    close_all.assert_called_once_with()


def test_what_another_process_pushes_now_is_no_failure_of_this_one_s_any_more(
    collector: Collector, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    job = Job(PUSH, SITE, SCOPE)
    cycle = Cycle(job)
    collector.answers = [GONE]
    cycle.push()
    assert job.failing
    Lease.objects.all().delete()
    acquire(LEASE, "another", 60)
    clock.passed = PUSH.interval
    with caplog.at_level(logging.WARNING, "otel_sla"):
        cycle.push()
    assert not job.failing
    assert "components can be pushed again" in caplog.text


def test_one_failure_is_not_over_with_another(
    provider: MeterProvider, collector: Collector, clock: Clock
) -> None:
    make_component()
    job = Job(PUSH, SITE, SCOPE, own_counts(provider).collected)
    cycle = Cycle(job)
    collector.answers = [GONE]
    cycle.push()
    assert job.failing
    # The rows fail again, and what is the process's own is taken.
    collector.answers = [GONE, 0]
    clock.passed = PUSH.interval
    cycle.push()
    assert job.failing
    clock.passed = 2 * PUSH.interval
    cycle.push()
    assert not job.failing


def test_a_lease_is_free_soon_after_its_holder_has_missed_a_turn(
    collector: Collector,
) -> None:
    Cycle(Job(PUSH, SITE, SCOPE)).push()
    left = acquire(LEASE, "another", 1.25 * PUSH.interval)
    assert PUSH.interval < left < 1.5 * PUSH.interval


def test_each_selection_of_rows_is_pushed_by_somebody(collector: Collector) -> None:
    for team in "ab":
        make_component(f"shop-{team}", labels={"team": team})

    def pushed(*select: str) -> set[str]:
        """Return the components that another process pushes."""
        collector.tried.clear()
        with override_settings(OTEL_SLA={"SELECT": list(select)}):
            Cycle(Job(PUSH, SITE, SCOPE)).push()
        points = [one for points in collector.tried for one in points]
        shown = (dict(one.attributes).get("component") for one in points)
        return {one for one in shown if one}

    assert pushed("team:a") == {"shop-a"}
    assert pushed("team:b") == {"shop-b"}
    assert pushed("team:a", "team:b") == {"shop-a", "shop-b"}
    assert pushed() == {"shop-a", "shop-b"}
    # Of each selection there is one who pushes it now, in whatever order it is given.
    assert pushed("team:b", "team:a") == pushed("team:a") == pushed() == set()


def test_times_are_unix_nanoseconds_and_counters_count_since_the_process_began(
    collector: Collector,
) -> None:
    before = time.time_ns()
    raw: list[Any] = []

    def send(collector: Collector, message: Any) -> int:
        raw.append(message)
        return 0

    with patch.object(Collector, "send", send):
        Cycle(Job(PUSH, SITE, SCOPE)).push()
    metrics = {
        one.name: one for one in raw[0].resource_metrics[0].scope_metrics[0].metrics
    }
    counted = metrics["service_window.exports"].sum.data_points[0]
    shown = metrics["service_window.snapshot.timestamp"].gauge.data_points[0]
    for point in (counted, shown):
        assert before <= point.time_unix_nano <= time.time_ns()
    hour = 3_600 * 10**9
    assert before - hour < counted.start_time_unix_nano <= before
    assert shown.start_time_unix_nano == 0


def test_the_name_of_a_holder_fits_whatever_the_host_is_called_and_is_its_own(
    collector: Collector,
) -> None:
    holders = set()
    for _ in range(3):
        with patch("socket.gethostname", return_value="h" * 63):
            Cycle(Job(PUSH, SITE, SCOPE)).push()
        lease = Lease.objects.get()
        lease.full_clean(validate_unique=False)
        holders.add(lease.holder)
        lease.delete()
    assert len(holders) == 3


def own_counts(provider: MeterProvider) -> CollectingReader:
    """Have a host count something, so that there is something to push of it."""
    reader = CollectingReader(SMALL)
    provider.add_metric_reader(reader)
    provider.get_meter("host").create_counter("requests").add(1)
    return reader


def test_the_command_ends_only_when_its_last_export_is_done(
    provider: MeterProvider, collector: Collector
) -> None:
    pusher = Pusher(IN_ONE, SITE, SCOPE, own_counts(provider))
    done: list[str] = []

    def ends_meanwhile() -> None:
        pusher.end()
        Event().wait(0.4)
        done.append("sent")

    collector.heeds = ends_meanwhile
    pusher.run_in_foreground()
    assert len(done) == 2, "the rows, and what is the process's own"


def test_a_worker_s_end_waits_for_its_last_export(
    provider: MeterProvider, collector: Collector
) -> None:
    pusher = Pusher(IN_ONE, SITE, SCOPE, own_counts(provider))
    sending, done = Event(), list[str]()

    def sends() -> None:
        sending.set()
        done.append("sent")

    collector.heeds = sends
    with patch("otel_sla.telemetry.otlp.pusher.atexit") as atexit:
        pusher.start()
    assert sending.wait(10)
    (at_exit,) = atexit.register.call_args.args
    at_exit()
    assert len(done) == 2, "the rows, and what is the process's own"


def test_a_worker_s_end_waits_for_no_collector_that_takes_nothing(
    collector: Collector,
) -> None:
    pusher = Pusher(replace(SMALL, interval=0.2), SITE, SCOPE)
    before = set(threading.enumerate())
    sending, ended, held_up = Event(), Event(), list[bool]()

    def sends() -> None:
        if pusher.failing:
            sending.set()
            held_up.append(not ended.wait(10))
        else:
            collector.answers = [GONE]

    collector.heeds = sends
    with patch("otel_sla.telemetry.otlp.pusher.atexit"):
        pusher.start()
    assert sending.wait(10)
    pusher.stop()
    ended.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert not any(held_up)
