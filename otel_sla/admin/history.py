"""Log entries that name the fields changed, with their old and new values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.utils.text import capfirst

from .public_schema import InPublicSchema

PAGE_SIZE = 100
Item = dict[str, Any]
"""A part of a log entry's message."""


class ReadableHistory(InPublicSchema):
    """ModelAdmin mixin: log entries with the values before and after."""

    object_history_template = "admin/otel_sla/object_history.html"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> Any:
        """Show the entries of the row, the newest first."""
        kind = ContentType.objects.get_for_model(self.model)
        entries = LogEntry.objects.filter(
            content_type=kind, object_id=unquote(object_id)
        ).select_related("user")
        newest: Any = entries.order_by("-action_time", "-pk")
        pages = self.get_paginator(request, newest, PAGE_SIZE)
        page = pages.get_page(request.GET.get(PAGE_VAR))
        extra = {
            "action_list": page,
            "page_range": pages.get_elided_page_range(page.number),
            "pagination_required": pages.count > PAGE_SIZE,
        }
        return super().history_view(
            request, object_id, {**extra, **(extra_context or {})}
        )

    def construct_change_message(
        self, request: Any, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Return what has changed, with values, as items that Django puts in words."""
        items: list[Item] = [{"added": {}}] if add else []
        if not add and (sentences := " ".join([*_changes(form), *self.also(form)])):
            items.append(changed(sentences))
        for formset in formsets or ():
            items += _of_rows(formset)
        return items or [changed("nothing")]

    def also(self, form: Any) -> list[str]:
        """Return what else saving the form has done, as sentences."""
        return []


def changed(what: str) -> Item:
    """Return the item of a log entry's message that is shown as "Changed ..."."""
    return {"changed": {"fields": [what.removesuffix(".")]}}


def _of_rows(formset: Any) -> Iterator[Item]:
    what = str(formset.model._meta.verbose_name)
    for row in formset.new_objects:
        yield {"added": {"name": what, "object": str(row)}}
    for row, _ in formset.changed_objects:
        form = next(one for one in formset.initial_forms if one.instance is row)
        yield changed(f"{what} {row}: {' '.join(_changes(form))}")
    for row in formset.deleted_objects:
        yield {"deleted": {"name": what, "object": str(row)}}


def _changes(form: forms.ModelForm[Any]) -> Iterator[str]:
    for name in form.changed_data:
        if name not in form.cleaned_data or name == forms.formsets.DELETION_FIELD_NAME:
            continue
        label = capfirst(str(form[name].label))
        before = shown(form.fields[name], form.initial.get(name))
        after = shown(form.fields[name], form.cleaned_data[name])
        yield f"{label}: {before} → {after}."


def shown(field: forms.Field, value: Any) -> str:
    """Return the value of a form's field as people read it."""
    if isinstance(field, forms.ModelChoiceField):
        value = field.clean(value) if isinstance(value, int) else value
    else:
        value = field.prepare_value(value)
    if isinstance(value, dict):
        return ", ".join(f"{name}={text}" for name, text in value.items()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(str, value)) or "none"
    return "none" if value in (None, "") else str(value)
