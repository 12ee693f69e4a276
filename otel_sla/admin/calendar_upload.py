"""Upload a calendar onto a component or a schedule: see what it changes, and apply."""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from ..language import Sentence, number, translated
from ..language.log_entries import told_of_import
from ..models import Override
from ..schedule import DAY, InvalidDefinition
from .links import address
from .schedule_preview import SchedulePreviewed

if TYPE_CHECKING:
    from ..ical.imports import Outcome
    from .calendar_form import CalendarUploadForm

PAGE = "admin/otel_sla/calendar_upload.html"
SHOWN = 50
"""Changes that the page lists."""

_VERBS = {"create": _("Added"), "update": _("Changed"), "delete": _("Deleted")}
_SENTENCES = {
    "create": gettext_noop("Added override %(after)s."),
    "update": gettext_noop("Changed override %(before)s → %(after)s."),
    "delete": gettext_noop("Deleted override %(before)s."),
}
_PERMISSIONS = [f"otel_sla.{verb}_override" for verb in ("add", "change", "delete")]


@dataclass(frozen=True, slots=True)
class Effect:
    """An override that an import changes, as it is and as it would be."""

    action: str
    before: Override | None
    after: Override | None

    @property
    def verb(self) -> str:
        """What happens to it: Added, Changed or Deleted."""
        return str(_VERBS[self.action])

    def sentence(self) -> Sentence:
        """Return the sentence of the history."""
        overrides = {
            "before": self.before and self.before.sentence(),
            "after": self.after and self.after.sentence(),
        }
        return Sentence(_SENTENCES[self.action], overrides)


class CalendarUploaded(SchedulePreviewed):
    """ModelAdmin mixin that imports a calendar as overrides of the row.

    A subclass returns from `with_overrides` what the panel shows of the row if it had
    these overrides.
    """

    def with_overrides(
        self, request: HttpRequest, row: Any, overrides: list[Override], moment: int
    ) -> dict[str, Any]:
        """Return the panel's context. Raises InvalidDefinition."""
        raise NotImplementedError

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_calendar"
        view = self.admin_site.admin_view(self.calendar_view)
        return [
            path("<path:object_id>/change/calendar/", view, name=name),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Add the link to the upload."""
        may = object_id and request.user.has_perms(_PERMISSIONS)
        extra = {"may_upload": may, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra)

    def calendar_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a calendar, show what it changes, and apply it if that was seen."""
        from .calendar_form import CalendarUploadForm

        row: Any = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        may_change = self.has_change_permission(request, row)
        if not (may_change and request.user.has_perms(_PERMISSIONS)):
            raise PermissionDenied
        form = CalendarUploadForm(
            request.POST or None, request.FILES or None, row=row, user=request.user
        )
        context: dict[str, Any] = {}
        if form.is_bound and form.is_valid():
            try:
                context = self._run(request, row, form)
            except _refusals() as error:
                form.add_error("calendar", translated(error))
            if context.get("applied"):
                model = str(self.opts.model_name)
                url = address(self.admin_site, model, "change", row.pk)
                return HttpResponseRedirect(url)
        request.current_app = self.admin_site.name
        page = {**self.admin_site.each_context(request), "opts": self.opts}
        shown_form: Any = form
        shown = {
            "title": gettext("Import a calendar into %(row)s") % {"row": row},
            "row": row,
            "original": row,
            "form": form,
            "adminform": AdminForm(shown_form, form.fieldsets, {}),
            "panel": self.panel,
        }
        return TemplateResponse(request, PAGE, {**page, **shown, **context})

    def _run(
        self, request: HttpRequest, row: Any, form: CalendarUploadForm
    ) -> dict[str, Any]:
        """Return what the import changes; apply it if the user has seen just that."""
        from ..ical.imports import edited

        moment = int(time.time())
        with transaction.atomic(using=edited()):
            outcome = self._apply(row, form, moment, dry_run=True)
            effects = _effects(outcome)
            told = "\n".join(effect.sentence() for effect in effects)
            seen = sha256(told.encode()).hexdigest()
            asked = request.POST.get("seen")
            if "apply" in request.POST and asked == seen:
                self._apply(row, form, moment, dry_run=False)
                self._tell(request, row, form, effects)
                return {"applied": True}
        overrides = _after(row, effects)
        return {
            **self.with_overrides(request, row, overrides, moment),
            "outcome": outcome,
            "effects": effects[:SHOWN],
            "before": any(one.before for one in effects[:SHOWN]),
            "more": len(effects) - SHOWN,
            "seen": seen,
            "changed": "apply" in request.POST,
            "counts": {action: outcome.count(action) for action in _VERBS},
        }

    def _apply(
        self, row: Any, form: CalendarUploadForm, moment: int, *, dry_run: bool
    ) -> Outcome:
        from ..ical.imports import apply, wishes

        horizon = moment + form.cleaned_data["horizon"] * DAY
        return apply(
            wishes(form.text, moment, horizon, form.options),
            [row],
            moment=moment,
            horizon=horizon,
            kind=form.cleaned_data["kind"],
            prune=form.cleaned_data["prune"],
            dry_run=dry_run,
        )

    def _tell(
        self, request: HttpRequest, row: Any, form: CalendarUploadForm, effects: Any
    ) -> None:
        changes = [effect.sentence() for effect in effects]
        self.log_change(request, row, [told_of_import(form.name, changes)])
        count = len(effects)
        said = ngettext(
            "Imported %(name)s: %(count)s override added, changed or deleted.",
            "Imported %(name)s: %(count)s overrides added, changed or deleted.",
            count,
        ) % {"name": form.name, "count": number(count)}
        self.message_user(request, said, messages.SUCCESS)


def _refusals() -> tuple[type[Exception], ...]:
    """Return the errors about a calendar that the form shows."""
    from ..ical.imports import PrunedByMessage, TooManyOverrides, UnusableCalendar
    from ..schedule.timezones import UnknownZone

    return (
        InvalidDefinition,
        PrunedByMessage,
        TooManyOverrides,
        UnknownZone,
        UnusableCalendar,
    )


def _effects(outcome: Outcome) -> list[Effect]:
    """Return the changes, each with the override as it is."""
    from ..ical.imports import edited

    keys = [one.override.pk for one in outcome.changes if one.action != "create"]
    stored = Override.objects.using(edited()).in_bulk(keys)
    return [
        Effect(
            one.action,
            stored.get(one.override.pk),
            None if one.action == "delete" else one.override,
        )
        for one in outcome.changes
    ]


def _after(row: Any, effects: list[Effect]) -> list[Override]:
    """Return the overrides that the row would have."""
    from ..ical.imports import edited

    kept = Override.objects.using(edited()).filter(**{row._meta.model_name: row.pk})
    changed = {one.before.pk for one in effects if one.before}
    stay = [one for one in kept.order_by("pk") if one.pk not in changed]
    return stay + [one.after for one in effects if one.after]
