"""Agreements, with how many components are under each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..language import number
from ..models import Agreement, Component
from . import zone_change
from .forms import AgreementForm
from .links import listed
from .schedule_preview import SchedulePreviewed

if TYPE_CHECKING:
    from ..schedule import Schedule as Definition


@admin.register(Agreement)
class AgreementAdmin(SchedulePreviewed):
    form = AgreementForm
    list_display = ("name", "schedule", "target", "period", "used")
    list_filter = ("period", "schedule")
    list_select_related = ("schedule",)
    search_fields = ("name", "schedule__name")
    autocomplete_fields = ("schedule",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agreement]:
        rows: QuerySet[Agreement] = super().get_queryset(request)
        return rows.annotate(used=Count("components", distinct=True))

    @admin.display(description=_("components"), ordering="used")
    def used(self, agreement: Agreement) -> Any:
        return listed(
            self.admin_site,
            "component",
            agreement.used,  # type: ignore[attr-defined]
            agreement__id__exact=agreement.pk,
        )

    def of_row(
        self, request: HttpRequest, row: Agreement, moment: int
    ) -> dict[str, Any]:
        shown = super().of_row(request, row, moment)
        return {**shown, "allowed": _allowed(row, self.saved(row), moment)}

    def of_forms(
        self,
        request: HttpRequest,
        form: Any,
        formsets: list[Any],
        before: Definition | None,
        moment: int,
    ) -> dict[str, Any]:
        shown = super().of_forms(request, form, formsets, before, moment)
        after = self.proposed(form, formsets)
        moves = zone_change.of_agreement(form, moment)
        allowed = _allowed(form.instance, after, moment)
        return {**shown, "allowed": allowed, "zone_change": moves}

    def saved(self, row: Agreement) -> Definition:
        return Agreement.objects.get(pk=row.pk).schedule.definition()

    def proposed(self, form: Any, formsets: list[Any]) -> Definition:
        agreement: Agreement = form.instance
        return agreement.schedule.definition()

    def concerned(self, row: Agreement) -> int:
        return Component.objects.enabled().filter(agreement=row.pk).count()


def _allowed(agreement: Agreement, schedule: Definition, moment: int) -> str:
    """Return the downtime that the target allows in the period, as a sentence."""
    from ..schedule.agreement_period import budget
    from ..schedule.open_time_change import hours

    try:
        found = budget(agreement.period, agreement.target, moment, schedule)
    except ValueError:
        # The row was written without validation.
        return ""
    return gettext("%(minutes)s minutes in this %(period)s, of %(hours)s open") % {
        "minutes": number(f"{found.allowed / 60:.1f}"),
        "period": agreement.get_period_display(),
        "hours": hours(found.scheduled),
    }
