"""Measure the site's HTTP requests, by opentelemetry-instrumentation-django."""

import os

from opentelemetry import metrics
from opentelemetry.instrumentation.django import DjangoInstrumentor

from ..conf import variable
from .token_masking import mask_token

POLLED_PATHS = r"/(metrics|healthz|readyz)(\?|$)"
"""Paths that are not measured: scrapes and probes."""


def instrument_django(provider: metrics.MeterProvider) -> None:
    """Measure HTTP requests, except polled ones, by the stable semantic conventions.

    The old conventions would label series with the Host header, which is whatever
    a client sends. Where the host traces requests, too, no token is in their spans.
    """
    instrumentor = DjangoInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        return
    conventions = os.environ.get("OTEL_SEMCONV_STABILITY_OPT_IN", "")
    if "http" not in conventions:
        os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = f"http,{conventions}".strip(",")
    excluded = variable("OTEL_PYTHON_DJANGO_EXCLUDED_URLS") or variable(
        "OTEL_PYTHON_EXCLUDED_URLS"
    )
    instrumentor.instrument(
        meter_provider=provider,
        excluded_urls=",".join(filter(None, (excluded, POLLED_PATHS))),
        request_hook=mask_token,
    )
