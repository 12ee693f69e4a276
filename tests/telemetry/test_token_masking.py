"""What a host that traces its requests learns of a calendar's address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..support.processes import Site, make_site

SETTINGS = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

SPANS = InMemorySpanExporter()
trace.set_tracer_provider(TracerProvider())
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(SPANS))
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "addresses"
"""
ADDRESSES = """
from django.http import HttpResponse
from django.urls import include, path

def own(request, year):
    return HttpResponse(year)

urlpatterns = [
    path("calendar/<int:year>/days", own),
    path("windows/", include("otel_sla.urls")),
    path("", include("otel_sla.urls", namespace="root")),
]
"""
ASK = """
import json
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management import call_command
from django.test import AsyncClient, Client
from datetime import UTC, datetime
from otel_sla.models import FeedToken

call_command("migrate", verbosity=0)
row, token = FeedToken.objects.issue("ops", datetime.now(UTC))
escaped = "".join(f"%{ord(one):02X}" for one in token)
said = []
for address in [
    "/calendar/TOKEN/all.ics?a=b", "/calendar/TOKEN", "/windows/calendar/TOKEN/x.ics",
    "/calendar/ESCAPED/select.ics", "/%63alendar/TOKEN/all.ics", "/calendar/2026/days",
    "/nowhere/calendar/TOKEN/all.ics", "/calendar//TOKEN/all.ics",
    "/Calendar/TOKEN/all.ics", "/windows/calendar/calendar/TOKEN/all.ics",
]:
    target = address.replace("TOKEN", token).replace("ESCAPED", escaped)
    Client().get(target, RAW_URI=target)
    said.append(address)
    async_to_sync(AsyncClient().get)(target)
    said.append(f"async {address}")
spans = [dict(span.attributes) for span in settings.SPANS.get_finished_spans()]
print(json.dumps([token, escaped, said, spans]))
"""


@pytest.mark.parametrize("conventions", ["http", "http/dup"])
def test_no_span_holds_the_token_of_a_feed(conventions: str, tmp_path: Path) -> None:
    site = make_site(tmp_path, OTEL_SEMCONV_STABILITY_OPT_IN=conventions)
    site = traced(site, OTEL_PYTHON_DJANGO_TRACED_REQUEST_ATTRS="path_info")
    last = site.manage("shell", "-c", ASK).splitlines()[-1]
    token, escaped, said, spans = json.loads(last)
    assert len(spans) == len(said)
    for address, span in zip(said, spans, strict=True):
        text = json.dumps(span)
        assert token not in text, address
        assert escaped not in text, address
        expected = "/2026/" if "2026" in address else "/TOKEN"
        assert expected in span["url.path"], address
        assert expected in span["path_info"], address
        if conventions == "http/dup":
            assert expected in span["http.target"], address


def traced(site: Site, **variables: str) -> Site:
    """The same under a host with addresses of its own, which traces requests."""
    site.write("addresses.py", ADDRESSES)
    return site.having_settings("traced", SETTINGS).having(**variables)
