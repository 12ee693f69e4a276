"""Mask the tokens of calendar feeds in traces of HTTP requests."""

import re
from urllib.parse import unquote

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from opentelemetry.trace import Span

MASK = "TOKEN"

_BEFORE = "/calendar/"
_TOKEN = re.compile(rf"(?<={_BEFORE})(/*)[^/?#]+", re.IGNORECASE)


def mask_token(span: Span, request: HttpRequest) -> None:
    """Replace the token in all attributes of the span that hold a feed's address.

    A request hook for opentelemetry-instrumentation-django.
    """
    if not span.is_recording() or not _may_be_a_feed(request):
        return
    for name, value in dict(getattr(span, "attributes", None) or {}).items():
        # A server gives the address as it came: every letter of it may be escaped.
        address = unquote(value) if isinstance(value, str) else ""
        masked = _TOKEN.sub(rf"\1{MASK}", address)
        if masked != address:
            span.set_attribute(name, masked)


def _may_be_a_feed(request: HttpRequest) -> bool:
    """Return whether the address is a feed's, or is not resolved so far."""
    if _BEFORE not in request.path_info.lower():
        return False
    try:
        return "otel_sla" in resolve(request.path_info).app_names
    except Resolver404:
        # Spelt in another way; or a middleware chooses other addresses later.
        return True
