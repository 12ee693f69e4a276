"""Components: labels row by row, the state now, the metrics as they are exported."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..labels import presentable
from ..models import Component, Override
from ..text import legible
from .calendar_upload import CalendarUploaded
from .filters import LabelFilter, OpenNowFilter, searched
from .forms import ComponentForm, rows_after
from .move_action import Moving
from .overrides import OverrideInline, hidden_overrides
from .relocation import Relocation
from .schedule_preview import compared
from .what_stops import stops_by_change, stops_by_deletion
from .zone_shift import Shifts, rewrite

if TYPE_CHECKING:
    from ..schedule import Schedule as Definition


class WithStates(ChangeList):
    """ChangeList mixin that adds each component's state in words, from one snapshot."""

    def get_results(self, request: HttpRequest) -> None:
        from ..bridge.no_rows import NoRows
        from ..metrics.source import snapshots
        from ..schedule.timezones import zone
        from ..schedule.wording import in_words

        super().get_results(request)
        moment = int(time.time())
        try:
            states = snapshots.take(moment).states()
        except NoRows:
            states = {}
        for component in self.result_list:
            found = states.get(component.pk)
            component.words = found and in_words(
                found.state, moment, zone(found.timezone)
            )


@admin.register(Component)
class ComponentAdmin(CalendarUploaded, Moving):
    form = ComponentForm
    list_display = ("name", "agreement", "now", "labelled", "enabled")
    list_filter = (
        OpenNowFilter,
        "enabled",
        "agreement",
        ("agreement__schedule", admin.RelatedOnlyFieldListFilter),
        LabelFilter,
    )
    list_select_related = ("agreement",)
    search_fields = ("name", "agreement__name")
    search_help_text = _("Name or agreement; team:payments finds a label.")
    autocomplete_fields = ("agreement",)
    inlines = (OverrideInline,)
    actions = ("move", "delete_selected")
    change_form_template = "admin/otel_sla/component_change_form.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        # A theme's ModelAdmin has a class of its own.
        theirs = super().get_changelist(request, **kwargs)
        return type("ComponentList", (WithStates, theirs), {})

    def get_search_results(self, request: HttpRequest, queryset: Any, term: str) -> Any:
        return searched(queryset, term, super().get_search_results, request)

    @admin.display(description=_("service window"))
    def now(self, component: Component) -> str:
        return component.words or gettext("not reported")  # type: ignore[attr-defined]

    @admin.display(description=_("labels"))
    def labelled(self, component: Component) -> SafeString:
        return format_html_join(
            ", ", "{}={}", sorted(presentable(component.labels).items())
        )

    def saved(self, row: Component) -> Definition:
        return row.definition()

    def get_fields(self, request: HttpRequest, obj: Component | None = None) -> Any:
        """Return the fields; also what becomes of own overrides, if there are any."""
        may = obj is not None and self.has_change_permission(request, obj)
        if may and obj is not None and obj.overrides.exists():
            return ("name", "agreement", "own_overrides", "labels", "enabled")
        return ("name", "agreement", "labels", "enabled")

    def proposed(self, form: Any, formsets: list[Any]) -> Definition:
        component: Component = form.instance
        overrides = rows_after(Override, component, formsets)
        move = Relocation.of(form, formsets)
        if move and move.keep:
            rewrite(move.stay(overrides), move.zones)
        return component.agreement.schedule.definition(
            *(override.definition() for override in overrides)
        )

    def of_forms(
        self,
        request: HttpRequest,
        form: Any,
        formsets: list[Any],
        before: Definition | None,
        moment: int,
    ) -> dict[str, Any]:
        component: Component = form.instance
        shifts, move = Shifts(moment), Relocation.of(form, formsets)
        if move:
            stored = rows_after(Override, component, formsets)
            shifts.add(move.stay(stored), move.zones, component.name)
        stops: list[str] = []
        if component.pk:
            stored_row = Component.objects.get(pk=component.pk)
            stops = stops_by_change(stored_row, component)
        return {
            **super().of_forms(request, form, formsets, before, moment),
            "shifts": shifts,
            "keeps": move and move.keep,
            "stops": stops,
        }

    def save_related(
        self, request: Any, form: Any, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        move = Relocation.of(form, formsets)
        if move:
            form.told = move.apply(form.instance)

    def also(self, form: Any) -> list[str]:
        told = getattr(form, "told", None)
        return [told] if told else []

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Add what stops to the page that asks whether to delete."""
        row = self.get_object(request, unquote(object_id))
        stops = stops_by_deletion([row]) if row else []
        extra = {"stops": stops, **(extra_context or {})}
        return super().delete_view(request, object_id, extra)

    @admin.action(description=_("Delete selected components"), permissions=["delete"])
    def delete_selected(
        self, request: HttpRequest, queryset: Any
    ) -> HttpResponse | None:
        """Ask whether to delete, with what stops, and delete after confirmation."""
        answer = delete_selected(self, request, queryset)
        if isinstance(answer, TemplateResponse) and answer.context_data is not None:
            answer.context_data["stops"] = stops_by_deletion(queryset)
        return answer

    def with_overrides(
        self,
        request: HttpRequest,
        row: Component,
        overrides: list[Override],
        moment: int,
    ) -> dict[str, Any]:
        own = (override.definition() for override in overrides)
        after = row.agreement.schedule.definition(*own)
        shown = compared(self.before(row), after, moment)
        return {**shown, "concerned": self.concerned(row)}

    def concerned(self, row: Component) -> int:
        return int(row.enabled)

    def notes(self, row: Component) -> list[str]:
        return [*hidden_overrides(self.admin_site, row)]

    def of_saved(self, request: HttpRequest, row: Component) -> dict[str, Any]:
        return {**super().of_saved(request, row), "exported": exported(row)}


def exported(component: Component) -> str:
    """Return the component's samples as in /metrics now, or why it has none."""
    from ..bridge.no_rows import NoRows
    from ..bridge.registry import registry
    from ..metrics.instruments import of_components
    from ..metrics.source import snapshots
    from ..telemetry import setup as telemetry

    active = telemetry.active()
    if not component.enabled:
        return "# Not reported: the component is not enabled."
    if active.scrapes is None:
        return f"# {active.reason}"
    try:
        alone = snapshots.take(int(time.time())).only(component.pk)
    except NoRows as error:
        return f"# {error}"
    if snapshots not in registry:
        return '# Not exported: OTEL_SLA["SOURCES"] leaves service windows out.'
    if alone.groups and not alone.exported().groups:
        return '# Not exported: OTEL_SLA["SELECT"] selects other labels.'
    # Legible: otherwise a value with line breaks would look like samples of its own.
    lines = "\n".join(map(legible, active.scrapes.lines_of(of_components(alone))))
    return lines or "# Left out: one of its rows is invalid. The site's log says why."
