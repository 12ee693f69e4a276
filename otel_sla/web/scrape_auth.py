"""Who may scrape: whoever has a token, or everybody where the site says so.

It says so with PUBLIC_METRICS or DEBUG. Decided before anything is collected, and
without the database.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings as site
from django.http import HttpRequest, HttpResponse

from ..conf import conf
from ..logs import get_logger
from ..throttled_log import ThrottledLog
from . import scrape_tokens
from .read_only import unlogged

View = Callable[..., HttpResponse]

logger = get_logger(__name__)

_NOBODY = (
    "This site has not said who may read its metrics. Set "
    'OTEL_SLA["METRICS_TOKEN_FILE"] or OTEL_SLA["METRICS_TOKENS"] and have Prometheus '
    'send a token, or open them to everybody: OTEL_SLA["PUBLIC_METRICS"] = True'
)
_MISSING = "The metrics need a token: Authorization: Bearer TOKEN"
_WRONG = "This token opens nothing here."


refusals = ThrottledLog("a request for the metrics", "requests for the metrics")


def are_open() -> bool:
    """Whether everybody may read the metrics."""
    return bool(site.DEBUG) or conf.PUBLIC_METRICS


def scrapers_only(view: View) -> View:
    """Refuse those who may not scrape, and count them."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if are_open():
            return view(request, *args, **kwargs)
        refused = _refusal(request.headers.get("Authorization", ""))
        if refused is None:
            return view(request, *args, **kwargs)
        status, message, reason = refused
        if said := refusals.note(reason):
            address = request.META.get("REMOTE_ADDR") or "a socket"
            logger.warning("refused %s from %s: %s", said, address, reason)
        return _refused(status, message)

    return guarded


def _refusal(authorization: str) -> tuple[HTTPStatus, str, str] | None:
    """What is answered, and what is logged; None where the token is right."""
    if not scrape_tokens.are_configured():
        return HTTPStatus.FORBIDDEN, _NOBODY, "no token is configured"
    known, fault = scrape_tokens.of_settings(), ""
    try:
        known += scrape_tokens.of_file()
    except scrape_tokens.UnusableFile as error:
        # Nobody gets in by the file; what the settings name is still good.
        fault = f"; {error}"
    if not authorization:
        return HTTPStatus.UNAUTHORIZED, _MISSING, f"no token{fault}"
    token = scrape_tokens.presented(authorization)
    if token is None:
        reason = f"an Authorization header that is no bearer token{fault}"
        return HTTPStatus.UNAUTHORIZED, _MISSING, reason
    if scrape_tokens.matches(token, known):
        return None
    return HTTPStatus.UNAUTHORIZED, _WRONG, f"a wrong token{fault}"


def _refused(status: HTTPStatus, message: str) -> HttpResponse:
    response = HttpResponse(
        f"{message}\n",
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
    return unlogged(response)
