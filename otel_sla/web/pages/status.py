"""The status of all components: open or closed, until when, and why."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ...language import number
from ...metrics.units import Unit
from ...schedule import DAY, State
from ...schedule.days import reason_closed, stretch
from ...schedule.preview import bars, edge
from ...schedule.wording import beside_state
from ..access import readers_only
from ..component_list import Reported
from .achieved import of_list, samples_are_made_up
from .decorators import framed, rendered
from .empty import first_steps
from .forms import StatusForm, address, with_label
from .listing import LeftOut, Listing, paged
from .states import URGENCY

ROWS_PER_PAGE = 75
STRIP = 2 * DAY

_TILES = {
    "open": _("open"),
    "closing": _("close soon"),
    "opening": _("open soon"),
    "maintenance": _("maintenance"),
    "closed": _("closed"),
    "unknown": _("unknown"),
}
_ACHIEVED = "achieved"
"""The column of what is known from reports: without them it is not there."""
_COLUMNS = {
    "name": _("Component"),
    "state": _("Service window"),
    "": _("Next 48 hours"),
    "agreement": _("Agreement"),
    _ACHIEVED: _("Achieved"),
    "zone": _("Time zone"),
}

Entry = Reported | LeftOut


class Tile(NamedTuple):
    """A count that leads to what it counts."""

    kind: str
    word: object
    number: int
    text: str
    link: str


class Column(NamedTuple):
    """The head of a column: a link that sorts, if there is one, and aria-sort."""

    word: object
    link: str = ""
    order: str = ""


@require_safe
@framed
@readers_only
def status(request: HttpRequest) -> HttpResponse:
    """Show the components that are asked for, with the next 48 hours of each."""
    form = StatusForm(request.GET)
    listing = Listing.of(form)
    is_valid = form.is_valid()
    group: str = form.cleaned_data["group"] if is_valid else ""
    sort: str = form.cleaned_data["sort"] if is_valid else ""
    entries = _sorted([*listing.chosen, *listing.left_out], sort, listing)
    if group:
        entries.sort(key=lambda one: _value(one, group))
    page = paged(entries, request, ROWS_PER_PAGE)
    achieved = of_list(request, listing.moment)
    every = listing.total + len(listing.snapshot.left_out)
    context = {
        "form": form,
        "listing": listing,
        "open": number(listing.counts["open"]),
        "total": number(listing.total),
        "found": number(len(entries)),
        "every": number(every),
        "tiles": list(_tiles(request, listing)),
        "columns": list(_columns(request, sort or "name", has_achieved=bool(achieved))),
        "page": page,
        "sections": list(_sections(request, page, group, listing, achieved)),
        "has_achieved": bool(achieved),
        "twin": address(request.GET, group=None, zone=None, sort=None),
        "all": address(request.GET, state=None),
        "first_steps": None if every else first_steps(request),
    }
    return rendered(
        request, "otel_sla/status.html", context, status=200 if is_valid else 400
    )


def _tiles(request: HttpRequest, listing: Listing) -> Iterator[Tile]:
    for kind, word in _TILES.items():
        count = listing.counts[kind]
        if count or kind != "unknown":
            link = address(request.GET, state=kind)
            yield Tile(kind, word, count, number(count), link)


def _columns(
    request: HttpRequest, sort: str, *, has_achieved: bool
) -> Iterator[Column]:
    for name, word in _COLUMNS.items():
        if name == _ACHIEVED and not has_achieved:
            continue
        if name in ("", _ACHIEVED):
            is_made_up = name == _ACHIEVED and samples_are_made_up()
            yield Column(_("Achieved (made up)") if is_made_up else word)
        elif name == sort:
            yield Column(word, address(request.GET, sort=f"-{name}"), "ascending")
        else:
            order = "descending" if sort == f"-{name}" else "none"
            # By name is the default.
            wanted = None if name == "name" else name
            yield Column(word, address(request.GET, sort=wanted), order)


def _sorted(entries: list[Entry], sort: str, listing: Listing) -> list[Entry]:
    """Return the entries in that order, and those that are equal in it by name."""
    keys: dict[str, Callable[[Entry], Any]] = {
        "state": partial(_by_state, listing),
        "agreement": lambda one: getattr(one, "agreement", ("",))[0],
        "zone": lambda one: getattr(one, "timezone", ""),
    }
    entries = sorted(entries, key=lambda one: one.name, reverse=sort == "-name")
    if key := keys.get(sort.removeprefix("-")):
        entries.sort(key=key, reverse=sort.startswith("-"))
    return entries


def _by_state(listing: Listing, entry: Entry) -> tuple[int, int]:
    """Sort by state, and within one by what changes first."""
    if isinstance(entry, LeftOut):
        return 0, 0
    state = entry.state
    at = state.next_end if state.in_window else state.next_start
    rank = URGENCY.index(listing.pill(entry))
    return rank, listing.moment * 2 if at is None else at


def _sections(
    request: HttpRequest,
    page: Iterable[Entry],
    group: str,
    listing: Listing,
    achieved: dict[str, dict[str, Any]],
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    # Components of one schedule share what is shown of it.
    of_schedule = cache(partial(_of_schedule, listing.moment))
    chip = cache(partial(_chip, request))
    for value, entries in groupby(
        page, lambda one: _value(one, group) if group else None
    ):
        rows: list[dict[str, Any]] = []
        for entry in entries:
            if isinstance(entry, LeftOut):
                rows.append({"entry": entry, "pill": entry.pill, "words": entry.why})
                continue
            zone = listing.form.zone_of(entry.timezone)
            shared = of_schedule(entry.group.unit, entry.state, zone)
            labels = [chip(*one) for one in sorted(entry.labels.items())]
            row = {"entry": entry, "pill": listing.pill(entry), "labels": labels}
            row[_ACHIEVED] = achieved.get(entry.name)
            rows.append({**row, "zone": zone.key, **shared})
        yield _title(group, value), rows


def _chip(request: HttpRequest, name: str, value: str) -> tuple[str, str]:
    label = f"{name}:{value}"
    return label, with_label(request.GET, label)


def _value(entry: Entry, label: str) -> str:
    labels = {} if isinstance(entry, LeftOut) else entry.labels
    return labels.get(label) or ""


def _title(group: str, value: str | None) -> str:
    if value is None:
        return ""
    # Not within the braces, where makemessages would not find it.
    absent = gettext("(no such label)")
    return f"{group}: {value or absent}"


def _of_schedule(
    moment: int, unit: Unit, state: State, zone: ZoneInfo
) -> dict[str, Any]:
    schedule = unit.definition
    until = state.next_end if state.in_window else state.next_start
    reason = "" if state.in_window else reason_closed(schedule, moment)
    whole = moment, moment + STRIP
    return {
        "words": beside_state(state, moment, zone, reason),
        "until": None if until is None else edge(until, zone),
        "bars": bars(*stretch(schedule, *whole), whole, zone),
    }
