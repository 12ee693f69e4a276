"""Register the app's models with another admin site, or on the classes of a theme."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from ..models import (
    Agreement,
    Component,
    Exclusion,
    FeedToken,
    HolidayCalendar,
    IssuedReport,
    Override,
    Schedule,
)
from .agreements import AgreementAdmin
from .calendars import CalendarAdmin
from .components import ComponentAdmin
from .exclusions import ExclusionAdmin
from .feed_tokens import FeedTokenAdmin
from .issued_reports import IssuedReportAdmin
from .overrides import OverrideAdmin
from .schedules import ScheduleAdmin

MODEL_ADMINS: dict[Any, type[admin.ModelAdmin[Any]]] = {
    Agreement: AgreementAdmin,
    Component: ComponentAdmin,
    Exclusion: ExclusionAdmin,
    FeedToken: FeedTokenAdmin,
    HolidayCalendar: CalendarAdmin,
    IssuedReport: IssuedReportAdmin,
    Override: OverrideAdmin,
    Schedule: ScheduleAdmin,
}
_KINDS = (admin.ModelAdmin, admin.StackedInline, admin.TabularInline)


def register(site: admin.AdminSite, *themed: type) -> None:
    """Register the app's models with the admin site, in place of what it has of them.

    `themed` are the ModelAdmin, StackedInline and TabularInline of a theme, which
    become bases of the app's classes.
    """
    for model, ours in MODEL_ADMINS.items():
        inlines = tuple(_on(themed, one) for one in ours.inlines)
        if site.is_registered(model):
            site.unregister(model)
        site.register(model, _on(themed, ours, inlines=inlines))


def _on(themed: tuple[type, ...], ours: type, **attributes: Any) -> Any:
    """Return the class with the theme's class of the same kind as its last base."""
    (kind,) = (one for one in _KINDS if issubclass(ours, one))
    theirs = tuple(one for one in themed if issubclass(one, kind))
    return type(ours.__name__, (ours, *theirs), attributes)
