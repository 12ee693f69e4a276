"""What shared callbacks observe is pushed by one process, as the site's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otel_sla.bridge import shared
from otel_sla.bridge.registry import Registry
from otel_sla.models.leases import Lease, acquire
from otel_sla.telemetry.otlp.push_cycle import Cycle, Job
from otel_sla.telemetry.otlp.turn import lease_for, lease_for_shared
from otel_sla.telemetry.sdk_reader import CollectingReader

from ..support.otlp import Point, Request
from .test_otlp_transport import PUSH

pytestmark = pytest.mark.django_db(transaction=True)

SITE = Resource({"service.name": "site"})


class Process:
    """One of a site's processes, what it has pushed and whom it has asked."""

    def __init__(self, *, declares: bool = True) -> None:
        self.asked: Counter[str] = Counter()
        self.pushed: list[Point] = []
        reader = CollectingReader(PUSH)
        self.provider = MeterProvider([reader], SITE, shutdown_on_exit=False)
        meter = self.provider.get_meter("shop")
        meter.create_observable_gauge("memory", [self._memory])
        if declares:
            meter.create_observable_gauge("carts", [shared(self._carts)])
        scope = InstrumentationScope("otel_sla")
        self.cycle = Cycle(Job(PUSH, SITE, scope, reader.collected, sources=Registry()))

    def _memory(self, options: CallbackOptions) -> list[Observation]:
        self.asked["memory"] += 1
        return [Observation(1)]

    def _carts(self, options: CallbackOptions) -> list[Observation]:
        self.asked["carts"] += 1
        return [Observation(5, {"of": "all"}), Observation(2.5, {"of": "some"})]

    def push(self) -> dict[str, list[Point]]:
        """Push as if an interval had passed; return the points by metric."""
        self.pushed.clear()
        self.cycle._rows_due = self.cycle._own_due = 0.0
        with patch.dict(
            "otel_sla.telemetry.otlp.push_cycle.SENDERS",
            {"http/protobuf": lambda push: self},
        ):
            self.cycle.push()
        found: dict[str, list[Point]] = {}
        for point in self.pushed:
            found.setdefault(point.metric, []).append(point)
        return found

    def send(self, message: Any) -> int:
        self.pushed += Request(0, "http", {}, message.SerializeToString()).points()
        return 0

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    processes = [Process(), Process()]
    yield processes
    for one in processes:
        one.provider.shutdown()


def test_one_process_pushes_them_as_the_site_s_and_each_what_is_its_own(
    processes: list[Process],
) -> None:
    instances = set()
    for times in (1, 2):
        holder, other = (one.push() for one in processes)
        assert {(one.attributes, one.value) for one in holder["carts"]} == {
            (frozenset({("of", "all")}), 5.0),
            (frozenset({("of", "some")}), 2.5),
        }
        assert {one.resource for one in holder["carts"]} == {
            frozenset({("service.name", "site")})
        }
        assert "carts" not in other
        for found in (holder, other):
            (memory,) = found["memory"]
            instances.add(dict(memory.resource)["service.instance.id"])
        assert [one.asked for one in processes] == [
            {"carts": times, "memory": times},
            {"memory": times},
        ]
    assert len(instances) == 2


def test_another_takes_over_and_nobody_pushes_them_when_it_ends(
    processes: list[Process],
) -> None:
    holder, other = processes
    assert "carts" in holder.push()
    Lease.objects.update(expires=0)
    assert "carts" in other.push()
    assert "carts" not in holder.push()
    asked = other.asked["carts"]
    other.pushed.clear()
    other.cycle.push_last()
    assert [one.metric for one in other.pushed] == ["memory"]
    assert other.asked["carts"] == asked


def test_while_the_database_can_not_be_asked_the_holder_goes_on(
    processes: list[Process],
) -> None:
    holder, other = processes
    holder.push()
    with patch(
        "otel_sla.telemetry.otlp.turn.acquire", side_effect=OperationalError("gone")
    ) as asked:
        assert "carts" in holder.push()
        assert "carts" not in other.push()
    # By each once: the push is not held up twice.
    assert asked.call_count == 2


def test_a_process_that_pushes_rows_for_all_leaves_them_to_one_that_has_them() -> None:
    acquire(lease_for(()), "export_metrics", 60)
    process = Process()
    assert "carts" in process.push()
    process.provider.shutdown()


def test_without_shared_callbacks_no_lease_is_asked_for() -> None:
    process = Process(declares=False)
    assert list(process.push()) == ["memory"]
    process.provider.shutdown()
    assert [one.name for one in Lease.objects.all()] == [lease_for(())]


def test_services_that_share_a_database_have_leases_of_their_own() -> None:
    leases = {
        lease_for_shared(Resource({"service.name": name, "host.name": host}))
        for name in ("shop", "admin")
        for host in ("a", "b")
    }
    assert len(leases) == 2
    assert max(map(len, leases)) <= 64
