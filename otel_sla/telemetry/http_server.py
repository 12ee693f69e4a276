"""Measure the site's HTTP requests, by opentelemetry-instrumentation-django."""

import os
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from opentelemetry import metrics, trace
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
    before = list(settings.MIDDLEWARE)
    instrumentor.instrument(
        meter_provider=provider,
        tracer_provider=_tracer_provider(),
        excluded_urls=",".join(filter(None, (excluded, POLLED_PATHS))),
        request_hook=mask_token,
    )
    for place, middleware in enumerate(settings.MIDDLEWARE):
        if middleware not in before:
            OfAllowedHosts.inner = middleware
            settings.MIDDLEWARE[place] = f"{__name__}.{OfAllowedHosts.__qualname__}"


def _tracer_provider() -> trace.TracerProvider | None:
    """Return a provider that records nothing if an agent has set one of its own, else
    None.

    Datadog's and New Relic's agents trace Django's requests themselves: there would be
    two spans of each.
    """
    of_agent = not type(trace.get_tracer_provider()).__module__.startswith(
        "opentelemetry."
    )
    return trace.NoOpTracerProvider() if of_agent else None


def instrument_while_loading(provider: metrics.MeterProvider) -> bool:
    """Instrument Django for a handler that is loading its middleware.

    The list that the handler iterates over stays as it is. Hold start.lock. Return
    whether Django is instrumented.
    """
    if not OfAllowedHosts.inner:
        listed = settings.MIDDLEWARE
        settings.MIDDLEWARE = _Unchanged(listed)
        try:
            instrument_django(provider)
        finally:
            settings.MIDDLEWARE = listed
    return bool(OfAllowedHosts.inner)


class _Unchanged(list[str]):
    """The list of middleware for other threads, whose handlers are loading it, too."""

    def insert(self, place: Any, middleware: str) -> None:
        """Keep what the instrumentation inserts."""
        OfAllowedHosts.inner = middleware


class OfAllowedHosts:
    """The instrumentation's middleware, for requests whose host is allowed.

    It asks each request for its host in front of all other middleware, so that one of
    another host ends as 400 there, also where the site would have answered it: a probe
    that asks by address, for example. Such requests are not measured.
    """

    inner = ""
    """The path of the instrumentation's middleware, once Django is instrumented."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._measuring = import_string(self.inner)(get_response)

    def __call__(self, request: HttpRequest) -> Any:
        measured = _is_allowed(request)
        return (self._measuring if measured else self._get_response)(request)

    def process_view(self, request: HttpRequest, *view: Any) -> Any:
        if _is_allowed(request):
            return self._measuring.process_view(request, *view)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> Any:
        if _is_allowed(request):
            return self._measuring.process_exception(request, error)
        return None


def _is_allowed(request: HttpRequest) -> bool:
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True
