"""What the readers are given of the configuration, and what a pusher is made of."""

from __future__ import annotations

import re
from dataclasses import replace
from inspect import signature
from unittest.mock import Mock

import pytest
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.metrics import Counter, MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.version import __version__ as sdk_version

from otel_sla import __version__, checks
from otel_sla.telemetry import callbacks, http_server
from otel_sla.telemetry import setup as telemetry
from otel_sla.telemetry.config import reader_options
from otel_sla.telemetry.config.reader_options import Pull
from otel_sla.telemetry.errors import InvalidConfiguration
from otel_sla.telemetry.sdk_reader import CollectingReader, DirectReader
from otel_sla.telemetry.token_masking import mask_token

from ..support.make import make_component
from .test_otlp_transport import PUSH

SCOPE = f'otel_scope_name="otel_sla",otel_scope_version="{__version__}"'


@pytest.mark.django_db
@pytest.mark.parametrize("target_info", [True, False])
@pytest.mark.parametrize("scope_info", [True, False])
def test_a_scrape_tells_of_resource_and_scopes_where_that_is_configured(
    target_info: bool, scope_info: bool
) -> None:
    make_component()
    resource = Resource({"service.name": "shop"})
    provider = MeterProvider(resource=resource, shutdown_on_exit=False)
    pull = Pull(target_info, scope_info, cardinality_limits={})
    active = telemetry.install(provider, Mock(pull=pull, push=None, push_fault=None))
    provider.get_meter("host", "7").create_counter("requests").add(1)
    assert active.scrapes is not None
    text = active.scrapes.answer("", "", "").body.decode()
    provider.shutdown()
    assert ('\ntarget_info{service_name="shop"} 1.0\n' in text) == target_info
    ours = f",{SCOPE}" if scope_info else ""
    assert f'\nservice_window_in_window{{component="web-shop"{ours}}} ' in text
    of_process = f"{{{SCOPE}}}" if scope_info else ""
    assert f"\nservice_window_components{of_process} 1\n" in text
    theirs = 'otel_scope_name="host"' in text
    assert theirs == scope_info
    assert "\nrequests_total" in text


def few(provider: MeterProvider) -> None:
    """Count more kinds of requests than there is to be room for."""
    counter = provider.get_meter("host").create_counter("requests")
    for number in range(10):
        counter.add(1, {"path": f"/{number}"})


def series(collected: MetricsData | None) -> int:
    assert collected is not None
    (metric,) = (
        metric
        for resource in collected.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == "requests"
    )
    return len(metric.data.data_points)


def test_each_reader_keeps_no_more_series_than_it_may(provider: MeterProvider) -> None:
    limits: dict[type, int] = {Counter: 4}
    pull = Pull(target_info=False, scope_info=False, cardinality_limits=limits)
    push = replace(PUSH, cardinality_limits=limits)
    chosen = Mock(pull=pull, push=push, push_fault=None)
    active = telemetry.install(provider, chosen)
    few(provider)
    assert active.scrapes is not None
    assert active.pusher is not None
    readers = provider._measurement_consumer._reader_storages
    direct = next(one for one in readers if isinstance(one, DirectReader))
    collecting = next(one for one in readers if isinstance(one, CollectingReader))
    with callbacks.silent():
        own = direct.own()
    # The rest is one series more. Before 1.45.2 the limit can't be chosen.
    chosen_here = "cardinality_limits" in signature(MetricReader.__init__).parameters
    assert series(own) == series(collecting.collected())
    assert (series(own) == 4 + 1) is chosen_here


@pytest.mark.parametrize("exporter", ["", "none", "prometheus", "otlp"])
def test_the_command_pushes_whatever_the_servers_do(
    exporter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", exporter)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:1234")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
    said: list[str] = []
    pusher = telemetry.foreground_pusher(said.append)
    assert pusher.push.endpoint == "http://collector:1234/v1/metrics"
    assert pusher._job.collect is None
    assert pusher._job.said == said.append
    assert pusher._job.resource.attributes["service.name"] == "shop"
    scope = pusher._job.scope
    assert (scope.name, scope.version) == ("otel_sla", __version__)


@pytest.mark.parametrize(
    ("protocol", "packages"),
    [
        ("grpc", ["grpcio", f"proto-common=={sdk_version}"]),
        ("http/protobuf", ["requests", f"proto-common=={sdk_version}"]),
    ],
)
def test_packages_that_a_protocol_needs_are_named_before_anything_starts(
    protocol: str, packages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "otlp")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    assert checks.check_configuration(None) == []
    monkeypatch.setattr(reader_options, "find_spec", lambda name: None)
    (error,) = checks.check_configuration(None)
    assert error.id == "otel_sla.E002"
    with pytest.raises(InvalidConfiguration) as raised:
        telemetry.foreground_pusher(print)
    for text in (error.msg, str(raised.value)):
        assert f"otlp over {protocol} needs packages that are not installed" in text
        assert all(one in text.partition("pip install ")[2] for one in packages)


@pytest.fixture
def instrument(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """What instruments Django, which is not instrumented yet."""
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    monkeypatch.setattr(
        DjangoInstrumentor, "is_instrumented_by_opentelemetry", False, raising=False
    )
    instrument = Mock()
    monkeypatch.setattr(DjangoInstrumentor, "instrument", instrument)
    return instrument


def test_requests_are_measured_on_the_provider_and_their_spans_hold_no_token(
    instrument: Mock, provider: MeterProvider
) -> None:
    http_server.instrument_django(provider)
    (call,) = instrument.call_args_list
    assert call.kwargs["meter_provider"] is provider
    assert call.kwargs["request_hook"] is mask_token


@pytest.mark.parametrize(
    ("path", "is_polled"),
    [
        *((f"/{one}", True) for one in ("metrics", "healthz", "readyz")),
        *((f"/sla/{one}?a=b", True) for one in ("metrics", "healthz", "readyz")),
        *((one, False) for one in ("/", "/metricsheet", "/metrics/day", "/readyz/")),
        ("/components/metrics-api", False),
    ],
)
def test_what_is_polled_every_few_seconds_is_not_measured(
    path: str, is_polled: bool, instrument: Mock, provider: MeterProvider
) -> None:
    http_server.instrument_django(provider)
    excluded = instrument.call_args.kwargs["excluded_urls"]
    assert bool(re.search(excluded, f"http://localhost{path}")) == is_polled


def test_a_host_that_instruments_django_itself_is_left_alone(
    instrument: Mock, provider: MeterProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DjangoInstrumentor, "is_instrumented_by_opentelemetry", True)
    http_server.instrument_django(provider)
    instrument.assert_not_called()
