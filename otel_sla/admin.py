"""Editing everything the gauges report on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from .models import Agreement, Component, Override, Rule, Schedule

if TYPE_CHECKING:
    _RulesOfASchedule = admin.StackedInline[Rule, Schedule]
    _OverridesOfASchedule = admin.TabularInline[Override, Schedule]
    _OverridesOfAComponent = admin.TabularInline[Override, Component]
    _ScheduleAdmin = admin.ModelAdmin[Schedule]
    _AgreementAdmin = admin.ModelAdmin[Agreement]
    _ComponentAdmin = admin.ModelAdmin[Component]
else:
    # Django's admin classes can't be subscripted when the program runs.
    _RulesOfASchedule = admin.StackedInline
    _OverridesOfASchedule = _OverridesOfAComponent = admin.TabularInline
    _ScheduleAdmin = _AgreementAdmin = _ComponentAdmin = admin.ModelAdmin


class RuleInline(_RulesOfASchedule):
    model = Rule
    extra = 0
    fieldsets = (
        (
            None,
            {"fields": (("weekdays", "start", "end", "end_day"), "on_holidays")},
        ),
        (
            "Only on some days",
            {
                "classes": ("collapse",),
                "fields": (
                    ("nth", "months", "days_of_month"),
                    ("every_weeks", "anchor"),
                    ("valid_from", "valid_to"),
                ),
            },
        ),
    )


class ScheduleOverrideInline(_OverridesOfASchedule):
    model = Override
    exclude = ("component",)
    extra = 0


class ComponentOverrideInline(_OverridesOfAComponent):
    model = Override
    exclude = ("schedule",)
    extra = 0


@admin.register(Schedule)
class ScheduleAdmin(_ScheduleAdmin):
    list_display = ("name", "timezone", "holidays", "always_open")
    list_filter = ("always_open", "timezone", "holidays")
    search_fields = ("name",)
    inlines = (RuleInline, ScheduleOverrideInline)


@admin.register(Agreement)
class AgreementAdmin(_AgreementAdmin):
    list_display = ("name", "schedule", "target", "period")
    list_filter = ("period",)
    list_select_related = ("schedule",)
    search_fields = ("name", "schedule__name")
    autocomplete_fields = ("schedule",)


@admin.register(Component)
class ComponentAdmin(_ComponentAdmin):
    list_display = ("name", "agreement", "labels", "enabled")
    list_filter = ("enabled", "agreement")
    list_select_related = ("agreement",)
    search_fields = ("name", "agreement__name")
    autocomplete_fields = ("agreement",)
    inlines = (ComponentOverrideInline,)
