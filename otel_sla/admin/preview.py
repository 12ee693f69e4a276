"""Change pages with a preview of the schedule before it is saved."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from ..schedule import InvalidDefinition, Schedule
from ..schedule.lint import advice
from ..schedule.open_time_change import OUTLOOK, OpenTime, hours, open_time
from ..schedule.preview import preview
from ..schedule.wording import in_words
from .history import ReadableHistory

PANEL = "admin/otel_sla/preview.html"
PAGE = "admin/otel_sla/preview_page.html"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error in the form: its field, and the message."""

    where: str
    anchor: str
    message: str


class Previewed(ReadableHistory):
    """ModelAdmin mixin that adds a preview to the change page.

    A subclass returns the schedule that the submitted forms define from `proposed`,
    the saved one from `saved`, and the number of components affected from `concerned`.
    """

    change_form_template = "admin/otel_sla/change_form.html"

    class Media:
        css = {"all": ["otel_sla/preview.css"]}
        js = ["otel_sla/preview.js"]

    def proposed(self, form: Any, formsets: list[Any]) -> Schedule:
        """Return what valid forms define. Raises InvalidDefinition."""
        raise NotImplementedError

    def saved(self, row: Any) -> Schedule:
        """Return what the saved row defines. Raises InvalidDefinition."""
        raise NotImplementedError

    def concerned(self, row: Any) -> int:
        """Return how many enabled components follow the row."""
        raise NotImplementedError

    def notes(self, row: Any) -> list[str]:
        """Return notes about what the page does not show of the row, as safe HTML."""
        return []

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        view = self.admin_site.admin_view(self.preview_view)
        return [
            path("add/preview/", view, name=f"{name}_new"),
            path("<path:object_id>/change/preview/", view, name=name),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Add the preview of the saved row to the page."""
        extra = dict(extra_context or {})
        if object_id and request.method == "GET":
            row: Any = self.get_object(request, unquote(object_id))
            if row is not None:
                extra |= {**self.of_saved(row), "notes": self.notes(row)}
        return super().changeform_view(request, object_id, form_url, extra)

    def of_saved(self, row: Any) -> dict[str, Any]:
        """Return the page's context about the saved row."""
        try:
            return {"preview": _shown(self.saved(row), int(time.time()))}
        except InvalidDefinition as error:
            return {"problems": [Problem(error.field, "", error.message)]}

    @method_decorator(csrf_protect)
    @method_decorator(require_POST)
    def preview_view(
        self, request: HttpRequest, object_id: str | None = None
    ) -> HttpResponse:
        """Return the preview of the submitted form. Nothing is saved."""
        row = self._row(request, object_id)
        moment = int(time.time())
        context = self._of_forms(request, row, moment)
        if request.headers.get("X-Requested-With") == "fetch":
            return TemplateResponse(request, PANEL, context)
        title = f"Preview of {row or 'a new ' + str(self.opts.verbose_name)}"
        page = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, PAGE, {**page, "title": title, **context})

    def _row(self, request: HttpRequest, object_id: str | None) -> Any:
        if object_id is None:
            if not self.has_add_permission(request):
                raise PermissionDenied
            return None
        row: Any = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    def _of_forms(self, request: HttpRequest, row: Any, moment: int) -> dict[str, Any]:
        before = None
        if row is not None:
            # Before the form is validated, which writes the new values into the row.
            with suppress(InvalidDefinition):
                before = self.saved(row)
        form = self.get_form(request, row, change=row is not None)(
            request.POST, instance=row
        )
        formsets, _ = self._create_formsets(  # type: ignore[attr-defined]
            request, form.instance, change=row is not None
        )
        problems = list(_problems(form, formsets))
        if problems:
            return {"problems": problems}
        try:
            after = self.proposed(form, formsets)
            shown = _shown(after, moment)
        except InvalidDefinition as error:
            return {"problems": [Problem(error.field, "", error.message)]}
        return {
            "preview": shown,
            "effect": _effect(before, after, moment),
            "concerned": self.concerned(row) if row is not None else 0,
        }


def _shown(schedule: Schedule, moment: int) -> dict[str, Any]:
    shown = preview(schedule, moment)
    ahead = open_time(schedule, moment, moment + OUTLOOK)
    return {
        "of": shown,
        "words": in_words(shown.state, moment, schedule.zone),
        "ahead": ahead,
        "hours": hours(ahead.seconds),
        "advice": list(advice(schedule, moment)),
    }


def _effect(before: Schedule | None, after: Schedule, moment: int) -> OpenTime | None:
    if before is None:
        return None
    period = moment, moment + OUTLOOK
    return open_time(after, *period).since(open_time(before, *period))


def _problems(form: forms.ModelForm[Any], formsets: Iterable[Any]) -> Iterator[Problem]:
    yield from _of_form(form, "")
    for formset in formsets:
        what = str(formset.model._meta.verbose_name).capitalize()
        if formset.is_valid():
            continue
        for message in formset.non_form_errors():
            yield Problem(what, "", str(message))
        for number, one in enumerate(formset.forms, 1):
            if formset.can_delete and formset._should_delete_form(one):
                continue
            yield from _of_form(one, f"{what} {number}, ")


def _of_form(form: Any, where: str) -> Iterator[Problem]:
    for name, messages in form.errors.items():
        for message in messages:
            if name in form.fields:
                field = form[name]
                label = where + str(field.label).lower() if where else str(field.label)
                yield Problem(label, field.id_for_label, str(message))
            else:
                yield Problem(where.rstrip(", ") or "Form", "", str(message))
