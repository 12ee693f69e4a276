"""Admin sites besides Django's default one, and where they are mounted."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from django.contrib import admin
from django.urls import include, path

from otel_sla.admin import register
from otel_sla.admin.schedules import ScheduleAdmin
from otel_sla.models import Schedule

OPS = admin.AdminSite(name="ops")
register(OPS)

ONLY_SCHEDULES = admin.AdminSite(name="few")
ONLY_SCHEDULES.register(Schedule, ScheduleAdmin)

EMPTY = admin.AdminSite()
"""Like a default site from which the host has taken the app's models."""


def mounted(**sites: admin.AdminSite) -> Any:
    """Return a URLconf with the pages, and the admin sites by their path."""
    patterns: list[Any] = [path(f"{at}/", site.urls) for at, site in sites.items()]
    urls: Any = ModuleType("urls")
    urls.urlpatterns = [*patterns, path("", include("otel_sla.urls"))]
    return urls
