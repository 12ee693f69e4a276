"""Agreements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from ..models import Agreement

if TYPE_CHECKING:
    _AgreementAdmin = admin.ModelAdmin[Agreement]
else:
    # Django's admin classes can't be subscripted when the program runs.
    _AgreementAdmin = admin.ModelAdmin


@admin.register(Agreement)
class AgreementAdmin(_AgreementAdmin):
    list_display = ("name", "schedule", "target", "period")
    list_filter = ("period",)
    list_select_related = ("schedule",)
    search_fields = ("name", "schedule__name")
    autocomplete_fields = ("schedule",)
