"""Schedules, with their rules and overrides, and a preview of what they mean."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from ..fields import ClockField, DayField
from ..models import Component, Override, Rule, Schedule
from ..schedule import Schedule as Definition
from ..schedule import from_text
from ..schedule.attributes import RULE, Table
from .forms import (
    ROWS_SHOWN,
    ROWS_TAKEN,
    InSight,
    RuleForm,
    ScheduleForm,
    rows_after,
)
from .links import listed
from .overrides import OverrideInline, hidden_overrides
from .preview import Previewed


def _lines(table: Table) -> list[tuple[str, ...]]:
    """Return the fields of a form, line by line."""
    lines: list[tuple[str, ...]] = []
    for attribute in table:
        if attribute.beside:
            lines[-1] += (attribute.name,)
        else:
            lines.append((attribute.name,))
    return lines


_LINES = tuple(_lines(RULE))
_SHOWN = {"weekdays", "start", "kind"}


class RuleInline(admin.StackedInline):
    """Rules. If they are too many for a form, the first of them, read-only."""

    model = Rule
    form = RuleForm
    formset = InSight
    extra = 0
    max_num = ROWS_TAKEN
    # Not the admin's widgets, which offer the browser's "now" in another zone.
    formfield_overrides = {ClockField: {}, DayField: {}}
    fieldsets = (
        (None, {"fields": [line for line in _LINES if _SHOWN & {*line}]}),
        (
            "Advanced: months, holidays, multi-day windows",
            {
                "classes": ("collapse",),
                "fields": [line for line in _LINES if not _SHOWN & {*line}],
            },
        ),
    )

    def has_change_permission(
        self, request: HttpRequest, obj: Schedule | None = None
    ) -> bool:
        return super().has_change_permission(request, obj) and not _has_too_many(obj)

    def has_add_permission(  # type: ignore[override]
        self, request: HttpRequest, obj: Schedule | None
    ) -> bool:
        return super().has_add_permission(request, obj) and not _has_too_many(obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Schedule | None = None
    ) -> bool:
        return super().has_delete_permission(request, obj) and not _has_too_many(obj)


def _has_too_many(schedule: Schedule | None) -> bool:
    return bool(schedule and schedule.pk and schedule.rules.count() > ROWS_SHOWN)


class ScheduleOverrideInline(OverrideInline):
    exclude = ("component",)


@admin.register(Schedule)
class ScheduleAdmin(Previewed):
    form = ScheduleForm
    list_display = ("name", "timezone", "holidays", "always_open", "agreed", "used")
    list_filter = ("always_open", "timezone", "holidays")
    search_fields = ("name", "timezone")
    inlines = (RuleInline, ScheduleOverrideInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Schedule]:
        agreed = Count("agreements", distinct=True)
        used = Count("agreements__components", distinct=True)
        rows: QuerySet[Schedule] = super().get_queryset(request)
        return rows.annotate(agreed=agreed, used=used)

    @admin.display(description="agreements", ordering="agreed")
    def agreed(self, schedule: Schedule) -> Any:
        return listed("agreement", schedule.agreed, schedule__id__exact=schedule.pk)  # type: ignore[attr-defined]

    @admin.display(description="components", ordering="used")
    def used(self, schedule: Schedule) -> Any:
        return listed(
            "component",
            schedule.used,  # type: ignore[attr-defined]
            agreement__schedule__id__exact=schedule.pk,
        )

    def saved(self, row: Schedule) -> Definition:
        return row.definition()

    def proposed(self, form: Any, formsets: list[Any]) -> Definition:
        schedule: Schedule = form.instance
        rules = rows_after(Rule, schedule, formsets)
        overrides = rows_after(Override, schedule, formsets)
        return from_text.schedule(
            schedule.timezone,
            schedule.always_open,
            schedule.holidays,
            [rule.definition() for rule in rules],
            [override.definition() for override in overrides],
        )

    def concerned(self, row: Schedule) -> int:
        return Component.objects.enabled().filter(agreement__schedule=row).count()

    def notes(self, row: Schedule) -> list[str]:
        rules = row.rules.count()
        notes = [
            f"This schedule has {rules:,} rules, more than fit into a form. The first "
            f"{ROWS_SHOWN} are shown. Edit them in a catalogue: dump_catalogue, "
            "load_catalogue."
        ]
        return (notes if rules > ROWS_SHOWN else []) + [*hidden_overrides(row)]
