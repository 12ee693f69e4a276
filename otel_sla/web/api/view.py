"""The view of the API: methods, access, and finding the endpoint."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.db import Error as DatabaseFailure
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from ...database.failures import OF_THE_PROCESS
from ..access import SEE_REPORTS, is_logged_in, may_read, may_see_reports
from ..read_only import METHODS, outside_transactions
from ..responses import unlogged
from .errors import no_database, problem

_OF_REPORTS = ("reports", "exclusions")
"""The first parts of paths of what may be for fewer than the rest."""


@login_not_required
@csrf_exempt
@outside_transactions
def api(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Answer a request to the API.

    Whether a login is required is decided here, not by a site's
    LoginRequiredMiddleware: a script has no use for a redirect to a form. Answers are
    in English, whatever the language of the request.
    """
    with translation.override(None):
        response = _answer(request, endpoint)
    response["Cache-Control"] = "no-store"
    return response


def _answer(request: HttpRequest, endpoint: str) -> HttpResponse:
    if request.method not in METHODS:
        return _not_allowed(request)
    try:
        if refusal := _refusal(request, endpoint):
            return refusal
    except DatabaseFailure as error:
        return no_database(error)
    try:
        from .router import find
    except ImportError as error:
        # All that it imports comes with the extra.
        return _not_installed(error)
    try:
        return find(endpoint)(request)
    except Http404:
        message = f"no endpoint {endpoint!r}: openapi.json lists them"
        return problem(HTTPStatus.NOT_FOUND, message)
    except SuspiciousOperation as error:
        # More parameters than DATA_UPLOAD_MAX_NUMBER_FIELDS, for one.
        return problem(HTTPStatus.BAD_REQUEST, error)
    except OF_THE_PROCESS as error:
        return no_database(error)


def _not_allowed(request: HttpRequest) -> HttpResponse:
    message = f"{request.method} is not allowed. The API is read-only."
    response = problem(HTTPStatus.METHOD_NOT_ALLOWED, message)
    response["Allow"] = ", ".join(METHODS)
    return unlogged(response)


def _not_installed(error: ImportError) -> HttpResponse:
    message = (
        f"The JSON API needs django-ninja, which can't be imported: {error}. Install "
        "otel-sla[api]."
    )
    return unlogged(problem(HTTPStatus.NOT_IMPLEMENTED, message))


def _refusal(request: HttpRequest, endpoint: str) -> HttpResponse | None:
    """Return the response to a client that may not read this, or None."""
    if endpoint.split("/")[0] not in _OF_REPORTS:
        return None if may_read(request) else _log_in("PUBLIC_STATUS")
    if may_see_reports(request):
        return None
    if not is_logged_in(request):
        return _log_in("PUBLIC_REPORTS")
    message = f"Reports are for users with the permission {SEE_REPORTS}."
    return unlogged(problem(HTTPStatus.FORBIDDEN, message))


def _log_in(setting: str) -> HttpResponse:
    response = problem(
        HTTPStatus.UNAUTHORIZED,
        "Log in to the site and send its session cookie. Or set "
        f'OTEL_SLA["{setting}"] = True to allow reading without login.',
    )
    # HTTP wants a scheme to be named, and sessions have none of their own.
    response["WWW-Authenticate"] = 'Session realm="otel_sla"'
    return response
