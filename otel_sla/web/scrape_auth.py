"""Who may scrape: clients with a token, or everybody with PUBLIC_METRICS or DEBUG.

Decided before anything is collected, and without the database.
"""

from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings as site
from django.http import HttpRequest, HttpResponse

from ..conf import conf
from ..logs import ThrottledLog, get_logger
from . import scrape_tokens
from .read_only import View
from .responses import text_response, unlogged

logger = get_logger(__name__)

_NOBODY = (
    "No token for the metrics is configured. Set "
    'OTEL_SLA["METRICS_TOKEN_FILE"] or OTEL_SLA["METRICS_TOKENS"] and have Prometheus '
    'send a token, or set OTEL_SLA["PUBLIC_METRICS"] = True to open them to everybody.'
)
_MISSING = "The metrics need a token. Send the header Authorization: Bearer TOKEN"
_WRONG = "This token is not valid."

refusals = ThrottledLog("a request for the metrics", "requests for the metrics")


def are_open() -> bool:
    """Return whether everybody may read the metrics."""
    return bool(site.DEBUG) or conf.PUBLIC_METRICS


def scrapers_only(view: View) -> View:
    """Refuse clients that may not scrape, and log that."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        authorization = request.headers.get("Authorization", "")
        refused = None if are_open() else _refusal(authorization)
        if refused is None:
            return view(request, *args, **kwargs)
        status, message, reason = refused
        if said := refusals.note(reason):
            address = request.META.get("REMOTE_ADDR") or "a socket"
            logger.warning("refused %s from %s: %s", said, address, reason)
        response = unlogged(text_response(status, message))
        if status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return response

    return guarded


def _refusal(authorization: str) -> tuple[HTTPStatus, str, str] | None:
    """Return the status, the message and the reason to log; None if it is admitted."""
    if not scrape_tokens.are_configured():
        return HTTPStatus.FORBIDDEN, _NOBODY, "no token is configured"
    known, fault = scrape_tokens.of_settings(), ""
    try:
        known += scrape_tokens.of_file()
    except scrape_tokens.UnusableFile as error:
        # The tokens of the settings are still good.
        fault = f"; {error}"
    if not authorization:
        return HTTPStatus.UNAUTHORIZED, _MISSING, f"no token{fault}"
    token = scrape_tokens.presented(authorization)
    if token is None:
        reason = f"an Authorization header without a bearer token{fault}"
        return HTTPStatus.UNAUTHORIZED, _MISSING, reason
    if scrape_tokens.matches(token, known):
        return None
    return HTTPStatus.UNAUTHORIZED, _WRONG, f"a wrong token{fault}"
