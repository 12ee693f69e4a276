"""Components by days on a time axis: when each is open, and why it is not."""

from datetime import date, timedelta
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ...metrics.units import Unit
from ...schedule.axis import columns, now_on, paths
from ...schedule.days import days
from ...schedule.preview import Cell, cell, edge
from ..access import readers_only
from .decorators import framed, rendered
from .forms import DAYS, OWN, TimelineForm, address
from .listing import Listing, paged

ROWS_PER_PAGE = 40
SPANS = {"day": _("Day"), "week": _("Week"), "4weeks": _("4 weeks")}


@require_safe
@framed
@readers_only
def timeline(request: HttpRequest) -> HttpResponse:
    """Show the days from a date on; without one, from today."""
    form = TimelineForm(request.GET)
    listing = Listing.of(form)
    context: dict[str, Any] = {"form": form, "listing": listing}
    if form.is_valid():
        context |= _shown(request, form, listing)
    return rendered(
        request,
        "otel_sla/timeline.html",
        context,
        status=200 if form.is_valid() else 400,
    )


def _shown(
    request: HttpRequest, form: TimelineForm, listing: Listing
) -> dict[str, Any]:
    span = form.cleaned_data["span"] or "week"
    # The axis of all rows; with each component's own zone, rows have no common one.
    common = None if form.cleaned_data["zone"] == OWN else form.zone_of("UTC")
    here = edge(listing.moment, common or form.zone_of("UTC"))
    first = form.cleaned_data["start"] or here.local.date()
    shown = [first + timedelta(days=number) for number in range(DAYS[span])]
    page = paged(listing.chosen, request, ROWS_PER_PAGE)
    return {
        "days": shown,
        "columns": columns(shown, listing.moment, common),
        "width": 1000 * len(shown),
        "now": now_on(shown, listing.moment, common) if common else None,
        "here": here,
        "zone": common.key if common else "",
        "page": page,
        "rows": _rows(page, form, shown, listing.moment),
        "twin": _twin(request, shown),
        **_links(request, first, span),
    }


def _rows(
    page: Any, form: TimelineForm, shown: list[date], moment: int
) -> list[dict[str, Any]]:
    # Components of one schedule share their cells.
    of_schedule = cache(partial(_of_schedule, shown, moment))
    return [
        {"entry": entry, **of_schedule(entry.group.unit, form.zone_of(entry.timezone))}
        for entry in page
    ]


def _of_schedule(
    shown: list[date], moment: int, unit: Unit, zone: ZoneInfo
) -> dict[str, Any]:
    """Return a cell for each date, None for one that the zone has skipped; and the row
    as a picture."""
    found = {
        day.date: cell(day, zone, moment)
        for day in days(unit.definition, shown[0], shown[-1], zone)
    }
    cells: list[Cell | None] = [found.get(day) for day in shown]
    return {
        "zone": zone,
        "cells": cells,
        "paths": paths(cells),
        "now": now_on(shown, moment, zone),
    }


def _links(request: HttpRequest, first: date, span: str) -> dict[str, Any]:
    """Return the links to other days and zones, which keep all else."""
    query, length = request.GET, DAYS[span]
    return {
        "earlier": address(query, start=_shifted(first, -length)),
        "later": address(query, start=_shifted(first, length)),
        "today": address(query, start=None),
        "spans": [
            (words, address(query, span=name), name == span)
            for name, words in SPANS.items()
        ],
        "in_utc": address(query, zone=None),
        "in_own": address(query, zone=OWN),
    }


def _twin(request: HttpRequest, shown: list[date]) -> str:
    """Return the query of the API for the same days of the same components."""
    query = address(request.GET, span=None, start=None, zone=None)
    until = shown[-1] + timedelta(days=1)
    return f"?from={shown[0]}&until={until}" + query.replace("?", "&", 1).rstrip("&")


def _shifted(day: date, by: int) -> str:
    return (day + timedelta(days=by)).isoformat()
