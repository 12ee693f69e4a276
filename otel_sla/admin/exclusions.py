"""Exclusions: downtime that does not count, with who excluded it, when and why."""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ..language import day, day_and_time
from ..models import Exclusion
from ..models.reports import USER_NAME
from .exclusion_form import ExclusionForm
from .preview import Previewed


class OwnerFilter(admin.SimpleListFilter):
    """Filter exclusions of components, of agreements, or of what was deleted."""

    title = gettext_lazy("applies to")
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("component", _("a component")),
            ("agreement", _("an agreement")),
            ("deleted", _("deleted")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "deleted":
            return queryset.filter(component=None, agreement=None)
        if self.value() in ("component", "agreement"):
            return queryset.filter(**{f"{self.value()}__isnull": False})
        return queryset


@admin.register(Exclusion)
class ExclusionAdmin(Previewed):
    form = ExclusionForm
    list_display = (
        *("of", "starts", "ends", "reason", "approved_by"),
        *("created_by", "created_at"),
    )
    list_filter = (
        OwnerFilter,
        ("agreement", admin.RelatedOnlyFieldListFilter),
        "created_by",
    )
    list_select_related = ("component__agreement__schedule", "agreement__schedule")
    search_fields = (
        *("component__name", "component_name", "agreement__name", "agreement_name"),
        *("reason", "approved_by", "created_by"),
    )
    autocomplete_fields = ("component", "agreement")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("component", "agreement"),
                    ("start", "end"),
                    ("reason", "approved_by"),
                )
            },
        ),
    )
    panel = "admin/otel_sla/exclusion_preview.html"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields; for a saved row also who created it and when."""
        if obj is None:
            return self.fieldsets
        return (*self.fieldsets, (_("Created"), {"fields": self.readonly_fields}))

    readonly_fields = ("created_by", "created_at")

    @admin.display(description=gettext_lazy("applies to"), ordering="component_name")
    def of(self, exclusion: Exclusion) -> str:
        owner = {"name": exclusion.owner}
        if exclusion.component_name:
            said = _("component %(name)s") % owner
        else:
            said = _("agreement %(name)s") % owner
        if exclusion.component_id or exclusion.agreement_id:
            return said
        return _("%(owner)s (deleted)") % {"owner": said}

    @admin.display(description=pgettext_lazy("time", "from"), ordering="start")
    def starts(self, exclusion: Exclusion) -> str:
        return _local(exclusion.start, exclusion)

    @admin.display(description=pgettext_lazy("time", "to"), ordering="end")
    def ends(self, exclusion: Exclusion) -> str:
        return _local(exclusion.end, exclusion)

    @admin.display(description=gettext_lazy("created"), ordering="created")
    def created_at(self, exclusion: Exclusion) -> str:
        return f"{day_and_time(exclusion.created)} UTC"

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Record who has created a new row."""
        if not change:
            obj.created_by = request.user.get_username()[:USER_NAME]
        super().save_model(request, obj, form, change)

    def of_row(
        self, request: HttpRequest, row: Exclusion, moment: int
    ) -> dict[str, Any]:
        from .exclusion_effect import effect

        return {"preview": effect(None, row, moment), "saved": True}

    def before(self, row: Exclusion) -> Exclusion:
        return copy(row)

    def of_forms(
        self,
        request: HttpRequest,
        form: Any,
        formsets: list[Any],
        before: Exclusion | None,
        moment: int,
    ) -> dict[str, Any]:
        from .exclusion_effect import effect

        if before is not None and not form.has_changed():
            return self.of_row(request, before, moment)
        return {"preview": effect(before, form.instance, moment)}


def _local(moment: datetime, exclusion: Exclusion) -> str:
    """Write a moment in the time zone of the exclusion's schedule."""
    from ..reports.wording import zone_named
    from .exclusion_cases import zone_name

    local = moment.astimezone(zone_named(zone_name(exclusion)))
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{day(local)} {clock} {local.tzname()}"
