"""Components by days: when each is open, and why it is not."""

from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ...metrics.units import Unit
from ...schedule.days import days
from ...schedule.preview import Cell, cell
from ..access import readers_only
from .decorators import framed, rendered
from .forms import DAYS, TimelineForm, address
from .listing import Listing, paged

ROWS_PER_PAGE = 40


@require_safe
@framed
@readers_only
def timeline(request: HttpRequest) -> HttpResponse:
    """Show the days from a date on; without one, from Monday, or today for a day."""
    form = TimelineForm(request.GET)
    listing = Listing.of(form)
    context: dict[str, Any] = {"form": form, "listing": listing}
    if form.is_valid():
        length = DAYS[form.cleaned_data["span"] or "week"]
        first = form.cleaned_data["start"] or _default_start(listing, length)
        shown = [first + timedelta(days=number) for number in range(length)]
        page = paged(listing.chosen, request, ROWS_PER_PAGE)
        # Components of one schedule share their cells.
        cells = cache(partial(_cells, shown, listing.moment))
        rows = []
        for entry in page:
            zone = form.zone_of(entry.timezone)
            unit = entry.group.unit
            rows.append({"entry": entry, "zone": zone, "cells": cells(unit, zone)})
        context |= {
            "days": shown,
            "page": page,
            "rows": rows,
            "earlier": address(request.GET, start=_shifted(first, -length)),
            "later": address(request.GET, start=_shifted(first, length)),
            "today": address(request.GET, start=None),
            "twin": _twin(request, shown),
        }
    return rendered(
        request,
        "otel_sla/timeline.html",
        context,
        status=200 if form.is_valid() else 400,
    )


def _twin(request: HttpRequest, shown: list[date]) -> str:
    """Return the query of the API for the same days of the same components."""
    query = address(request.GET, span=None, start=None, zone=None)
    until = shown[-1] + timedelta(days=1)
    return f"?from={shown[0]}&until={until}" + query.replace("?", "&", 1).rstrip("&")


def _cells(
    shown: list[date], moment: int, unit: Unit, zone: ZoneInfo
) -> list[Cell | None]:
    """Return a cell for each date; None for one that the zone has skipped."""
    found = {
        day.date: cell(day, zone, moment)
        for day in days(unit.definition, shown[0], shown[-1], zone)
    }
    return [found.get(day) for day in shown]


def _default_start(listing: Listing, length: int) -> date:
    zone = listing.form.zone_of("UTC")
    today = datetime.fromtimestamp(listing.moment, UTC).astimezone(zone).date()
    return today if length == 1 else today - timedelta(days=today.weekday())


def _shifted(day: date, by: int) -> str:
    return (day + timedelta(days=by)).isoformat()
