"""Components, with their overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from ..models import Component, Override

if TYPE_CHECKING:
    _OverridesOfAComponent = admin.TabularInline[Override, Component]
    _ComponentAdmin = admin.ModelAdmin[Component]
else:
    # Django's admin classes can't be subscripted when the program runs.
    _OverridesOfAComponent = admin.TabularInline
    _ComponentAdmin = admin.ModelAdmin


class ComponentOverrideInline(_OverridesOfAComponent):
    model = Override
    exclude = ("schedule",)
    extra = 0


@admin.register(Component)
class ComponentAdmin(_ComponentAdmin):
    list_display = ("name", "agreement", "labels", "enabled")
    list_filter = ("enabled", "agreement")
    list_select_related = ("agreement",)
    search_fields = ("name", "agreement__name")
    autocomplete_fields = ("agreement",)
    inlines = (ComponentOverrideInline,)
