"""Metrics, health, and pages for people. Include it wherever the site likes.

Without service windows the pages, the API and the feeds are not there.
"""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from .conf import has_service_windows
from .web import feeds, health
from .web import metrics as views
from .web.api.view import api
from .web.pages.agreement import agreement
from .web.pages.api_docs import api_docs
from .web.pages.component import component
from .web.pages.issued_report import issued_report
from .web.pages.reports import report
from .web.pages.reports_overview import reports
from .web.pages.schedule import schedule
from .web.pages.status import status
from .web.pages.timeline import timeline


class _Rest(StringConverter):
    """All that is left of a path, line breaks included: the API answers in JSON
    whatever it is asked, and an address with a token in it is never logged."""

    regex = r"[\s\S]*"


class _Name(StringConverter):
    """A name as a row has it that no form has seen: with a line break, for one."""

    regex = r"[\s\S]+"


register_converter(_Name, "otel_sla_name")
register_converter(_Rest, "otel_sla_rest")

app_name = "otel_sla"

_SERVICE_WINDOWS = [
    path("", status, name="status"),
    path("timeline", timeline, name="timeline"),
    path("components/<otel_sla_name:name>", component, name="component"),
    path("schedules/<otel_sla_name:name>", schedule, name="schedule"),
    path("agreements/<otel_sla_name:name>", agreement, name="agreement"),
    path("reports/", reports, name="reports"),
    path("reports/issued/<int:number>/", issued_report, name="issued_report"),
    path("reports/<path:period>/", report, name="report"),
    path("api/v1/docs", api_docs, name="api_docs"),
    path("api/v1/<otel_sla_rest:endpoint>", api, name="api"),
    path("calendar/<str:token>/all.ics", feeds.everything, name="feed"),
    path("calendar/<str:token>/select.ics", feeds.selected, name="feed-select"),
    path(
        "calendar/<str:token>/components/<otel_sla_name:name>.ics",
        feeds.of_component,
        name="feed-component",
    ),
    path("calendar/<str:token>", feeds.nothing),
    path("calendar/<str:token>/<otel_sla_rest:rest>", feeds.nothing),
]

urlpatterns = [
    path("metrics", views.metrics, name="metrics"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    *(_SERVICE_WINDOWS if has_service_windows() else ()),
]
