"""What is served over HTTP: the exposition, and the status page."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from http import HTTPStatus

from django.core.paginator import Paginator
from django.db import Error as DatabaseFailure
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from . import gauges, telemetry
from .exposition import expose
from .snapshot import Row, snapshots
from .zones import zone

logger = logging.getLogger(__name__)

ROWS_PER_PAGE = 200


@transaction.non_atomic_requests
@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a scrape; never with a 200 that has lost components.

    503 where nothing is set up to be served, or the components can't be read:
    Prometheus then knows the target is down, and says so.
    """
    active = telemetry.active()
    if active.registry is None:
        return _unavailable(active.reason)
    try:
        snapshot = snapshots.take(int(time.time()))
    except DatabaseFailure as error:
        return _unreadable(error)
    with gauges.serving(snapshot):
        exposition = expose(
            active.registry,
            request.headers.get("Accept", ""),
            request.headers.get("Accept-Encoding", ""),
        )
    return HttpResponse(
        exposition.body, headers={**exposition.headers, "Cache-Control": "no-store"}
    )


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Show all enabled components: open or closed, since when and until when."""
    moment = int(time.time())
    try:
        snapshot = snapshots.take(moment)
    except DatabaseFailure as error:
        return _unreadable(error)
    page = Paginator(snapshot.rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "otel_sla/status.html",
        {
            "moment": datetime.fromtimestamp(moment, UTC),
            "total": len(snapshot.rows),
            "open": sum(row.state.in_window for row in snapshot.rows),
            "dropped": sum(snapshot.dropped.values()),
            "page": page,
            "rows": [_shown(row) for row in page],
        },
    )


def _shown(row: Row) -> dict[str, object]:
    state = row.state
    local = zone(row.timezone)
    if state.in_window:
        since, until = state.last_start, state.next_end
    else:
        since, until = state.last_end, state.next_start
    return {
        "row": row,
        "labels": [pair for pair in row.attributes.items() if pair[0] != "component"],
        "since": since and datetime.fromtimestamp(since, local),
        "until": until and datetime.fromtimestamp(until, local),
    }


def _unreadable(error: DatabaseFailure) -> HttpResponse:
    logger.error("the components can't be read: %s", error)
    return _unavailable(f"the components can't be read: {error}")


def _unavailable(reason: str) -> HttpResponse:
    return HttpResponse(
        f"{reason}\n",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
