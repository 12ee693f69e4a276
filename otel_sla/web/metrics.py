"""/metrics: the Prometheus exposition over HTTP."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ..bridge.no_rows import NoRows
from ..database.failures import OF_THE_PROCESS, named
from ..telemetry import setup as telemetry
from ..text import one_line
from .read_only import outside_transactions, reading_only
from .responses import text_response
from .scrape_auth import scrapers_only


@login_not_required
@outside_transactions
@csrf_exempt
@reading_only
@scrapers_only
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a scrape: 200 with all rows of required sources, or 503.

    503 where metrics are not set up, or those can't be read: Prometheus then reports
    the target as down. Prometheus has no login: a site's LoginRequiredMiddleware would
    redirect it to a form.
    """
    active = telemetry.active()
    if active.scrapes is None:
        return _unavailable(active.reason)
    try:
        answer = active.scrapes.answer(
            request.headers.get("Accept", ""),
            request.headers.get("Accept-Encoding", ""),
            request.headers.get("X-Prometheus-Scrape-Timeout-Seconds", ""),
        )
    except NoRows as error:
        return _unavailable(str(error))
    except OF_THE_PROCESS as error:
        return _unavailable(f"the metrics can't be written: {named(error)}")
    return HttpResponse(
        answer.body, headers={**answer.headers, "Cache-Control": "no-store"}
    )


def _unavailable(reason: str) -> HttpResponse:
    return text_response(HTTPStatus.SERVICE_UNAVAILABLE, one_line(reason))
