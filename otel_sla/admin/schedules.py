"""Schedules, with their rules and overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from ..models import Override, Rule, Schedule

if TYPE_CHECKING:
    _RulesOfASchedule = admin.StackedInline[Rule, Schedule]
    _OverridesOfASchedule = admin.TabularInline[Override, Schedule]
    _ScheduleAdmin = admin.ModelAdmin[Schedule]
else:
    # Django's admin classes can't be subscripted when the program runs.
    _RulesOfASchedule = admin.StackedInline
    _OverridesOfASchedule = admin.TabularInline
    _ScheduleAdmin = admin.ModelAdmin


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


@admin.register(Schedule)
class ScheduleAdmin(_ScheduleAdmin):
    list_display = ("name", "timezone", "holidays", "always_open")
    list_filter = ("always_open", "timezone", "holidays")
    search_fields = ("name",)
    inlines = (RuleInline, ScheduleOverrideInline)
