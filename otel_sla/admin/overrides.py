"""The list of all overrides, also those that don't fit on their owner's page."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..language import number
from ..models import Component, Override, Schedule
from .filters import OverrideTimeFilter, time_of
from .forms import ROWS_SHOWN, ROWS_TAKEN, OverrideForm, OverridesInSight
from .history import ReadableHistory
from .known_choices import KnownChoices
from .links import address


class OverrideInline(admin.TabularInline):
    """The overrides on the page of their owner."""

    model = Override
    form = OverrideForm
    formset = OverridesInSight
    fields = ("start", "end", "all_day", "kind", "reason")
    extra = 0
    max_num = ROWS_TAKEN


@admin.register(Override)
class OverrideAdmin(ReadableHistory, KnownChoices):
    form = OverrideForm
    fields = ("schedule", "component", *OverrideInline.fields, "uid")
    list_display = ("__str__", "when", "owner", "reason", "imported")
    list_filter = (OverrideTimeFilter, "kind")
    list_select_related = ("schedule", "component__agreement__schedule")
    search_fields = ("reason", "schedule__name", "component__name", "uid")
    autocomplete_fields = ("schedule", "component")
    readonly_fields = ("uid",)
    ordering = ("-start", "id")

    @admin.display(description=_("of"), ordering="component__name")
    def owner(self, override: Override) -> str:
        if override.schedule is not None:
            return gettext("schedule %(name)s") % {"name": override.schedule}
        return gettext("component %(name)s") % {"name": override.component}

    @admin.display(description=_("time"), ordering="start")
    def when(self, override: Override) -> str:
        return time_of(override)

    @admin.display(boolean=True, description=_("imported"))
    def imported(self, override: Override) -> bool:
        return bool(override.uid)

    def lookup_allowed(
        self, lookup: str, value: str, request: HttpRequest | None = None
    ) -> bool:
        own = ("schedule__id__exact", "component__id__exact")
        return lookup in own or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]


def hidden_overrides(
    site: admin.AdminSite, owner: Schedule | Component
) -> list[SafeString]:
    """Return a note with a link to the overrides that don't fit on the owner's page."""
    count = owner.overrides.count()
    if count <= ROWS_SHOWN:
        return []
    name = owner._meta.model_name
    shown = OverridesInSight.in_order(owner.overrides.all())[:ROWS_SHOWN].count()
    url = address(site, "override", "changelist")
    note = gettext(
        "%(shown)s of %(count)s overrides are shown: upcoming and recent ones, the "
        "soonest first."
    ) % {"shown": number(shown), "count": number(count)}
    link = '<a href="{}?{}__id__exact={}">{}</a>.' if url else ""
    everything = gettext("All overrides")
    return [
        format_html("{} {}", note, format_html(link, url, name, owner.pk, everything))
    ]
