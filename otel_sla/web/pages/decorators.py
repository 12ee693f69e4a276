"""Decorators and rendering of all pages: headers, and 503 without the database."""

from functools import cache, wraps
from http import HTTPStatus
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ...bridge.no_rows import NoRows
from ...database.failures import OF_THE_PROCESS
from ...language import translated
from ..access import (
    SEE_REPORTS,
    is_logged_in,
    is_shown_reports,
    may_see_reports,
    to_login,
)
from ..read_only import View, outside_transactions
from ..responses import text_response, unlogged
from ..scrape_auth import are_open
from ..unavailable import unavailable
from .frame import Frame
from .suggestions import Suggestions

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
        return text_response(status, translated(reason))


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
    if "listing" in context:
        context["suggestions"] = Suggestions(context["listing"].snapshot)
    return render(request, template, context, status=status)


def report_readers_only(view: View) -> View:
    """Refuse clients that may not see reports: they log in, or see why not."""

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if may_see_reports(request):
            return view(request, *args, **kwargs)
        return refused(request, SEE_REPORTS)

    return guarded


def refused(request: HttpRequest, permission: str) -> HttpResponse:
    """Have the client log in, or say which permission its user does not have."""
    if not apps.is_installed("django.contrib.auth"):
        return text_response(
            HTTPStatus.FORBIDDEN,
            _(
                "The reports need a user with a permission, and this site has no "
                'logins. Set OTEL_SLA["PUBLIC_REPORTS"] = True to show them to '
                "everybody."
            ),
        )
    if not is_logged_in(request):
        return to_login(request)
    template = "otel_sla/reports/forbidden.html"
    context = {"permission": permission}
    return unlogged(rendered(request, template, context, HTTPStatus.FORBIDDEN))


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
