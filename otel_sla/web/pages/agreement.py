"""One agreement: its target, the downtime it allows by period, and who is under it."""

import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ...language import month, number
from ...models import Agreement, Component
from ...schedule import Schedule
from ...schedule.agreement_period import PERIODS, ROLLING, budget
from ...schedule.notation import format_length
from ...schedule.open_time_change import hours
from ...schedule.preview import edge
from ..access import readers_only
from ..api import queries
from ..api.errors import NotThere
from ..component_list import Promise, Unusable
from .admin_links import in_admin
from .decorators import framed, rendered
from .definitions import not_found, state_of, users, year_of
from .forms import DefinitionForm

PERIODS_SHOWN = {"month": 6, "week": 6}


@require_safe
@framed
@readers_only
def agreement(request: HttpRequest, name: str) -> HttpResponse:
    """Show an agreement, in its schedule's zone or in the one asked for."""
    form = DefinitionForm(request.GET)
    context: dict[str, Any] = {"form": form, "name": name}
    with queries.one_read() as alias:
        rows = queries.agreements(alias)
        try:
            row = queries.named(rows, name)
            definition = queries.definition(row.schedule)
        except (NotThere, Unusable) as error:
            why = str(error) if isinstance(error, Unusable) else None
            return not_found(request, rows, name, why)
        components = Component.objects.using(alias).filter(agreement=row)
        context |= users(components)
    if form.is_valid():
        moment = int(time.time())
        zone = form.zone_of(row.schedule.timezone)
        context |= {"agreement": row, **state_of(definition, moment, zone)}
        context |= year_of(
            definition, request, form.cleaned_data["year"], context["here"]
        )
        context |= _promise(row, definition, moment)
        context["edit"] = in_admin(request, "change", "agreement", row.pk)
    return rendered(
        request,
        "otel_sla/agreement.html",
        context,
        status=200 if form.is_valid() else 400,
    )


def _promise(row: Any, definition: Schedule, moment: int) -> dict[str, Any]:
    """Return the target, and the downtime it allows in this and the next periods.

    Nothing where the row was written without validation.
    """
    target = Promise.of(row.name, row.target, row.period).target
    if target is None or row.period not in PERIODS:
        return {}
    exactly = Decimal(str(row.target))
    return {
        "target": number(exactly.normalize()),
        "period": Agreement.Period(row.period).label,
        "is_rolling": row.period in ROLLING,
        "periods": list(_periods(row.period, exactly, moment, definition)),
    }


def _periods(
    period: str, target: Decimal, moment: int, definition: Schedule
) -> Iterator[dict[str, Any]]:
    for place in range(PERIODS_SHOWN.get(period, 1)):
        one = budget(period, target, moment, definition)
        yield {
            "name": _name(period, one.start, definition),
            "start": edge(one.start, definition.zone),
            "end": edge(one.end, definition.zone),
            "scheduled": hours(one.scheduled),
            "allowed": format_length(round(one.allowed)),
            "is_now": place == 0,
        }
        moment = one.end


def _name(period: str, start: int, definition: Schedule) -> str:
    first = datetime.fromtimestamp(start, definition.zone)
    if period == "month":
        return month(first)
    if period == "week":
        return _("Week %(week)s of %(year)s") % {
            "week": f"{first:%V}",
            "year": f"{first:%G}",
        }
    return capfirst(str(Agreement.Period(period).label))
