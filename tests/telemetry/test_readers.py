"""What a configuration file asks of its readers is what they do, value by value."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    MeterProvider,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)

from otel_sla.telemetry import config, http_server
from otel_sla.telemetry.config.reader_options import Pull, Push
from otel_sla.telemetry.errors import InvalidConfiguration

from .test_setup import MINIMAL, pushing


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test writes its configuration; beside it are an authority's
    certificate, one of this client, and its key."""
    for name in ("ca.pem", "client.pem", "client.key"):
        (tmp_path / name).touch()
    return tmp_path / "otel-config.yaml"


def pushed(file: Path, exporter: str, **options: str) -> Push:
    file.write_text(pushing(exporter.replace("HERE", str(file.parent)), **options))
    chosen = config.load(file, ["otlp"])
    chosen.check()
    assert chosen.push is not None
    return chosen.push


def refusal(file: Path, exporter: str) -> str:
    with pytest.raises(InvalidConfiguration) as refused:
        pushed(file, exporter)
    return str(refused.value)


@pytest.mark.parametrize(
    ("exporter", "expected"),
    [
        (
            "otlp_http: {}",
            {
                "protocol": "http/protobuf",
                "endpoint": "http://localhost:4318/v1/metrics",
                "headers": {},
                "compression": "none",
                "ca_file": None,
                "cert_file": None,
                "key_file": None,
                "interval": 60,
                "reading": 30,
                "timeout": 10,
                "max_points": 10_000,
                "cardinality_limits": {},
            },
        ),
        (
            "otlp_grpc: {}",
            {"protocol": "grpc", "endpoint": "http://localhost:4317", "timeout": 10},
        ),
        (
            "otlp_http: {endpoint: 'https://a.example/b/v1/metrics', timeout: 100}",
            {"endpoint": "https://a.example/b/v1/metrics", "timeout": 0.1},
        ),
        ("otlp_http: {compression: GZIP}", {"compression": "gzip"}),
        (
            "otlp_http: {headers_list: 'a=1,b=2', headers: [{name: b, value: '3'}]}",
            {"headers": {"a": "1", "b": "3"}},
        ),
        (
            "otlp_http: {headers_list: 'a=x%20y,,', headers: [{name: c, value: }]}",
            {"headers": {"a": "x y", "c": ""}},
        ),
        (
            "otlp_grpc: {tls: {ca_file: HERE/ca.pem}}",
            {"ca_file": "HERE/ca.pem", "cert_file": None, "key_file": None},
        ),
        (
            "otlp_http: {tls: {cert_file: HERE/client.pem, key_file: HERE/client.key}}",
            {
                "ca_file": None,
                "cert_file": "HERE/client.pem",
                "key_file": "HERE/client.key",
            },
        ),
    ],
)
def test_an_exporter_is_as_the_file_says(
    exporter: str, expected: dict[str, Any], file: Path
) -> None:
    push = pushed(file, exporter)
    found = {name: getattr(push, name) for name in expected}
    here = str(file.parent)
    assert found == {
        name: value.replace("HERE", here) if isinstance(value, str) else value
        for name, value in expected.items()
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"interval": "1000"}, {"interval": 1, "reading": 30}),
        ({"timeout": "100"}, {"interval": 60, "reading": 0.1}),
        ({'"max_export_batch_size/development"': "7"}, {"max_points": 7}),
        (
            {"cardinality_limits": "{histogram: 5}"},
            {"cardinality_limits": {Histogram: 5}},
        ),
    ],
)
def test_a_reader_that_pushes_is_as_the_file_says(
    options: dict[str, str], expected: dict[str, Any], file: Path
) -> None:
    push = pushed(file, "otlp_http: {}", **options)
    assert {name: getattr(push, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (
            "{default: 7}",
            {
                Counter: 7,
                Histogram: 7,
                ObservableCounter: 7,
                ObservableGauge: 7,
                ObservableUpDownCounter: 7,
                UpDownCounter: 7,
            },
        ),
        (
            "{default: 7, counter: 1, observable_gauge: 2, up_down_counter: 3}",
            {
                Counter: 1,
                Histogram: 7,
                ObservableCounter: 7,
                ObservableGauge: 2,
                ObservableUpDownCounter: 7,
                UpDownCounter: 3,
            },
        ),
        (
            "{histogram: 4, observable_counter: 5, observable_up_down_counter: 6}",
            {Histogram: 4, ObservableCounter: 5, ObservableUpDownCounter: 6},
        ),
    ],
)
def test_a_limit_is_of_its_kind_of_instrument_or_of_all_others(
    limits: str, expected: dict[type, int], file: Path
) -> None:
    exporter = "exporter: {"
    limited = f"cardinality_limits: {limits}, {exporter}"
    file.write_text(MINIMAL.replace(exporter, limited))
    pull = config.load(file).pull
    assert pull == Pull(True, True, expected)


@pytest.mark.parametrize("info", ["target", "scope"])
def test_a_pull_reader_leaves_out_what_the_file_says(info: str, file: Path) -> None:
    names = {
        "target": "target_info_enabled/development",
        "scope": "scope_info_enabled",
    }
    options = f"{{{names[info]}: false}}"
    file.write_text(MINIMAL.replace("{}", options))
    pull = config.load(file).pull
    assert pull == Pull(info != "target", info != "scope", {})


@pytest.mark.parametrize(
    "half", ["cert_file: HERE/client.pem", "key_file: HERE/ca.pem"]
)
@pytest.mark.parametrize("protocol", ["otlp_http", "otlp_grpc"])
def test_half_of_a_client_certificate_is_refused(
    half: str, protocol: str, file: Path
) -> None:
    said = refusal(file, f"{protocol}: {{tls: {{ca_file: HERE/ca.pem, {half}}}}}")
    assert f"{protocol}.tls: a client certificate needs both" in said


@pytest.mark.parametrize(
    ("exporter", "key"),
    [
        ("otlp_http: {endpoint: 'https://me:s3cret@a.example/'}", "endpoint"),
        ("otlp_grpc: {endpoint: 'https://s3cret@a.example'}", "endpoint"),
        ("otlp_http: {headers_list: 's3cret'}", "headers_list"),
        ("otlp_http: {headers_list: 'a=1, s3cret ,b=2'}", "headers_list"),
        ("otlp_http: {headers_list: 'a=s3cret%E9'}", "headers_list"),
        ("otlp_grpc: {headers: [{name: a, value: 's3crét'}]}", "headers"),
    ],
)
def test_no_secret_is_said_or_logged_where_it_is_refused(
    exporter: str, key: str, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        said = refusal(file, exporter)
    assert f".{key}: " in said
    assert "s3cr" not in said
    assert "s3cr" not in caplog.text


def test_other_lines_of_the_package_are_logged_after_a_header_was_read(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pushed(file, "otlp_http: {headers_list: 'a=1'}")
    logging.getLogger("opentelemetry.util.re").warning("what it warns of")
    assert "what it warns of" in caplog.text


def test_a_file_of_a_windows_editor_is_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert config.load(file).pull == Pull(True, True, {})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", "http"),
        ("database", "http,database"),
        (
            "database,gen_ai_latest_experimental",
            "http,database,gen_ai_latest_experimental",
        ),
        ("http/dup", "http/dup"),
        ("http", "http"),
        ("database,http", "database,http"),
    ],
)
def test_the_host_s_choice_of_conventions_is_kept_and_http_is_of_the_stable_ones(
    given: str, kept: str, provider: MeterProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DjangoInstrumentor, "instrument", lambda *_, **__: None)
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", given)
    http_server.instrument_django(provider)
    assert os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] == kept
