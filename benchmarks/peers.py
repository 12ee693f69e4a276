"""What a scrape is measured beside: settings, URLs and views of the same site.

Every peer reads the same rows of the same database in the same server. The states
of the schedules, and what is counted of them, are worked out once and given to all of
them, so that what differs is reading and writing.
"""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.html import escape
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from otel_sla.models import Agreement, Component
from otel_sla.models.definitions import definitions
from otel_sla.schedule.running_totals import RunningTotals

BOUNDARIES = ("last_start", "last_end", "next_start", "next_end")
NAMES = {
    **{name: f"service_window_{name}_seconds" for name in BOUNDARIES},
    "in_window": "service_window_in_window",
    "target": "service_window_sla_target_ratio",
    "period_start": "service_window_period_start_seconds",
    "scheduled": "service_window_period_scheduled_seconds",
    "open_time": "service_window_open_time_seconds_total",
}


@cache
def known() -> dict[int, dict[str, float | None]]:
    """What is told of the components of every agreement, by its id."""
    moment = int(time.time())
    stored = definitions(connection.alias)
    values: dict[int, dict[str, float | None]] = {}
    for one in Agreement.objects.all():
        schedule = stored.schedule(one.schedule_id)
        state = schedule.state(moment)
        figures = RunningTotals(schedule).figures(moment, one.period, state)
        values[one.pk] = {
            **{name: getattr(state, name) for name in BOUNDARIES},
            "in_window": int(state.in_window),
            "target": float(one.target / 100),
            "period_start": figures.period_start,
            "scheduled": figures.scheduled,
            "open_time": figures.open_time,
        }
    return values


class CollectorOf2019:
    """A custom collector of prometheus_client over model instances of the ORM."""

    def collect(self) -> Any:
        gauges = {
            name: GaugeMetricFamily(shown, name, labels=("component", *LABELS))
            for name, shown in NAMES.items()
        }
        info = GaugeMetricFamily(
            "service_window_info",
            "info",
            labels=("component", *LABELS, "agreement", "schedule", "timezone"),
        )
        for component in Component.objects.select_related("agreement__schedule"):
            agreement = component.agreement
            own = component.get_labels()
            labels = [component.name, *(own.get(name, "") for name in LABELS)]
            for name, value in known()[agreement.pk].items():
                if value is not None:
                    gauges[name].add_metric(labels, value)
            schedule = agreement.schedule
            info.add_metric(
                [*labels, agreement.name, schedule.name, schedule.timezone], 1
            )
        yield from (*gauges.values(), info)


LABELS = ("env", "region", "team", "tier")
_registry = CollectorRegistry(auto_describe=False)
_registry.register(CollectorOf2019())  # type: ignore[arg-type]


def design_of_2019(request: HttpRequest) -> HttpResponse:
    return _answer(request, generate_latest(_registry))


READY: dict[int, str] = {}
"""Label strings by the component's id, made before anything is measured."""


def floor(request: HttpRequest) -> HttpResponse:
    """Fetch the rows, and join strings that are ready: nobody can do less."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name, labels, agreement_id FROM otel_sla_component "
            "WHERE enabled"
        )
        rows = cursor.fetchall()
    if not READY:
        for component in Component.objects.all():
            pairs = {"component": component.name, **component.labels}
            text = ",".join(f'{name}="{value}"' for name, value in pairs.items())
            READY[component.pk] = text
    lines = []
    for name, shown in NAMES.items():
        values = {pk: str(told[name]) for pk, told in known().items()}
        lines += [f"{shown}{{{READY[row[0]]}}} {values[row[3]]}\n" for row in rows]
    lines += [f"service_window_info{{{READY[row[0]]}}} 1\n" for row in rows]
    return _answer(request, "".join(lines).encode())


def trivial(request: HttpRequest) -> HttpResponse:
    return HttpResponse(datetime.now(UTC).isoformat())


def _answer(request: HttpRequest, body: bytes) -> HttpResponse:
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(body)
    # As prometheus_client's own application does.
    return HttpResponse(gzip.compress(body), headers={"Content-Encoding": "gzip"})


def over_the_orm(request: HttpRequest) -> HttpResponse:
    """A part of the list, and how many are open, by model instances."""
    moment = datetime.now(UTC)
    components = Component.objects.enabled().with_schedules()
    states = [(one.name, one.state(moment)) for one in components]
    page = Paginator(states, 100).get_page(request.GET.get("page"))
    rows = "".join(
        f"<tr><th>{escape(name)}<td>{state.in_window}<td>{state.next_end}"
        for name, state in page
    )
    opened = sum(state.in_window for _, state in states)
    return HttpResponse(f"<h1>{opened} of {len(states)} open</h1><table>{rows}</table>")


urlpatterns = [
    path("orm", over_the_orm),
    path("floor", floor),
    path("2019", design_of_2019),
    path("trivial", trivial),
    path("", include("otel_sla.urls")),
]
