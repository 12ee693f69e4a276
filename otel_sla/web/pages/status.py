"""The status of all components: open or closed, until when, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ...schedule import DAY
from ...schedule.days import reason_closed, stretch
from ...schedule.preview import bars, edge
from ...schedule.wording import in_words
from ..access import readers_only
from ..component_list import Reported
from .decorators import framed, rendered
from .forms import StatusForm, address
from .listing import Listing, Shared, paged, value_of

ROWS_PER_PAGE = 100
STRIP = 2 * DAY


@require_safe
@framed
@readers_only
def status(request: HttpRequest) -> HttpResponse:
    """Show the components that are asked for, with the next 48 hours of each."""
    form = StatusForm(request.GET)
    listing = Listing.of(form)
    group: str = form.cleaned_data["group"] if form.is_valid() else ""
    entries = listing.by_label(group) if group else listing.chosen
    page = paged(entries, request, ROWS_PER_PAGE)
    counts = listing.counts
    context = {
        "form": form,
        "listing": listing,
        "open": counts["open"],
        "tiles": [
            (name, counts[name], address(request.GET, state=name))
            for name in ("open", "opening", "closing", "closed")
        ],
        "page": page,
        "sections": list(_sections(page, group, listing)),
        "twin": address(request.GET, group=None, zone=None),
        "all": address(request.GET, state=None),
    }
    return rendered(
        request, "otel_sla/status.html", context, status=200 if form.is_valid() else 400
    )


def _sections(
    page: Iterable[Reported], group: str, listing: Listing
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    shared = Shared(lambda entry, zone: _of_schedule(entry, zone, listing.moment))
    for value, entries in groupby(
        page, lambda one: f"{group}: {value_of(one, group)}" if group else ""
    ):
        yield value, [_row(one, listing, shared) for one in entries]


def _row(entry: Reported, listing: Listing, shared: Shared) -> dict[str, Any]:
    zone = listing.form.zone_of(entry.timezone)
    return {
        "entry": entry,
        "labels": sorted(entry.labels.items()),
        "zone": zone.key,
        **shared.of(entry, zone),
    }


def _of_schedule(entry: Reported, zone: ZoneInfo, moment: int) -> dict[str, Any]:
    schedule, state = entry.group.unit.definition, entry.state
    until = state.next_end if state.in_window else state.next_start
    reason = "" if state.in_window else reason_closed(schedule, moment)
    whole = moment, moment + STRIP
    return {
        "state": state,
        "words": in_words(state, moment, zone, reason),
        "until": None if until is None else edge(until, zone),
        "bars": bars(*stretch(schedule, *whole), whole, zone),
    }
