"""What the pages of schedules and agreements share: a schedule in words, by year."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from ...models import Component
from ...schedule import DAY, Schedule
from ...schedule.days import reason_closed
from ...schedule.exceptions import exceptions, rows
from ...schedule.open_time_change import open_time
from ...schedule.preview import Edge, edge, weeks
from ...schedule.sentences import hours_in_words
from ...schedule.spans import to_unix
from ...schedule.wording import in_words
from ...text import suggestion
from .decorators import rendered
from .forms import address

_NONE = {
    "agreement": (_("No agreement %(name)s"), _("No agreement has this name.")),
    "schedule": (_("No schedule %(name)s"), _("No schedule has this name.")),
}
WEEKS = 5
NAMES_SHOWN = 100


def state_of(schedule: Schedule, moment: int, zone: ZoneInfo) -> dict[str, Any]:
    """Return what is true of the schedule at the moment, in Unix seconds: its state in
    words, its hours in a sentence, and the weeks from this one on."""
    state = schedule.state(moment)
    here = edge(moment, zone)
    reason = "" if state.in_window else reason_closed(schedule, moment)
    return {
        "state": state,
        "words": in_words(state, moment, zone, reason),
        "hours": hours_in_words(schedule),
        "here": here,
        "zone": zone.key,
        "weeks": weeks(schedule, here.local.date(), WEEKS, moment, zone),
    }


def year_of(
    schedule: Schedule, request: HttpRequest, year: int | None, here: Edge
) -> dict[str, Any]:
    """Return the exceptions of the year, or where none is given, of that of the edge,
    in its zone."""
    year = year or here.local.year
    zone: Any = here.local.tzinfo
    start, end = (
        to_unix(date(one, 1, 1).toordinal() * DAY, zone) for one in (year, year + 1)
    )
    found = rows(exceptions(schedule, start, end), zone, int(here.utc.timestamp()))
    return {
        "year": year,
        "exceptions": found,
        "open_in_year": round(open_time(schedule, start, end).seconds / 3600),
        "years": {
            word: address(request.GET, year=str(other))
            for word, other in (("earlier", year - 1), ("later", year + 1))
            if 1970 <= other <= 2099
        },
    }


def users(components: QuerySet[Component]) -> dict[str, Any]:
    """Return the names of the first enabled components, and how many there are."""
    enabled = components.filter(enabled=True).order_by("name")
    names = list(enabled.values_list("name", flat=True)[:NAMES_SHOWN])
    total = len(names) if len(names) < NAMES_SHOWN else enabled.count()
    return {"components": names, "total": total, "others": total - len(names)}


def not_found(
    request: HttpRequest, rows: QuerySet[Any], name: str, why: str | None = None
) -> HttpResponse:
    """Say that there is no such row, and which name is the closest."""
    model: type[Model] = rows.model
    kind = str(model._meta.model_name)
    title, unknown = _NONE[kind]
    known = rows.order_by("name").values_list("name", flat=True)
    context: Mapping[str, Any] = {
        "title": gettext(title) % {"name": name},
        "name": name,
        "why": why or gettext(unknown),
        "near": "" if why else suggestion(name, known, "{}"),
        "page": f"otel_sla:{kind}",
    }
    return rendered(request, "otel_sla/not_found.html", dict(context), status=404)
