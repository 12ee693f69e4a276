"""/metrics, through Django's own test client."""

from __future__ import annotations

import gzip
import logging
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text
from pytest_django import DjangoAssertNumQueries

from otel_sla.models import Component
from otel_sla.telemetry.scrape import Scrapes

from ..support.make import make_agreement, make_component

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"

pytestmark = pytest.mark.django_db


def samples(families: Any) -> dict[str, list[dict[str, str]]]:
    """The label sets of every sample, by sample name."""
    found: dict[str, list[dict[str, str]]] = {}
    for family in families:
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def test_text_is_served_by_default(client: Client, scrapes: Scrapes) -> None:
    make_component(labels={"team": "payments"})
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    body = response.content.decode()
    assert samples(parse_text(body))["service_window_next_start_seconds"] == [
        {"component": "web-shop", "team": "payments"}
    ]
    assert "# HELP service_window_last_end_seconds When" in body
    assert "# TYPE service_window_in_window gauge" in body
    assert "otel_scope" not in body
    assert "target_info" not in body


def test_openmetrics_is_served_when_asked_for(client: Client, scrapes: Scrapes) -> None:
    make_component()
    response = client.get("/metrics", headers={"accept": OPENMETRICS})
    assert response["Content-Type"].startswith("application/openmetrics-text")
    body = response.content.decode()
    assert body.endswith("# EOF\n")
    assert len(samples(parse_openmetrics(body))["service_window_info"]) == 1


@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text;version=abc", "text/plain;version=x", ";;"]
)
def test_an_odd_accept_header_gets_text(
    accept: str, client: Client, scrapes: Scrapes
) -> None:
    response = client.get("/metrics", headers={"accept": accept})
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_the_body_is_compressed_when_asked_for(
    client: Client, scrapes: Scrapes
) -> None:
    make_component()
    response = client.get("/metrics", headers={"accept-encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert b"service_window_in_window{" in gzip.decompress(response.content)
    assert "Content-Encoding" not in client.get("/metrics")


@pytest.mark.parametrize("encoding", ["", "identity", "gzip;q=0", "br"])
def test_the_body_is_plain_unless_gzip_is_acceptable(
    encoding: str, client: Client, scrapes: Scrapes
) -> None:
    response = client.get("/metrics", headers={"accept-encoding": encoding})
    assert "Content-Encoding" not in response


def test_a_scrape_costs_the_same_queries_for_ten_and_for_a_thousand(
    client: Client,
    scrapes: Scrapes,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    agreement = make_agreement()
    for first, last in ((0, 10), (10, 1_000)):
        Component.objects.bulk_create(
            Component(name=f"c{number}", agreement=agreement)
            for number in range(first, last)
        )
        with django_assert_num_queries(8):
            body = client.get("/metrics").content
        assert body.count(b"service_window_in_window{") == last


def test_more_than_two_thousand_components_all_appear(
    client: Client, scrapes: Scrapes
) -> None:
    agreement = make_agreement()
    Component.objects.bulk_create(
        Component(name=f"c{number}", agreement=agreement) for number in range(2_500)
    )
    body = client.get("/metrics").content.decode()
    found = samples(parse_text(body))
    assert {labels["component"] for labels in found["service_window_info"]} == {
        f"c{number}" for number in range(2_500)
    }
    assert "overflow" not in body


def test_a_database_that_fails_is_503_with_the_reason_and_no_traceback(
    client: Client, scrapes: Scrapes, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    failure = OperationalError("server closed the connection")
    with (
        caplog.at_level(logging.ERROR),
        patch("otel_sla.database.consistent_read.read", side_effect=failure),
    ):
        response = client.get("/metrics")
    assert response.status_code == 503
    assert b"server closed the connection" in response.content
    assert "Traceback" not in caplog.text
    assert client.get("/metrics").status_code == 200


def test_503_says_why_where_nothing_is_set_up(client: Client) -> None:
    response = client.get("/metrics")
    assert response.status_code == 503
    assert b"tests measure nothing" in response.content


@pytest.mark.parametrize("path", ["/metrics", "/"])
def test_only_reading_is_allowed(path: str, scrapes: Scrapes) -> None:
    client = Client(enforce_csrf_checks=path == "/metrics")
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200
