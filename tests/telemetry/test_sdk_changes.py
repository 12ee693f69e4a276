"""A later SDK that hands over, translates or keeps things otherwise: nothing is lost
without a word."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import wraps
from typing import Any
from unittest.mock import Mock

import pytest
from opentelemetry import metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import Counter, MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource

from otel_sla import checks
from otel_sla.telemetry import config, host_provider, sdk_probe
from otel_sla.telemetry import setup as telemetry
from otel_sla.telemetry.config.reader_options import Pull
from otel_sla.telemetry.otlp.pusher import Pusher
from otel_sla.telemetry.sdk_reader import DirectReader, OnDemandReader

from ..conftest import CONFIG_FILE
from ..support.make import make_component
from .test_otlp_transport import PUSH

PULL = Pull(target_info=True, scope_info=False, cardinality_limits={Counter: 3_000})
FOUND_OUT_ONCE = (
    sdk_probe.collecting_fault,
    sdk_probe.translating_fault,
    sdk_probe.counting_fault,
    host_provider._warn,
)


@pytest.fixture(autouse=True)
def found_out_again() -> Iterator[None]:
    for one in FOUND_OUT_ONCE:
        one.cache_clear()
    yield
    for one in FOUND_OUT_ONCE:
        one.cache_clear()


def hand_over_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OnDemandReader, "_receive_metrics", lambda self, *_, **__: None)


def hand_over_by_another_name(patch: pytest.MonkeyPatch) -> None:
    patch.delattr(OnDemandReader, "_receive_metrics")
    patch.setattr(OnDemandReader, "__abstractmethods__", {"receive"})


def collect_by_another_name(patch: pytest.MonkeyPatch) -> None:
    """Have the stock reader call what is not ours, as if collect() had been renamed."""
    made = PrometheusMetricReader.__init__

    @wraps(made)
    def make(self: Any, *args: Any, **options: Any) -> None:
        made(self, *args, **options)
        self._collector._callback = lambda: MetricReader.collect(self)

    patch.setattr(PrometheusMetricReader, "__init__", make)


def lose_an_option(patch: pytest.MonkeyPatch) -> None:
    made = PrometheusMetricReader.__init__

    def make(self: Any, disable_target_info: bool = False, *, registry: Any) -> None:
        made(self, disable_target_info, "", False, registry=registry)

    patch.setattr(PrometheusMetricReader, "__init__", make)


def show_twice(patch: pytest.MonkeyPatch) -> None:
    shown = DirectReader.shown
    patch.setattr(DirectReader, "shown", lambda self, one: 2 * shown(self, one))


NO_TRANSLATION = [collect_by_another_name, lose_an_option, show_twice]
NO_COLLECTION = [hand_over_nothing, hand_over_by_another_name]


@pytest.mark.django_db
@pytest.mark.parametrize("change", [None, *NO_TRANSLATION, *NO_COLLECTION])
def test_a_scrape_shows_all_whatever_has_changed(
    change: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    resource = Resource({"service.name": "shop"})
    provider = MeterProvider(resource=resource, shutdown_on_exit=False)
    if change:
        change(monkeypatch)
    active = telemetry.install(provider, Mock(pull=PULL, push=None, push_fault=None))
    provider.get_meter("host").create_counter("requests").add(1)
    assert active.scrapes is not None
    for _ in range(2):
        text = active.scrapes.answer("", "", "").body.decode()
        assert text.count('\ntarget_info{service_name="shop"} 1.0\n') == 1
        assert text.count("\nrequests_total 1.0\n") == 1
        assert text.count('\nservice_window_in_window{component="web-shop"} ') == 1
        assert text.count("\nservice_window_components ") == 1
    provider.shutdown()
    assert ("own Prometheus reader serves everything" in caplog.text) == bool(change)
    assert (sdk_probe.translating_fault() != "") == bool(change)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_METRICS_EXEMPLAR_FILTER", ""),
        ("OTEL_METRICS_EXEMPLAR_FILTER", "TRACE_BASED"),
        ("OTEL_METRICS_EXEMPLAR_FILTER", "sometimes"),
        ("OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED", "true"),
    ],
)
def test_no_variable_is_taken_for_a_change_of_the_sdk(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert sdk_probe.translating_fault() == ""


@pytest.mark.parametrize("change", [None, *NO_COLLECTION])
def test_a_push_leaves_out_what_can_t_be_collected_and_says_so(
    change: Any,
    provider: MeterProvider,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if change:
        change(monkeypatch)
    active = telemetry.install(provider, Mock(pull=None, push=PUSH, push_fault=None))
    assert isinstance(active.pusher, Pusher)
    assert (active.pusher._job.collect is None) == bool(change)
    assert ("own counters are pushed, and nothing else" in caplog.text) == bool(change)


def keep_elsewhere(patch: pytest.MonkeyPatch) -> None:
    def counted(provider: Any, reader: Any) -> Any:
        return provider._measurement_consumer._storages[reader].collect()

    patch.setattr(host_provider, "counted", counted)


def ask_callbacks(patch: pytest.MonkeyPatch) -> None:
    def counted(provider: MeterProvider, reader: Any) -> Any:
        return reader.own_here()

    patch.setattr(host_provider, "counted", counted)


def forget(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(host_provider, "counted", lambda provider, reader: None)


@pytest.mark.parametrize("change", [None, keep_elsewhere, ask_callbacks, forget])
def test_savings_ask_callbacks_where_counts_cannot_be_read_alone_and_the_log_says_so(
    change: Any,
    provider: MeterProvider,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with monkeypatch.context() as patch:
        if change:
            change(patch)
        fault = sdk_probe.counting_fault()
    assert bool(fault) == bool(change)
    fan_in = Mock()
    monkeypatch.setattr("otel_sla.telemetry.workers.FanIn", fan_in)
    telemetry.install(provider, Mock(pull=PULL, push=None, push_fault=None))
    assert (fan_in.call_args.kwargs["counted"] is None) == bool(change)
    assert ("are called once a second in each" in caplog.text) == bool(change)
    said = [one.msg for one in checks.check_releases(None)]
    assert any("are called once a second" in one for one in said) == bool(change)


class Hiding(MeterProvider):
    """Keeps its parts elsewhere, as a later release might."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("_sdk_config", "_measurement_consumer") and self.hides:
            raise AttributeError(name)
        return super().__getattribute__(name)

    hides = False


@pytest.fixture
def hiding() -> Iterator[Hiding]:
    provider = Hiding(resource=Resource({"of": "host"}), shutdown_on_exit=False)
    yield provider
    provider.hides = False
    provider.shutdown()


def test_a_resource_that_is_hidden_is_that_of_the_environment(
    hiding: Hiding, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert host_provider.resource_of(hiding).attributes == {"of": "host"}
    assert caplog.text == ""
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
    hiding.hides = True
    for _ in range(2):
        assert host_provider.resource_of(hiding).attributes["service.name"] == "shop"
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "use that of the environment (service.name=shop)" in record.getMessage()


def test_the_resource_of_a_provider_that_we_have_made_is_known(
    hiding: Hiding, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
    hiding.hides = True
    set_before: list[Any] = [None]
    monkeypatch.setattr(metrics, "set_meter_provider", set_before.append)
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: set_before[-1])
    chosen = config.load(CONFIG_FILE)
    monkeypatch.setattr(type(chosen), "create_provider", lambda self, resource: hiding)
    found: list[Resource] = []
    monkeypatch.setattr(
        telemetry,
        "install",
        lambda provider, chosen, resource: found.append(resource),
    )
    telemetry.create(chosen)
    assert [one.attributes["service.name"] for one in found] == ["shop"]
    assert caplog.text == ""


def test_readers_that_are_hidden_stop_no_push_and_are_told_of_once(
    hiding: Hiding, caplog: pytest.LogCaptureFixture
) -> None:
    hiding.hides = True
    for _ in range(2):
        assert not host_provider.pushes_by_itself(hiding)
    (record,) = caplog.records
    assert "every row is pushed twice" in record.getMessage()
