"""One component: its windows, a month of it, its agreement and its metrics."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ...database.failures import asking
from ...labels import series
from ...language import number
from ...metrics.instruments import of_components
from ...metrics.rows import database
from ...models import Agreement, Component
from ...schedule import Schedule
from ...schedule.exceptions import exceptions, rows
from ...schedule.notation import format_length
from ...schedule.open_time_change import OUTLOOK, hours
from ...schedule.preview import edge, weeks, windows_around
from ...telemetry import setup as telemetry
from ...text import is_text
from ..access import readers_only
from ..component_list import Reported, reported
from .achieved import of_component
from .admin_links import in_admin
from .decorators import framed, rendered
from .definitions import state_of
from .forms import ComponentForm, address
from .listing import Listing

EXCEPTIONS_SHOWN = 8


@require_safe
@framed
@readers_only
def component(request: HttpRequest, name: str) -> HttpResponse:
    """Show a component, in its schedule's zone or in the one asked for."""
    form = ComponentForm(request.GET)
    listing = Listing.of(form)
    entries = reported(listing.snapshot, listing.moment)
    entry = next((one for one in entries if one.name == name), None)
    context: dict[str, Any] = {"form": form, "listing": listing, "name": name}
    if entry is None:
        context["why"] = _why_not(name)
        return rendered(request, "otel_sla/no_component.html", context, status=404)
    if form.is_valid():
        context |= _shown(entry, listing, form)
        key = entry.member.columns[0]
        context["edit"] = in_admin(request, "change", "component", key)
        context["feed"] = request.build_absolute_uri(
            reverse("otel_sla:feed-component", args=["TOKEN", name])
        )
        context["tokens"] = in_admin(request, "add", "feedtoken")
        context["months"] = {
            word: address(request.GET, month=f"{day:%Y-%m}")
            for word, day in _around(context).items()
        }
        context["this_week"] = address(request.GET, month=None)
        context |= of_component(request, name, listing.moment)
    return rendered(
        request,
        "otel_sla/component.html",
        context,
        status=200 if form.is_valid() else 400,
    )


def _shown(entry: Reported, listing: Listing, form: ComponentForm) -> dict[str, Any]:
    moment = listing.moment
    schedule = entry.group.unit.definition
    zone = form.zone_of(entry.timezone)
    month: date | None = form.cleaned_data["month"]
    return {
        "entry": entry,
        "labels": sorted(entry.labels.items()),
        "pill": listing.pill(entry),
        **state_of(schedule, moment, zone),
        **_coming(schedule, moment, zone),
        "windows": windows_around(schedule, moment, zone),
        "month": month,
        **({"weeks": _month(schedule, month, moment, zone)} if month else {}),
        "agreement": _agreement(entry, moment, zone),
        "samples": list(_samples(entry, listing)),
    }


def _month(
    schedule: Schedule, month: date, moment: int, zone: ZoneInfo
) -> list[tuple[Any, ...]]:
    """Return the weeks of the month; None for the days of other months."""
    last = _neighbours(month)["later"] - timedelta(days=1)
    count = (month.weekday() + last.day + 6) // 7
    return [
        tuple(one if one.date.month == month.month else None for one in week)
        for week in weeks(schedule, month, count, moment, zone)
    ]


def _coming(schedule: Schedule, moment: int, zone: ZoneInfo) -> dict[str, Any]:
    """Return the exceptions of the next months, and how many more there are."""
    found = exceptions(schedule, moment, moment + OUTLOOK)
    shown = rows(found[:EXCEPTIONS_SHOWN], zone, moment)
    return {"exceptions": shown, "other_exceptions": len(found) - len(shown)}


def _around(context: dict[str, Any]) -> dict[str, date]:
    """Return the months before and after what is shown: a month, or weeks from this."""
    if context["month"]:
        return _neighbours(context["month"])
    today = context["here"].local.date()
    months = _neighbours(today.replace(day=1))
    monday = context["weeks"][0][0].date
    # The days of this month that have passed are not among the weeks.
    return {**months, "earlier": monday.replace(day=1)} if monday.day > 1 else months


def _neighbours(month: date) -> dict[str, date]:
    return {
        "earlier": (month - timedelta(days=1)).replace(day=1),
        "later": (month + timedelta(days=32)).replace(day=1),
    }


def _agreement(entry: Reported, moment: int, zone: ZoneInfo) -> dict[str, Any]:
    group = entry.group
    found: dict[str, Any] = {"name": group.agreement, "schedule": group.schedule}
    allowed = entry.budget_at(moment)
    if allowed is None:
        # The row was written without validation. The rest of the page is right.
        return found
    return {
        **found,
        "target": number(Decimal(group.target).normalize()),
        "period": Agreement.Period(group.period).label,
        "start": edge(allowed.start, zone),
        "end": edge(allowed.end, zone),
        "scheduled": hours(allowed.scheduled),
        "allowed": format_length(round(allowed.allowed)),
    }


def _samples(entry: Reported, listing: Listing) -> Iterator[dict[str, str]]:
    """Yield the samples as they are exported, each with its PromQL selector."""
    scrapes = telemetry.active().scrapes
    if scrapes is None:
        return
    selector = series({"component": entry.name}).decode()
    alone = listing.snapshot.only(entry.member.columns[0])
    for line in scrapes.lines_of(of_components(alone)):
        metric = line.partition("{")[0]
        yield {"promql": f"{metric}{{{selector}}}", "value": line.rpartition(" ")[2]}


def _why_not(name: str) -> str:
    with asking():
        rows = Component.objects.using(database())
        found = rows.filter(name=name).first() if is_text(name) else None
    if found is None:
        return _("No component has this name.")
    if not found.enabled:
        return _("This component is disabled, so it is not reported.")
    return _("This component's row can't be used. The site's log says why.")
