"""What each client gets from /metrics, by the headers that it really sends."""

from __future__ import annotations

import re

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.negotiation import negotiate
from otel_sla.telemetry.sdk_reader import DirectReader

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping="
OPENMETRICS_UTF8 = f"{OPENMETRICS}allow-utf-8"
OPENMETRICS_UNDERSCORES = f"{OPENMETRICS}underscores"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
TEXT_1 = "text/plain; version=1.0.0; charset=utf-8; escaping="

PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily"
    ";encoding=delimited"
)
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,"
    "application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping={escaping};q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping={escaping};q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)

CLIENTS = [
    ("Prometheus 2.42", PROMETHEUS_2, OPENMETRICS_UNDERSCORES),
    (
        "Prometheus 2.42 with native histograms",
        f"{PROTOBUF},{PROMETHEUS_2.replace('1.0.0', '1.0.0;q=0.8')}",
        OPENMETRICS_UNDERSCORES,
    ),
    (
        "Prometheus 3.5",
        PROMETHEUS_3.format(escaping="allow-utf-8"),
        OPENMETRICS_UTF8,
    ),
    # Of Alloy, by its documentation: Prometheus' library with its own defaults.
    (
        "Prometheus 3.5 with legacy names, Grafana Alloy",
        PROMETHEUS_3.format(escaping="underscores"),
        OPENMETRICS_UNDERSCORES,
    ),
    (
        "Prometheus 3.5 with all protocols",
        f"{PROTOBUF};q=0.6,application/openmetrics-text;version=1.0.0;escaping="
        "allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain"
        ";version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,"
        "*/*;q=0.1",
        OPENMETRICS_UTF8,
    ),
    ("VictoriaMetrics, vmagent", "text/plain;version=0.0.4;q=1,*/*;q=0.1", TEXT),
    ("curl, wget", "*/*", TEXT),
    (
        "Chromium",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,"
        "image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
        TEXT,
    ),
    ("Java", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", TEXT),
    ("no header", "", TEXT),
]
# By scrape protocol of Prometheus 3.5: how it asks for it alone, and what it gets. Of
# the escapings that are not listed it gets text 0.0.4, which has none.
PROTOCOLS = [
    (PROTOBUF, {}),
    (
        "application/openmetrics-text;version=1.0.0;escaping={escaping}",
        {"allow-utf-8": OPENMETRICS_UTF8, "underscores": OPENMETRICS_UNDERSCORES},
    ),
    ("application/openmetrics-text;version=0.0.1", {}),
    (
        "text/plain;version=1.0.0;escaping={escaping}",
        {one: f"{TEXT_1}{one}" for one in ("allow-utf-8", "underscores")},
    ),
    ("text/plain;version=0.0.4", {}),
]
RULES = [
    ("without a version", "application/openmetrics-text", OPENMETRICS_UNDERSCORES),
    ("case and spaces", "Text/Plain ; Version=1.0.0", f"{TEXT_1}underscores"),
    ("quotes", 'text/plain;version="1.0.0"', f"{TEXT_1}underscores"),
    ("type wildcard", "text/*, application/xml", TEXT),
    ("subtype wildcard", "application/*", OPENMETRICS_UNDERSCORES),
    ("weights", "application/openmetrics-text;q=0.4,text/plain;q=0.5", TEXT),
    (
        "weight before a parameter",
        "text/plain;q=0.9;version=1.0.0,application/openmetrics-text;q=0.8",
        f"{TEXT_1}underscores",
    ),
    ("order among equals", "text/plain,application/openmetrics-text", TEXT),
    (
        "closer among equals",
        "*/*,application/openmetrics-text",
        OPENMETRICS_UNDERSCORES,
    ),
    (
        "weight of the closest",
        "text/plain;q=0.1,*/*;q=0.2",
        OPENMETRICS_UNDERSCORES,
    ),
    ("refused", "application/openmetrics-text;q=0,*/*;q=0.1", TEXT),
    (
        "one refused",
        "text/plain,text/plain;version=0.0.4;q=0.0",
        f"{TEXT_1}underscores",
    ),
    ("only another refused", "text/plain;version=1.0.0;q=0", TEXT),
    ("everything refused", "*/*;q=0", TEXT),
    ("another version", "application/openmetrics-text;version=1.1.0", TEXT),
    ("another escaping", "text/plain;version=1.0.0;escaping=none", TEXT),
    ("another charset", "application/openmetrics-text;charset=latin-1", TEXT),
    ("a weight that is none", "application/openmetrics-text;q=high", TEXT),
    ("a weight over 1", "application/openmetrics-text;q=7", TEXT),
    ("a weight under 0", "application/openmetrics-text;q=-1", TEXT),
    ("no number", "application/openmetrics-text;q=nan,text/plain;q=0.1", TEXT),
    (
        "a broken member",
        ';q=x, ,/;;,"application/openmetrics-text,text/plain;version=1.0.0;',
        f"{TEXT_1}underscores",
    ),
]
ENCODINGS = [
    ("", False),
    ("identity", False),
    ("gzip", True),
    ("GZIP", True),
    ("gzip, deflate, br, zstd", True),
    ("deflate, gzip;q=0.5", True),
    ("*", True),
    ("gzip;q=0", False),
    ("gzip; q=0.0, *", False),
    ("identity, gzip;q=0.5", False),
    ("gzip;q=0.5, *", False),
    ("identity;q=0.5, gzip", True),
    ("*;q=0", False),
    ("gzip;q=high", False),
    ("gzipped", False),
    ("br", False),
]


def content_type(accept: str) -> str:
    return negotiate(accept, "").headers["Content-Type"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [pytest.param(*case, id=name) for name, *case in CLIENTS + RULES],
)
def test_the_content_type_is_the_one_asked_for_first(
    accept: str, expected: str
) -> None:
    assert content_type(accept) == expected


@pytest.mark.parametrize("escaping", ["allow-utf-8", "underscores", "dots", "values"])
@pytest.mark.parametrize(("protocol", "expected"), PROTOCOLS)
def test_prometheus_gets_each_protocol_and_escaping_that_a_body_has(
    protocol: str, expected: dict[str, str], escaping: str
) -> None:
    accept = f"{protocol.format(escaping=escaping)};q=0.6,*/*;q=0.5"
    assert content_type(accept) == expected.get(escaping, TEXT)


@pytest.mark.parametrize(("accept_encoding", "is_compressed"), ENCODINGS)
def test_a_body_is_compressed_where_that_is_accepted(
    accept_encoding: str, is_compressed: bool
) -> None:
    headers = negotiate("", accept_encoding).headers
    assert headers.get("Content-Encoding") == ("gzip" if is_compressed else None)
    assert headers["Vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize("accept", [TEXT, f"{TEXT_1}allow-utf-8", OPENMETRICS_UTF8])
def test_names_of_others_have_both_escapings_too(accept: str) -> None:
    reader = DirectReader(Resource({"länge.é": "x"}))
    provider = MeterProvider([reader], shutdown_on_exit=False)
    meter = provider.get_meter("host", attributes={"wer.é": "x"})
    meter.create_counter("queue.size/total", "1").add(1, {"é.ü": "x", "1st": "y"})
    meter.create_histogram("queue-wait", "s").record(1, {"b c": "x", "a:b": "y"})
    others = reader.shown(reader.own())
    provider.shutdown()
    lines = write((), others, negotiate(accept, "")).decode().splitlines()
    samples = [one for one in lines if not one.startswith("#")]
    assert any("queue_wait_seconds_sum" in one for one in samples)
    sample = r'[a-zA-Z_]\w*\{(?:[a-zA-Z_]\w*="[^"]*",?)*\} \S+'
    for line in samples:
        assert re.fullmatch(sample, line, re.ASCII), line
