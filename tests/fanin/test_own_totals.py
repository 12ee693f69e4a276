"""What a worker saves of its own, and what it asks for that."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics.export import MetricsData

from otel_sla.fanin.aggregation import Totals
from otel_sla.fanin.incidents import Incidents
from otel_sla.fanin.membership import Membership
from otel_sla.fanin.own_totals import Collect, IsShared, OwnTotals
from otel_sla.fanin.totals_files import process_id
from otel_sla.telemetry import host_provider

from .test_worker import Worker


class Asked(Worker):
    """A worker with an observable counter of reads by disk."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = {"a": 5, "b": 3}
        self.times_asked = 0
        meter = self.provider.get_meter("host")
        meter.create_observable_counter("reads", [self._observe])

    def _observe(self, options: CallbackOptions) -> list[Observation]:
        self.times_asked += 1
        return [Observation(n, {"disk": disk}) for disk, n in self.reads.items()]

    def counted(self) -> MetricsData | None:
        return host_provider.counted(self.provider, self.reader)


@pytest.fixture
def worker() -> Iterator[Asked]:
    worker = Asked()
    yield worker
    worker.provider.shutdown()


@pytest.fixture
def member() -> Iterator[Membership]:
    with tempfile.TemporaryDirectory(prefix="fanin-") as directory:
        base = Path(directory)
        member = Membership(lambda: base, process_id(os.getpid()) or "")
        member.enter()
        yield member


def own(
    worker: Asked,
    counted: Collect | None,
    is_shared: IsShared = lambda point: False,
) -> OwnTotals:
    incidents = Incidents(pytest.fail, lambda: None)
    return OwnTotals(worker.collect, counted, is_shared, incidents)


def saved(member: Membership) -> dict[str, dict[str, int]]:
    """What would be left of the worker, were it killed now; histograms are left out."""
    totals: Totals = json.loads(member.files.file_of(member.name).read_bytes())
    return {
        json.loads(identity)["name"]: {
            key: value >> 64 if value >> 64 else value for key, value in points.items()
        }
        for identity, points in totals.items()
        if '"bounds": null' in identity
    }


def test_saving_asks_no_callback_and_keeps_what_was_said_for_the_last_answer(
    worker: Asked, member: Membership
) -> None:
    totals = own(worker, worker.counted)
    worker.requests.add(1)
    totals.save(member)
    assert saved(member) == {"requests": {"[]": 1}}
    assert worker.times_asked == 0
    worker.memory = 100
    totals.answer(member)
    reads = {'[["disk", "a"]]': 5, '[["disk", "b"]]': 3}
    memory = {"[]": 100}
    worker.reads["a"] = 8
    for count in (2, 3):
        worker.requests.add(1)
        totals.save(member)
        assert saved(member) == {
            "requests": {"[]": count},
            "reads": reads,
            "memory": memory,
        }
    assert worker.times_asked == 1
    del worker.reads["b"]
    totals.collect(member, 1, worker.collect)
    totals.save(member)
    assert saved(member)["reads"] == {'[["disk", "a"]]': 8}
    assert worker.times_asked == 2


def test_every_saving_asks_callbacks_that_cannot_be_left_out(
    worker: Asked, member: Membership
) -> None:
    totals = own(worker, None)
    for times in (1, 2):
        worker.requests.add(1)
        totals.save(member)
        assert saved(member)["requests"] == {"[]": times}
        assert worker.times_asked == times


def test_shared_points_are_returned_and_not_saved(
    worker: Asked, member: Membership
) -> None:
    totals = own(
        worker, worker.counted, lambda point: "disk" in (point.attributes or {})
    )
    mine, shared = totals.collect(member, 1, worker.collect)
    names = [{json.loads(one)["name"] for one in part} for part in (mine, shared)]
    assert names == [{"memory"}, {"reads"}]
    assert saved(member).keys() == {"memory"}
    assert b"reads" not in totals.answer(member)
