"""Agreements, with how many components are under each."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from ..models import Agreement, Component
from ..schedule import Schedule as Definition
from .forms import AgreementForm
from .links import listed
from .schedule_preview import SchedulePreviewed


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

    @admin.display(description="components", ordering="used")
    def used(self, agreement: Agreement) -> Any:
        return listed("component", agreement.used, agreement__id__exact=agreement.pk)  # type: ignore[attr-defined]

    def saved(self, row: Agreement) -> Definition:
        return Agreement.objects.get(pk=row.pk).schedule.definition()

    def proposed(self, form: Any, formsets: list[Any]) -> Definition:
        agreement: Agreement = form.instance
        return agreement.schedule.definition()

    def concerned(self, row: Agreement) -> int:
        return Component.objects.enabled().filter(agreement=row.pk).count()
