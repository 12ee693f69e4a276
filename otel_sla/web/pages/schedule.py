"""One schedule: its rules in words, who uses it, and its exceptions of a year."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ...models import Component
from ...schedule import Schedule as Definition
from ...schedule.holiday_codes import UnknownCalendar, place_name
from ...schedule.name_lists import parse_codes
from ...schedule.sentences import rules_in_words
from ..access import readers_only
from ..api import queries
from ..api.errors import NotThere
from ..component_list import Unusable
from .admin_links import in_admin
from .decorators import framed, rendered
from .definitions import not_found, state_of, users, year_of
from .forms import DefinitionForm


@require_safe
@framed
@readers_only
def schedule(request: HttpRequest, name: str) -> HttpResponse:
    """Show a schedule, in its own zone or in the one asked for."""
    form = DefinitionForm(request.GET)
    context: dict[str, Any] = {"form": form, "name": name}
    with queries.one_read() as alias:
        rows = queries.schedules(alias)
        try:
            row = queries.named(rows, name)
            definition = queries.definition(row)
        except (NotThere, Unusable) as error:
            why = str(error) if isinstance(error, Unusable) else None
            return not_found(request, rows, name, why)
        if form.is_valid():
            context |= _of_row(row, alias)
    if form.is_valid():
        zone = form.zone_of(row.timezone)
        context |= state_of(definition, int(time.time()), zone)
        context |= year_of(
            definition, request, form.cleaned_data["year"], context["here"]
        )
        context["rules"] = _rules(definition)
        context["edit"] = in_admin(request, "change", "schedule", row.pk)
    return rendered(
        request,
        "otel_sla/schedule.html",
        context,
        status=200 if form.is_valid() else 400,
    )


def _rules(definition: Definition) -> list[tuple[str, str]]:
    """Return the rules in words, each with its kind: `open` or `closed`."""
    limited = bool(definition.holidays) and not definition.always_open
    return [
        (kind, text[:1].upper() + text[1:])
        for kind in ("open", "closed")
        for text in rules_in_words(
            (one for one in definition.rules if one.kind == kind), limited
        )
    ]


def _of_row(row: Any, alias: str) -> dict[str, Any]:
    """Return what the row is linked to, all read from that database."""
    return {
        "schedule": row,
        "places": list(map(_place, parse_codes(row.holidays))),
        "calendars": list(map(str, row.calendars.all())),
        "includes": list(map(str, row.includes.all())),
        "excludes": list(map(str, row.excludes.all())),
        "included_by": _names(row.included_by, alias),
        "excluded_by": _names(row.excluded_by, alias),
        "agreements": list(queries.agreements(alias).filter(schedule=row)),
        **users(Component.objects.using(alias).filter(agreement__schedule=row)),
    }


def _place(code: str) -> tuple[str, str]:
    """Return a code of holidays and the place that observes them."""
    try:
        return code, place_name(code)
    except UnknownCalendar:
        return code, code


def _names(schedules: Any, alias: str) -> list[str]:
    rows = schedules.using(alias).order_by("name")
    return list(rows.values_list("name", flat=True))
