"""Scrapes: shared while one is under way, whole, and silent about nothing."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.db import OperationalError
from django.test import Client, override_settings
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client.parser import text_string_to_metric_families as parse_text

from otel_sla.bridge.no_rows import NoRows
from otel_sla.bridge.single_flight import Flight, SingleFlight, TookTooLong
from otel_sla.database.deadline import Deadline
from otel_sla.metrics.instruments import PerComponent
from otel_sla.metrics.snapshot import Snapshot
from otel_sla.metrics.source import snapshots
from otel_sla.telemetry import config
from otel_sla.telemetry import scrape as module
from otel_sla.telemetry import setup as telemetry
from otel_sla.telemetry.config.reader_options import Pull
from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.scrape import Answer, Scrapes, reading_deadline

from ..conftest import CONFIG_FILE
from ..support.make import make_component, seconds
from ..support.processes import until
from .test_callbacks import collect, observed
from .test_exposition import meaning

NOON = seconds(2026, 3, 27, 12)


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "time", Mock(time=lambda: NOON + 0.5))


def text_of(scrapes: Scrapes) -> str:
    return scrapes.answer("", "", "").body.decode()


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text;version=1.0.0"])
@pytest.mark.django_db
def test_the_stock_path_serves_the_same_samples(
    accept: str, provider: MeterProvider, scrapes: Scrapes, at_noon: None
) -> None:
    make_component(labels={"team": 'a\\b\n"c"', "a.b": "", "timezone": "mine"})
    make_component("other", labels={"1st": "x"})
    with override_settings(OTEL_SLA={"DIRECT_EXPOSITION": False}):
        other = MeterProvider(shutdown_on_exit=False)
        stock = telemetry.install(other, config.load(CONFIG_FILE)).scrapes
    assert stock is not None
    texts = [one.answer("", "", "").body.decode() for one in (scrapes, stock)]
    other.shutdown()
    assert " 1774612800.0\n" not in texts[0], "written by us"
    assert "service_window_snapshot_timestamp_seconds 1.7746128e+09\n" in texts[1]
    (ours, _), (theirs, _) = (meaning(parse_text(text)) for text in texts)
    duration = ("service_window_collection_duration_seconds", frozenset[Any]())
    assert ours.pop(duration) > 0 < theirs.pop(duration)
    assert ours == theirs


@pytest.mark.django_db
def test_other_instruments_are_there_once_however_often_the_provider_is_flushed(
    provider: MeterProvider, scrapes: Scrapes
) -> None:
    counter = provider.get_meter("host").create_counter("requests")
    for total in (1, 2, 3):
        counter.add(1)
        provider.force_flush()
        assert text_of(scrapes).count(f"\nrequests_total {total}.0\n") == 1


@pytest.mark.django_db
def test_an_instrument_of_others_is_left_out_where_a_source_has_its_name(
    provider: MeterProvider, scrapes: Scrapes, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    host = provider.get_meter("host")
    host.create_counter("requests").add(1)
    host.create_gauge("service_window.next.start", unit="s").set(1)
    for _ in range(2):
        text = text_of(scrapes)
    assert text.count("# TYPE service_window_next_start_seconds ") == 1
    assert "requests_total 1.0" in text
    assert caplog.text.count("the name of a source's instrument") == 1


def test_a_flush_of_the_provider_reads_nothing_for_a_reader_that_is_asked(
    provider: MeterProvider, scrapes: Scrapes
) -> None:
    with patch.object(snapshots, "take") as take:
        provider.force_flush()
    take.assert_not_called()


@pytest.mark.django_db
def test_other_readers_get_what_goes_past_the_sdk_for_ours(
    provider: MeterProvider, scrapes: Scrapes
) -> None:
    reader = InMemoryMetricReader()
    provider.add_metric_reader(reader)
    make_component()
    before = observed(collect(reader), "service_window.info")
    assert text_of(scrapes).count("\nservice_window_info{") == 1
    after = observed(collect(reader), "service_window.info")
    assert before == after == {"web-shop": 1}


@pytest.mark.django_db
def test_our_callbacks_tell_the_reader_of_scrapes_nothing(
    provider: MeterProvider, scrapes: Scrapes
) -> None:
    make_component()
    with patch.object(PerComponent, "points", side_effect=AssertionError):
        assert "service_window_info{" in text_of(scrapes)


@pytest.mark.django_db
def test_others_that_fail_are_counted_and_logged_once_and_cost_no_component(
    provider: MeterProvider, scrapes: Scrapes, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    failed = 'service_window_collection_errors_total{stage="others"}'
    failing = patch(
        "otel_sla.telemetry.sdk_reader.DirectReader.own",
        side_effect=TimeoutError("10 s"),
    )
    with failing:
        for count in (1, 2):
            text = text_of(scrapes)
            assert "\nservice_window_info{" in text
            assert f"{failed} {count}\n" in text
    assert f"{failed} 2.0\n" in text_of(scrapes)
    logged = "the instruments of others can't be collected"
    assert caplog.text.count(logged) == 1
    # One that comes back is another.
    with failing:
        text_of(scrapes)
    assert caplog.text.count(logged) == 2


class Hanging:
    """A gauge of others that asks what does not answer until it is told to."""

    def __init__(self, provider: MeterProvider) -> None:
        self.opened = threading.Event()
        meter = provider.get_meter("host")
        meter.create_observable_gauge("queue", [self._observe])
        meter.create_counter("requests").add(1)

    def _observe(self, options: CallbackOptions) -> list[Observation]:
        self.opened.wait(60)
        return [Observation(7)]


@pytest.fixture
def hanging(provider: MeterProvider) -> Iterator[Hanging]:
    hanging = Hanging(provider)
    yield hanging
    hanging.opened.set()


@pytest.mark.django_db
def test_a_callback_of_others_that_hangs_holds_up_no_component(
    scrapes: Scrapes, hanging: Hanging, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    for count, timeout, most in ((1, "4", 30), (2, "3", 1.7)):
        began = time.monotonic()
        text = scrapes.answer("", "", timeout).body.decode()
        assert time.monotonic() - began < most, "what is held up is known"
        assert "\nservice_window_info{" in text
        assert f'errors_total{{stage="others"}} {count}\n' in text
        assert "requests_total" not in text
    assert caplog.text.count("what callbacks observe takes longer than 3.") == 1
    assert "Traceback" not in caplog.text
    hanging.opened.set()
    until(lambda: "\nqueue 7.0\n" in text_of(scrapes), "what others observe")
    assert "\nrequests_total 1.0\n" in text_of(scrapes)


@pytest.mark.django_db
def test_what_others_have_is_there_though_reading_has_taken_all_the_time(
    provider: MeterProvider, scrapes: Scrapes
) -> None:
    make_component()
    text_of(scrapes)
    provider.get_meter("host").create_counter("requests").add(1)
    late = Mock(return_value=Deadline(0))
    late.return_value.seconds = 8
    gone = patch(
        "otel_sla.database.consistent_read.read", side_effect=OperationalError("gone")
    )
    with gone, patch("otel_sla.telemetry.scrape.reading_deadline", late):
        assert "\nrequests_total 1.0\n" in text_of(scrapes)


@pytest.mark.django_db
def test_where_all_goes_through_the_sdk_what_hangs_is_503_in_time(
    provider: MeterProvider, hanging: Hanging
) -> None:
    make_component()
    with override_settings(OTEL_SLA={"DIRECT_EXPOSITION": False}):
        stock = telemetry.install(provider, config.load(CONFIG_FILE)).scrapes
    assert stock is not None
    began = time.monotonic()
    with pytest.raises(NoRows, match="the SDK can't collect: collecting what"):
        stock.answer("", "", "1")
    assert time.monotonic() - began < 30


@pytest.mark.django_db
def test_what_others_observe_and_nobody_can_write_costs_no_component(
    provider: MeterProvider, scrapes: Scrapes, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    meter = provider.get_meter("host")
    meter.create_counter("first").add(1)
    meter.create_counter("requests").add(1, {"who": "\udcff"})
    for count in (1, 2):
        body = scrapes.answer("", "gzip", "").body
        text = gzip.decompress(body).decode()
        assert "\nservice_window_info{" in text
        assert "first_total" not in text, "the format holds what was written before"
        assert f'errors_total{{stage="others"}} {count}\n' in text
    assert caplog.text.count("the instruments of others can't be written") == 1


@pytest.mark.django_db
def test_an_sdk_that_fails_is_503_where_all_goes_through_it(
    provider: MeterProvider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component()
    with override_settings(OTEL_SLA={"DIRECT_EXPOSITION": False}):
        active = telemetry.install(provider, config.load(CONFIG_FILE))
    monkeypatch.setattr(telemetry, "_active", active)
    failing = patch(
        "otel_sla.telemetry.sdk_reader.DirectReader.own",
        side_effect=TimeoutError("10 s"),
    )
    with failing:
        response = client.get("/metrics")
    assert response.status_code == 503
    assert b"the SDK can't collect: 10 s" in response.content


@pytest.mark.django_db
def test_target_info_is_there_though_no_other_instrument_is(
    provider: MeterProvider,
) -> None:
    pull = Pull(target_info=True, scope_info=True, cardinality_limits={})
    active = telemetry.install(provider, Mock(pull=pull, push=None))
    assert active.scrapes is not None
    make_component()
    for _ in range(2):
        text = text_of(active.scrapes)
        assert text.count("\ntarget_info{") == 1
        assert (
            'service_window_in_window{component="web-shop",otel_scope_name="otel_sla",'
            in text
        )


class Gate:
    """Holds up the first snapshot until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self.taken = 0

    def take(self, moment: int, deadline: Deadline | None, *_: object) -> Snapshot:
        self.taken += 1
        self.reached.set()
        assert self.opened.wait(30)
        return Snapshot(moment)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(snapshots, "take", gate.take)
    yield gate
    gate.opened.set()


def in_threads(count: int, work: Callable[[], Any]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_scrapes_that_arrive_meanwhile_share_the_body(
    scrapes: Scrapes, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    join, joined = scrapes._flights.join, threading.Semaphore(0)
    bodies: list[bytes] = []

    @contextmanager
    def counted() -> Iterator[Flight]:
        with join() as flight:
            joined.release()
            yield flight

    monkeypatch.setattr(scrapes._flights, "join", counted)
    with patch("otel_sla.telemetry.scrape.write", wraps=write) as written:
        threads = in_threads(
            10, lambda: bodies.append(scrapes.answer("", "gzip", "30").body)
        )
        for _ in threads:
            joined.acquire()
        gate.opened.set()
        for thread in threads:
            thread.join()
    assert gate.taken == written.call_count == 1
    assert len(bodies) == 10
    assert len({id(body) for body in bodies}) == 1


def test_a_scrape_that_comes_later_takes_its_own(scrapes: Scrapes, gate: Gate) -> None:
    gate.opened.set()
    scrapes.answer("", "", "")
    scrapes.answer("", "", "")
    assert gate.taken == 2


@pytest.mark.django_db
def test_one_that_is_held_up_is_not_waited_for_past_the_deadline(
    scrapes: Scrapes,
) -> None:
    make_component()
    text_of(scrapes)
    gate, answers = Gate(), list[Answer]()
    with patch.object(snapshots, "take", gate.take):
        (held_up,) = in_threads(1, lambda: answers.append(scrapes.answer("", "", "")))
        assert gate.reached.wait(30)
        text = scrapes.answer("", "", "0.1").body.decode()
        gate.opened.set()
        held_up.join()
    assert 'service_window_info{component="web-shop"' in text
    assert 'service_window_collection_errors_total{stage="wait"} 1.0\n' in text
    assert len(answers) == 1


def test_a_failure_is_shared_and_the_next_scrape_tries_anew(scrapes: Scrapes) -> None:
    with patch(
        "otel_sla.database.consistent_read.read", side_effect=OperationalError("gone")
    ) as read:
        for count in (1, 2):
            with pytest.raises(NoRows, match="never have been by this process: gone"):
                scrapes.answer("", "", "")
            assert read.call_count == count


@pytest.mark.django_db
def test_who_has_more_time_than_the_first_gets_no_rows_that_lacked_it(
    scrapes: Scrapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first runs out of time, while one that has more waits for it."""
    make_component()
    monkeypatch.setattr(module, "time", clock := Mock(time=Mock(return_value=NOON)))
    text_of(scrapes)
    clock.time.return_value += 15
    begun, joined = threading.Event(), threading.Event()
    deadlines, answers = list[Deadline](), list[Answer]()
    join = scrapes._flights.join

    @contextmanager
    def counted() -> Iterator[Flight]:
        with join() as flight:
            if begun.is_set():
                joined.set()
            yield flight

    def read(alias: str, statements: Any, deadline: Deadline, *_: Any) -> Any:
        deadlines.append(deadline)
        if len(deadlines) > 1:
            return [[], [], [], [], []]
        begun.set()
        assert joined.wait(30)
        until(lambda: deadline.left() <= 0, "the end of the first one's time")
        raise OperationalError("ended by the deadline")

    def first() -> None:
        answers.append(scrapes.answer("", "", "0.00001"))

    with (
        patch.object(scrapes._flights, "join", counted),
        patch("otel_sla.database.consistent_read.read", read),
    ):
        (hurried,) = in_threads(1, first)
        assert begun.wait(30)
        text = text_of(scrapes)
        hurried.join()
    assert len(deadlines) == 2
    assert 'service_window_info{component="web-shop"' in answers[0].body.decode()
    assert 'service_window_info{component="web-shop"' not in text


def test_in_a_flight_a_thing_is_made_once_and_fails_for_all() -> None:
    flights = SingleFlight()
    make = Mock(side_effect=ValueError("broken"))
    with flights.join() as flight, flights.join() as other:
        assert other is flight
        for _ in range(2):
            with pytest.raises(ValueError, match="broken"):
                flight.once("a", make)
        assert flight.once("b", lambda: 1) == flight.once("b", lambda: 2) == 1
    assert make.call_count == 1
    with flights.join() as later:
        assert later is not flight


@pytest.mark.parametrize(
    ("late", "left", "made"),
    [(True, 5.0, 2), (True, 0.5, 1), (False, 5.0, 1)],
    ids=["more time", "less time", "time was no reason"],
)
def test_a_failure_for_want_of_time_is_not_shared_with_who_has_more(
    late: bool, left: float, made: int
) -> None:
    first = Mock(left=Mock(side_effect=[1.0, 1.0, 0.0 if late else 0.9]))
    make = Mock(side_effect=[OperationalError("ended"), "rows"])
    flight = Flight()
    with pytest.raises(OperationalError):
        flight.once("a", make, first)
    with suppress(OperationalError):
        flight.once("a", make, Mock(left=Mock(return_value=left)))
    assert make.call_count == made


def test_in_a_flight_nobody_waits_longer_than_the_deadline() -> None:
    flights = SingleFlight()
    with flights.join() as flight:

        def waits() -> None:
            with pytest.raises(TookTooLong):
                flight.once("a", lambda: 2, Deadline(0.01))
            waited.set()

        waited = threading.Event()
        assert flight.once("a", lambda: in_threads(1, waits) and waited.wait(30))


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("", 7.9, 8),
        ("10", 7.9, 8),
        ("1.5", 1.1, 1.2),
        ("0.00001", 0.4, 0.5),
        ("abc", 7.9, 8),
        ("nan", 7.9, 8),
        ("inf", 7.9, 8),
        ("-1", 7.9, 8),
        ("0", 7.9, 8),
        ("1e9", 95.9, 96),
    ],
)
def test_a_fifth_of_the_scrape_s_timeout_is_left_for_writing(
    header: str, least: float, most: float
) -> None:
    assert least < reading_deadline(header).left() <= most
