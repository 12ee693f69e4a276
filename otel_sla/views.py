"""What is served over HTTP: the exposition, and the status page."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http import HTTPStatus

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from . import telemetry
from .access import readers_only
from .snapshot import NoRows, Row, snapshots
from .zones import zone

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
    return HttpResponse(
        answer.body, headers={**answer.headers, "Cache-Control": "no-store"}
    )


@require_safe
@readers_only
def status(request: HttpRequest) -> HttpResponse:
    """Show all enabled components: open or closed, since when and until when."""
    moment = int(time.time())
    try:
        snapshot = snapshots.take(moment)
    except NoRows as error:
        return _unavailable(str(error))
    rows = snapshot.rows
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "otel_sla/status.html",
        {
            "moment": datetime.fromtimestamp(moment, UTC),
            "read_at": datetime.fromtimestamp(snapshot.read_at, UTC),
            "total": len(rows),
            "open": sum(row.state.in_window for row in rows),
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


def _unavailable(reason: str) -> HttpResponse:
    return HttpResponse(
        f"{reason}\n",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
