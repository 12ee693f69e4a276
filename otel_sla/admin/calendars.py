"""Holiday calendars, with their days, and a preview of a year and of who uses them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import CalendarDay, HolidayCalendar
from ..schedule.attributes import columns
from ..schedule.calendar_attributes import CALENDAR, CALENDAR_DAY
from ..schedule.name_lists import parse_codes
from .composed_forms import CalendarDayForm, CalendarForm
from .forms import InSight, rows_after
from .inlines import RowsInline, fieldsets
from .links import listed
from .preview import Previewed

if TYPE_CHECKING:
    from ..schedule.definitions import Definitions

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""The years that a page shows."""


class DaysInSight(InSight):
    """A formset of days, which have fewer fields than rules: 16."""

    most = 50


class CalendarDayInline(RowsInline):
    model = CalendarDay
    form = CalendarDayForm
    formset = DaysInSight
    related = "days"
    fieldsets = fieldsets(
        CALENDAR_DAY,
        {"name", "date", "start"},
        _("Advanced: nth weekdays, Easter, years, weekends, hours"),
    )


@admin.register(HolidayCalendar)
class CalendarAdmin(Previewed):
    form = CalendarForm
    exclude = ("include", "calendars")
    list_display = ("name", "included", "own_days", "used")
    search_fields = ("name", "include", "days__name")
    inlines = (CalendarDayInline,)
    change_form_template = "admin/otel_sla/calendar_change_form.html"
    panel = "admin/otel_sla/calendar_preview.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[HolidayCalendar]:
        rows: QuerySet[HolidayCalendar] = super().get_queryset(request)
        return rows.annotate(
            own_days=Count("days", distinct=True),
            used=Count("schedules", distinct=True),
        ).prefetch_related("calendars")

    def get_fields(
        self, request: HttpRequest, obj: HolidayCalendar | None = None
    ) -> Any:
        """Return the fields in the order of their table.

        Users who may only see the calendar see what it includes as the list has it.
        """
        if obj is None or self.has_change_permission(request, obj):
            return ("name", *columns(CALENDAR))
        return ("name", "included", "without")

    @admin.display(description=_("include"), ordering="include")
    def included(self, calendar: HolidayCalendar) -> str:
        names = sorted(one.name for one in calendar.calendars.all())
        return ", ".join((*names, *parse_codes(calendar.include)))

    @admin.display(description=_("days"), ordering="own_days")
    def own_days(self, calendar: HolidayCalendar) -> int:
        count: int = calendar.own_days  # type: ignore[attr-defined]
        return count

    @admin.display(description=_("schedules"), ordering="used")
    def used(self, calendar: HolidayCalendar) -> Any:
        return listed(
            self.admin_site,
            "schedule",
            calendar.used,  # type: ignore[attr-defined]
            calendars__id__exact=calendar.pk,
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Add the field for the year that is shown."""
        years = {"least": FIRST_YEAR, "most": LAST_YEAR}
        year = _year(request, int(time.time()))
        extra = {"year": year, "years": years, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra)

    def of_row(
        self, request: HttpRequest, row: HolidayCalendar, moment: int
    ) -> dict[str, Any]:
        from .dependents import (
            affected,
            dependents,
            dependents_of_calendar,
            stored_definitions,
        )

        found = dependents(dependents_of_calendar(row.pk))
        return {
            "preview": _shown(request, stored_definitions(()), row.pk, moment),
            "dependents": found,
            "affected": affected(self.admin_site, found.shown),
        }

    def of_forms(
        self,
        request: HttpRequest,
        form: Any,
        formsets: list[Any],
        before: None,
        moment: int,
    ) -> dict[str, Any]:
        from .dependents import (
            Comparison,
            affected,
            dependents,
            dependents_of_calendar,
            stored_definitions,
        )

        calendar: HolidayCalendar = form.instance
        days = rows_after(CalendarDay, calendar, formsets)
        found = dependents(
            dependents_of_calendar(calendar.pk) if calendar.pk else set()
        )
        stored = stored_definitions(found.keys)
        after = stored.replacing({calendar.pk: form.source(calendar.name, days)})
        comparison = Comparison(stored, after, moment)
        return {
            "preview": _shown(request, after, calendar.pk, moment),
            "dependents": found,
            "affected": affected(self.admin_site, found.shown, comparison),
            "comparing": True,
        }

    def notes(self, row: HolidayCalendar) -> list[str]:
        return CalendarDayInline.notes(row)


def _shown(
    request: HttpRequest, definitions: Definitions, pk: int, moment: int
) -> dict[str, Any]:
    from ..schedule.calendars.advice import advice
    from .year_view import year_view

    calendar: Any = definitions.calendar(pk)
    this_year = time.gmtime(moment).tm_year
    return {
        "of": year_view(calendar, _year(request, moment)),
        "advice": list(advice(calendar, this_year)),
    }


def _year(request: HttpRequest, moment: int) -> int:
    """Return the year asked for, or else the one of the moment."""
    text = request.POST.get("_year", "")
    if text.isascii() and text.isdigit() and len(text) == 4:
        return min(max(int(text), FIRST_YEAR), LAST_YEAR)
    return time.gmtime(moment).tm_year
