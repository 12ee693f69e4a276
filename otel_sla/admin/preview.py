"""Change pages with a preview of what the form means before it is saved."""

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
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from ..schedule import InvalidDefinition
from .history import label_within
from .known_choices import KnownChoices
from .restore import Restorable

PAGE = "admin/otel_sla/preview_page.html"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error in the form: its field, and the message."""

    where: str
    anchor: str
    message: str
    is_missing: bool = False
    """Nothing was typed yet."""


class Previewed(Restorable, KnownChoices):
    """ModelAdmin mixin that adds a preview to the change page.

    A subclass returns what its panel shows from `of_row` and `of_forms`.
    """

    change_form_template = "admin/otel_sla/change_form.html"
    panel = "admin/otel_sla/preview.html"

    class Media:
        js = ["otel_sla/preview.js"]

    def of_row(self, request: HttpRequest, row: Any, moment: int) -> dict[str, Any]:
        """Return the panel's context about a saved row. Raises InvalidDefinition."""
        raise NotImplementedError

    def before(self, row: Any) -> Any:
        """Return what `of_forms` compares with. Raises InvalidDefinition.

        Validating forms writes their values into the row.
        """

    def of_forms(
        self,
        request: HttpRequest,
        form: Any,
        formsets: list[Any],
        before: Any,
        moment: int,
    ) -> dict[str, Any]:
        """Return the panel's context about valid forms. Raises InvalidDefinition."""
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
        """Add the preview of the saved row, or of the version to restore."""
        extra = {"panel": self.panel, **(extra_context or {})}
        if object_id and request.method == "GET":
            row: Any = self.get_object(request, unquote(object_id))
            if row is not None:
                extra["notes"] = self.notes(row)
                is_filled = self.fill(request, row)
                shown = self._of_forms if is_filled else self.of_saved
                extra |= shown(request, row)
        return super().changeform_view(request, object_id, form_url, extra)

    def of_saved(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return the page's context about the saved row."""
        try:
            return self.of_row(request, row, int(time.time()))
        except InvalidDefinition as error:
            return {"problems": [Problem(error.field, "", error.message)]}

    @method_decorator(csrf_protect)
    @method_decorator(require_POST)
    def preview_view(
        self, request: HttpRequest, object_id: str | None = None
    ) -> HttpResponse:
        """Return the preview of the submitted form. Nothing is saved."""
        row = self._row(request, object_id)
        context = {**self._of_forms(request, row), "panel": self.panel}
        context |= {"may_page": True, "preview_url": "preview/"}
        if request.headers.get("X-Requested-With") == "fetch":
            return TemplateResponse(request, self.panel, context)
        request.current_app = self.admin_site.name
        if row:
            title = gettext("Preview of %(row)s") % {"row": row}
        else:
            kind = self.opts.verbose_name
            title = gettext("Preview of a new %(kind)s") % {"kind": kind}
        page = {**self.admin_site.each_context(request), "opts": self.opts}
        page |= {"title": title, "original": row, "posted": list(_posted(request))}
        shown = {**page, **context, "preview_url": request.path}
        return TemplateResponse(request, PAGE, shown)

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

    def _of_forms(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        before = None
        if row is not None:
            with suppress(InvalidDefinition):
                before = self.before(row)
        form = self.get_form(request, row, change=row is not None)(
            request.POST, instance=row
        )
        formsets, _ = self._create_formsets(  # type: ignore[attr-defined]
            request, form.instance, change=row is not None
        )
        context: dict[str, Any] = {"is_stale": row and self.is_stale(request, row)}
        problems = list(_problems(form, formsets))
        if problems:
            context["missing"] = [one for one in problems if one.is_missing]
            context["problems"] = [one for one in problems if not one.is_missing]
            return context
        try:
            shown = self.of_forms(request, form, formsets, before, int(time.time()))
        except InvalidDefinition as error:
            shown = {"problems": [Problem(error.field, "", error.message)]}
        return {**context, **shown}


def _problems(form: forms.ModelForm[Any], formsets: Iterable[Any]) -> Iterator[Problem]:
    yield from _of_form(form, "")
    for formset in formsets:
        what = capfirst(str(formset.model._meta.verbose_name))
        if formset.is_valid():
            continue
        for message in formset.non_form_errors():
            yield Problem(what, "", str(message))
        for number, one in enumerate(formset.forms, 1):
            if formset.can_delete and formset._should_delete_form(one):
                continue
            yield from _of_form(one, f"{what} {number}, ")


def _of_form(form: Any, where: str) -> Iterator[Problem]:
    for name, errors in form.errors.as_data().items():
        for error in errors:
            message = str(next(iter(error.messages)))
            if name in form.fields:
                field = form[name]
                label = where + label_within(form, name) if where else str(field.label)
                is_missing = error.code == "required" and not field.data
                yield Problem(label, field.id_for_label, message, is_missing)
            else:
                yield Problem(where.rstrip(", ") or gettext("Form"), "", message)


def _posted(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Yield the fields of the form, for the page to carry."""
    from .preview_weeks import FROM

    for name, values in request.POST.lists():
        if name not in ("csrfmiddlewaretoken", FROM):
            yield from ((name, value) for value in values)
