"""What a scrape shows, and says, where a part of it can't be had."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from threading import Event
from typing import Any
from unittest.mock import Mock, patch

import pytest
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

from otel_sla.bridge import self_metrics
from otel_sla.bridge.self_metrics import WORKERS, collection_errors, workers_together
from otel_sla.bridge.single_flight import Flight, SingleFlight
from otel_sla.telemetry import callbacks
from otel_sla.telemetry.scrape import Scrapes
from otel_sla.telemetry.sdk_reader import CollectingReader, DirectReader, Unheard
from otel_sla.telemetry.workers import Workers

from ..support.make import make_component
from .test_otlp_transport import PUSH


@pytest.fixture(autouse=True)
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several workers, which know of each other."""
    monkeypatch.setattr(workers_together, "ask", lambda: True)
    monkeypatch.setattr(workers_together, "is_shown", True)


@pytest.fixture
def reader(provider: MeterProvider) -> DirectReader:
    reader = DirectReader(
        Resource({}), disable_target_info=True, scope_info_enabled=False
    )
    provider.add_metric_reader(reader)
    callbacks.register(provider.get_meter("otel_sla"))
    return reader


def nothing_is_collected() -> AbstractContextManager[Any]:
    return patch.object(DirectReader, "own", side_effect=TimeoutError("10 s"))


def nothing_can_be_written() -> AbstractContextManager[Any]:
    odd = Mock()
    odd.name, odd.samples = "odd", [Mock(name="odd", labels={"a": "\udcff"})]
    return patch.object(DirectReader, "shown", return_value=[odd])


FAILURES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "nothing": nullcontext,
    "collecting": nothing_is_collected,
    "writing": nothing_can_be_written,
    "asking the others": lambda: patch.object(
        DirectReader, "shown", side_effect=Unheard("apart")
    ),
}
OWN = "\nservice_window_exports_total{"


@pytest.mark.django_db
@pytest.mark.parametrize("are_together", [True, False])
@pytest.mark.parametrize("fails", FAILURES)
def test_one_s_own_counts_are_shown_only_where_no_other_worker_shows_more(
    fails: str, are_together: bool, reader: DirectReader
) -> None:
    """Counts of one worker, in the place of all, would go back."""
    make_component()
    scrapes = Scrapes(reader, direct=True, together=lambda: are_together)
    for failure in (FAILURES[fails], nullcontext):
        with failure():
            text = scrapes.answer("", "", "").body.decode()
        well = failure is nullcontext
        assert "\nservice_window_info{" in text
        assert text.count(f'{OWN}outcome="failed"') == (well or not are_together)
        assert f"\nservice_window_workers_together {int(well)}\n" in text


COUNTED = {
    "collection_errors": (
        self_metrics.collection_errors,
        "stage",
        ("read", "wait", "others", "workers"),
    ),
    "exports": (self_metrics.exports, "outcome", ("succeeded", "failed")),
    "export_points_lost": (
        self_metrics.points_lost,
        "reason",
        ("dropped", "rejected"),
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("fails", ["nothing", "collecting"])
def test_what_a_process_counts_of_its_own_work_is_told_by_its_kind(
    fails: str, reader: DirectReader
) -> None:
    scrapes = Scrapes(reader, direct=True)
    expected, number = set[str](), 10
    for name, (counts, label, kinds) in COUNTED.items():
        for kind in kinds:
            number += 1
            counts.add(kind, number)
            # The failure itself is counted as well.
            shown = number + (kind == "others" and fails == "collecting")
            expected.add(f'service_window_{name}_total{{{label}="{kind}"}} {shown}')
    with FAILURES[fails]():
        text = scrapes.answer("", "", "").body.decode()
    lines = {one.removesuffix(".0") for one in text.splitlines()}
    assert {one for one in lines if "_total{" in one} == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("known", "shown"), [(None, None), (True, 1), (False, 0)], ids=str
)
def test_a_scrape_tells_whether_all_workers_are_in_it_where_there_are_others(
    known: bool | None, shown: int | None, reader: DirectReader
) -> None:
    workers_together.ask = lambda: known
    text = Scrapes(reader, direct=True).answer("", "", "").body.decode()
    line = f"\nservice_window_workers_together {shown}\n"
    assert (line in text) == (known is not None)
    assert ("service_window_workers_together" in text) == (known is not None)


@pytest.mark.django_db
def test_each_failure_of_others_is_logged_also_after_another_that_is_over(
    reader: DirectReader, caplog: pytest.LogCaptureFixture
) -> None:
    scrapes = Scrapes(reader, direct=True)
    for fails, line in (("collecting", "be collected"), ("writing", "be written")):
        for _ in range(2):
            caplog.clear()
            for _ in range(3):
                with FAILURES[fails]():
                    scrapes.answer("", "", "")
            assert caplog.text.count(f"the instruments of others can't {line}") == 1
            scrapes.answer("", "", "")


def test_each_time_that_workers_are_apart_is_logged_and_its_end(
    provider: MeterProvider,
    reader: DirectReader,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fan_in = Mock()
    monkeypatch.setattr("otel_sla.telemetry.workers.FanIn", fan_in)
    Workers(reader, Resource({}))
    failed, recovered = (
        fan_in.call_args.kwargs[one] for one in ("failed", "recovered")
    )
    with caplog.at_level(logging.WARNING, "otel_sla"):
        for _ in range(2):
            caplog.clear()
            recovered()
            assert caplog.messages == []
            failed("worker 7-1 did not answer in time")
            failed("worker 7-2 did not answer in time")
            recovered()
            recovered()
            assert caplog.messages == [
                "a scrape leaves out what other workers counted: worker 7-1 did not "
                "answer in time",
                "scrapes show all workers' counts again",
            ]
    assert collection_errors[WORKERS] == 4


def test_a_flight_goes_on_while_the_one_who_began_it_does() -> None:
    """Else the next would begin another, beside the one that hangs."""
    flights = SingleFlight()
    with flights.join() as flight:
        for _ in range(2):
            # One that comes and gives up.
            with flights.join() as joined:
                assert joined is flight
    with flights.join() as another:
        assert another is not flight


@pytest.mark.django_db
@pytest.mark.parametrize("is_compressed", [True, False])
def test_a_scrape_that_waits_in_vain_is_answered_in_the_format_it_asks_for(
    is_compressed: bool, reader: DirectReader
) -> None:
    make_component()
    scrapes = Scrapes(reader, direct=True)
    scrapes.answer("", "", "")
    held_up = Flight()
    held_up._lock.acquire()
    with patch.object(SingleFlight, "join", lambda flights: nullcontext(held_up)):
        answer = scrapes.answer("", "gzip" if is_compressed else "", "0.1")
    assert answer.headers.get("Content-Encoding") == ("gzip" if is_compressed else None)
    body = gzip.decompress(answer.body) if is_compressed else answer.body
    assert b"\nservice_window_info{" in body
    assert b'\nservice_window_collection_errors_total{stage="wait"} 1' in body
    assert b'\nservice_window_collection_errors_total{stage="read"} 0' in body


@pytest.mark.django_db
def test_a_callback_of_others_may_take_some_time(
    provider: MeterProvider, reader: DirectReader
) -> None:
    def takes(options: CallbackOptions) -> list[Observation]:
        Event().wait(0.05)
        return [Observation(7)]

    meter = provider.get_meter("host")
    for name in ("first", "second"):
        meter.create_observable_gauge(name, [takes])
    text = Scrapes(reader, direct=True).answer("", "", "").body.decode()
    assert "\nfirst 7.0\n" in text
    assert "\nsecond 7.0\n" in text
    collecting = CollectingReader(replace(PUSH, reading=5.0))
    provider.add_metric_reader(collecting)
    assert "name='second'" in str(collecting.collected())


def test_what_is_observed_no_more_is_not_collected_again(
    provider: MeterProvider,
) -> None:
    readers = DirectReader(Resource({})), CollectingReader(PUSH)
    for reader in readers:
        provider.add_metric_reader(reader)
    observed = [[Observation(7)], [Observation(7)]]

    def observe(options: CallbackOptions) -> list[Observation]:
        return observed.pop() if observed else []

    provider.get_meter("host").create_observable_gauge("queue", [observe])
    collects = (readers[0].own, readers[1].collected)
    assert [collect() is None for collect in collects] == [False, False]
    assert [collect() is None for collect in collects] == [True, True]
