"""Decorators and rendering of all pages: headers, and 503 without the database."""

from functools import cache, wraps
from http import HTTPStatus
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ...bridge.no_rows import NoRows
from ...database.failures import OF_THE_PROCESS
from ..access import is_shown_reports
from ..read_only import View, outside_transactions
from ..responses import text_response, unlogged
from ..scrape_auth import are_open
from ..unavailable import unavailable
from .frame import Frame

_POLICY = (
    "default-src 'none'; style-src {files}; script-src {files}; img-src {files}; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


def framed(view: View) -> View:
    """Answer 503 where the rows or the user can't be read, and set the headers."""

    @outside_transactions
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except (NoRows, DatabaseFailure, *OF_THE_PROCESS) as error:
            response = unlogged(_unavailable(request, unavailable(error)))
        response.headers.setdefault("Content-Security-Policy", _policy())
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return page


def _unavailable(request: HttpRequest, reason: str) -> HttpResponse:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    try:
        template = "otel_sla/unavailable.html"
        return rendered(request, template, {"reason": reason}, status=status)
    except OF_THE_PROCESS:
        # The template is a file, too.
        return text_response(status, reason)


def rendered(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page. It links only to what is installed and a browser can read."""
    frame = Frame(request)
    context = {
        **context,
        "frame": frame,
        "base_template": frame.template,
        "metrics_are_open": are_open(),
        "has_api": has_api(),
        "sees_reports": is_shown_reports(request),
    }
    return render(request, template, context, status=status)


@cache
def has_api() -> bool:
    """Return whether django-ninja is installed, which the API needs."""
    return find_spec("ninja") is not None


def _policy() -> str:
    # Nothing inline, whatever a component may be called, and nothing from elsewhere
    # except the host of the static files.
    host = urlsplit(settings.STATIC_URL or "")
    files = (
        f"'self' {host.scheme or 'https'}://{host.netloc}" if host.netloc else "'self'"
    )
    return _POLICY.format(files=files)
