"""Calendar feeds over HTTP, for clients with a token that has not been revoked."""

import time
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date
from django.views.decorators.csrf import csrf_exempt

from ..bridge.no_rows import NoRows
from ..database.failures import OF_THE_PROCESS
from ..ical.feeds import NotSelected, NotYet, Selection, TooLarge, build
from ..logs import ThrottledLog, get_logger
from ..metrics.source import snapshots
from ..models import FeedToken
from .read_only import METHODS, View, outside_transactions
from .responses import text_response, unlogged
from .unavailable import unavailable

logger = get_logger(__name__)

_PRIVATE = {
    "Cache-Control": "private, max-age=0",
    # The address of a feed is its key: no link in a calendar may give it away.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

refusals = ThrottledLog("a request for a calendar", "requests for calendars")


def _for_subscribers(view: View) -> View:
    """Answer requests whose address has a valid token, and keep the address private.

    The token is the login: a calendar program could do nothing with a form.
    """

    @login_not_required
    @outside_transactions
    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        moment = int(time.time())
        response: HttpResponse
        try:
            if request.method not in METHODS:
                response = HttpResponseNotAllowed(METHODS)
            elif _is_admitted(request, token, moment):
                response = view(request, moment, **kwargs)
            else:
                response = text_response(HTTPStatus.NOT_FOUND, "Not found")
        except (NoRows, DatabaseFailure, *OF_THE_PROCESS) as error:
            response = text_response(HTTPStatus.SERVICE_UNAVAILABLE, unavailable(error))
        except SuspiciousOperation as error:
            # More parameters than DATA_UPLOAD_MAX_NUMBER_FIELDS, for one.
            response = text_response(HTTPStatus.BAD_REQUEST, str(error))
        except Exception:
            # Django would log and mail it with the address.
            logger.exception("a calendar feed can't be built")
            message = "The feed can't be built. The site's log says why."
            response = text_response(HTTPStatus.INTERNAL_SERVER_ERROR, message)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            # Django would log the address, and with it the token; as would
            # require_safe, and the middleware against forged requests.
            unlogged(response)
        for name, value in _PRIVATE.items():
            response.headers[name] = value
        return response

    return guarded


def _is_admitted(request: HttpRequest, token: str, moment: int) -> bool:
    """Return whether the token is valid; log a refusal, but never the token."""
    if FeedToken.objects.admits(token, datetime.fromtimestamp(moment, UTC)):
        return True
    if said := refusals.note():
        address = request.META.get("REMOTE_ADDR") or "a socket"
        logger.warning("refused %s from %s: unknown or revoked token", said, address)
    return False


@_for_subscribers
def everything(request: HttpRequest, moment: int) -> HttpResponse:
    """Answer with the windows of all enabled components."""
    return _feed(request, Selection(), moment, "service-windows")


@_for_subscribers
def of_component(request: HttpRequest, moment: int, name: str) -> HttpResponse:
    """Answer with the windows of one component."""
    return _feed(request, Selection(component=name), moment, name)


@_for_subscribers
def selected(request: HttpRequest, moment: int) -> HttpResponse:
    """Answer with the windows of `component`, or of those with each `label`."""
    component = request.GET.get("component")
    if component is not None:
        return _feed(request, Selection(component=component), moment, component)
    try:
        selection = Selection.of_labels(request.GET.getlist("label"))
    except ValueError as error:
        return text_response(HTTPStatus.BAD_REQUEST, str(error))
    return _feed(request, selection, moment, "service-windows")


@_for_subscribers
def nothing(request: HttpRequest, moment: int, rest: str = "") -> HttpResponse:
    """Answer 404 at any other address with a token in it, without logging it."""
    feeds = "all.ics, select.ics?label=team:payments, components/web-shop.ics"
    message = f"There is no feed at this address. The feeds are {feeds}"
    return text_response(HTTPStatus.NOT_FOUND, message)


def _feed(
    request: HttpRequest, selection: Selection, moment: int, name: str
) -> HttpResponse:
    try:
        feed = build(selection, snapshots.take(moment))
    except NotSelected as error:
        return text_response(HTTPStatus.NOT_FOUND, str(error))
    except TooLarge as error:
        return text_response(HTTPStatus.BAD_REQUEST, str(error))
    except NotYet as error:
        later = text_response(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        later.headers["Retry-After"] = "1"
        return later
    # Two changes in one second are dated to the next second, which is in the future.
    etag, changed = f'"{feed.digest}"', min(feed.changed, moment)
    response = get_conditional_response(request, etag=etag, last_modified=changed)
    if response is None or response.status_code != HTTPStatus.NOT_MODIFIED:
        response = HttpResponse(feed.body, content_type="text/calendar; charset=utf-8")
        file = f"{name}.ics".replace("/", "-").replace("\\", "-")
        disposition = content_disposition_header(as_attachment=False, filename=file)
        response.headers["Content-Disposition"] = str(disposition)
    response.headers["ETag"] = etag
    response.headers["Last-Modified"] = http_date(changed)
    return response
