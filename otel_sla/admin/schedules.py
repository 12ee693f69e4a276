"""Schedules, with their rules and overrides, and a preview of what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import Component, Override, Rule, Schedule
from ..schedule.attributes import RULE, SCHEDULE, columns
from ..schedule.name_lists import parse_codes
from . import zone_change
from .calendar_upload import CalendarUploaded
from .composed_forms import ScheduleForm
from .forms import RuleForm, rows_after
from .inlines import RowsInline, fieldsets
from .links import listed
from .overrides import OverrideInline, hidden_overrides
from .schedule_preview import compared

if TYPE_CHECKING:
    from ..schedule import Schedule as Definition
    from ..schedule.definitions import Definitions
    from .dependents import Comparison, Dependents


class RuleInline(RowsInline):
    model = Rule
    form = RuleForm
    related = "rules"
    fieldsets = fieldsets(
        RULE,
        {"weekdays", "start", "kind"},
        _("Advanced: months, holidays, multi-day windows"),
    )


@admin.register(Schedule)
class ScheduleAdmin(CalendarUploaded):
    form = ScheduleForm
    exclude = ("holidays", "calendars")
    list_display = ("name", "timezone", "all_holidays", "always_open", "agreed", "used")
    list_filter = ("always_open", "timezone", "holidays", "calendars")
    search_fields = ("name", "timezone")
    inlines = (RuleInline, OverrideInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Schedule]:
        agreed = Count("agreements", distinct=True)
        used = Count("agreements__components", distinct=True)
        rows: QuerySet[Schedule] = super().get_queryset(request)
        return rows.annotate(agreed=agreed, used=used).prefetch_related("calendars")

    def get_fields(self, request: HttpRequest, obj: Schedule | None = None) -> Any:
        """Return the fields in the order of their table.

        Users who may only see the schedule see the holidays as the list has them.
        """
        if obj is None or self.has_change_permission(request, obj):
            return ("name", *columns(SCHEDULE))
        shown = {"holidays": "all_holidays"}
        return ("name", *(shown.get(name, name) for name in columns(SCHEDULE)))

    @admin.display(description=_("holidays"), ordering="holidays")
    def all_holidays(self, schedule: Schedule) -> str:
        names = sorted(one.name for one in schedule.calendars.all())
        return ", ".join((*names, *parse_codes(schedule.holidays)))

    @admin.display(description=_("agreements"), ordering="agreed")
    def agreed(self, schedule: Schedule) -> Any:
        return listed(
            self.admin_site,
            "agreement",
            schedule.agreed,  # type: ignore[attr-defined]
            schedule__id__exact=schedule.pk,
        )

    @admin.display(description=_("components"), ordering="used")
    def used(self, schedule: Schedule) -> Any:
        return listed(
            self.admin_site,
            "component",
            schedule.used,  # type: ignore[attr-defined]
            agreement__schedule__id__exact=schedule.pk,
        )

    def saved(self, row: Schedule) -> Definition:
        return row.definition()

    def proposed(self, form: Any, formsets: list[Any]) -> Definition:
        return _after(form, formsets).schedule(form.instance.pk)

    def of_row(
        self, request: HttpRequest, row: Schedule, moment: int
    ) -> dict[str, Any]:
        from .dependents import affected, dependents, dependents_of_schedule

        found = dependents(dependents_of_schedule(row.pk))
        shown = super().of_row(request, row, moment)
        return {
            **shown,
            "dependents": found,
            "affected": affected(self.admin_site, found.shown),
        }

    def of_forms(
        self,
        request: HttpRequest,
        form: Any,
        formsets: list[Any],
        before: Definition | None,
        moment: int,
    ) -> dict[str, Any]:
        from .dependents import (
            Comparison,
            dependents,
            dependents_of_schedule,
            stored_definitions,
        )

        shown = super().of_forms(request, form, formsets, before, moment)
        if form.instance.pk is None:
            return shown
        shown["zone_change"] = zone_change.of_schedule(form, formsets, moment)
        found = dependents(dependents_of_schedule(form.instance.pk))
        after = _after(form, formsets, found.keys)
        stored = stored_definitions(found.keys)
        return {**shown, **self._affected(found, Comparison(stored, after, moment))}

    def with_overrides(
        self,
        request: HttpRequest,
        row: Schedule,
        overrides: list[Override],
        moment: int,
    ) -> dict[str, Any]:
        from .dependents import (
            Comparison,
            dependents,
            dependents_of_schedule,
            stored_definitions,
        )

        found = dependents(dependents_of_schedule(row.pk))
        stored = stored_definitions([row.pk, *found.keys])
        own = tuple(override.definition() for override in overrides)
        source = stored.schedule_sources[row.pk]._replace(overrides=own)
        after = stored.replacing(schedules={row.pk: source})
        return {
            **compared(self.before(row), after.schedule(row.pk), moment),
            **self._affected(found, Comparison(stored, after, moment)),
            "concerned": self.concerned(row),
        }

    def concerned(self, row: Schedule) -> int:
        return Component.objects.enabled().filter(agreement__schedule=row).count()

    def notes(self, row: Schedule) -> list[str]:
        return [*RuleInline.notes(row), *hidden_overrides(self.admin_site, row)]

    def _affected(self, found: Dependents, comparison: Comparison) -> dict[str, Any]:
        from .dependents import affected

        rows = affected(self.admin_site, found.shown, comparison)
        return {"dependents": found, "affected": rows, "comparing": True}


def _after(form: Any, formsets: list[Any], others: Iterable[int] = ()) -> Definitions:
    """Return what the schedule, and other stored ones, would be after saving."""
    from .dependents import stored_definitions

    schedule: Schedule = form.instance
    rules, overrides = (
        rows_after(model, schedule, formsets) for model in (Rule, Override)
    )
    source = form.source(rules, overrides)
    stored = stored_definitions([*source.includes, *source.excludes, *others])
    return stored.replacing(schedules={schedule.pk: source})
