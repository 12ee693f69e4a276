"""The status of all components: open or closed, until when, and why."""

from collections.abc import Iterable, Iterator
from functools import cache, partial
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ...metrics.units import Unit
from ...schedule import DAY, State
from ...schedule.days import reason_closed, stretch
from ...schedule.preview import bars, edge
from ...schedule.wording import in_words
from ..access import readers_only
from ..component_list import Reported
from .decorators import framed, rendered
from .forms import StatusForm, address
from .listing import Listing, paged

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
    entries = listing.chosen
    if group:
        entries = sorted(entries, key=lambda one: (_value(one, group), one.name))
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
    # Components of one schedule share what is shown of it.
    of_schedule = cache(partial(_of_schedule, listing.moment))
    for value, entries in groupby(
        page, lambda one: f"{group}: {_value(one, group)}" if group else ""
    ):
        rows = []
        for entry in entries:
            zone = listing.form.zone_of(entry.timezone)
            shared = of_schedule(entry.group.unit, entry.state, zone)
            labels = sorted(entry.labels.items())
            rows.append({"entry": entry, "labels": labels, "zone": zone.key, **shared})
        yield value, rows


def _value(entry: Reported, label: str) -> str:
    return entry.labels.get(label) or "(no such label)"


def _of_schedule(
    moment: int, unit: Unit, state: State, zone: ZoneInfo
) -> dict[str, Any]:
    schedule = unit.definition
    until = state.next_end if state.in_window else state.next_start
    reason = "" if state.in_window else reason_closed(schedule, moment)
    whole = moment, moment + STRIP
    return {
        "state": state,
        "words": in_words(state, moment, zone, reason),
        "until": None if until is None else edge(until, zone),
        "bars": bars(*stretch(schedule, *whole), whole, zone),
    }
