"""Log entries that name the fields changed, with their old and new values.

They are stored in English.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest
from django.utils.translation import gettext_noop, override

from ..language import Sentence
from ..language.log_entries import CHANGE, Item, changed, in_words, of_row
from ..models import Override
from .public_schema import InPublicSchema

PAGE_SIZE = 100
_NONE, _YES, _NO = (
    Sentence(one, {})
    for one in (gettext_noop("none"), gettext_noop("yes"), gettext_noop("no"))
)
CODES = frozenset(
    {
        gettext_noop("closed"),
        gettext_noop("open"),
        gettext_noop("exclude"),
        gettext_noop("month"),
        gettext_noop("week"),
    }
)
"""Choices whose codes are translated when a log entry is shown."""


class ReadableHistory(InPublicSchema):
    """ModelAdmin mixin: log entries with the values before and after."""

    object_history_template = "admin/otel_sla/object_history.html"

    class Media:
        css = {"all": ["otel_sla/preview.css"]}

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
        for entry in page:
            entry.told = in_words(entry)
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
        with override(None):
            if not add and (sentences := [*_changes(form), *self.also(form)]):
                items.append(changed(*sentences))
            for formset in formsets or ():
                items += _of_rows(formset)
        return items or [changed(Sentence(gettext_noop("nothing"), {}))]

    def log_addition(self, *args: Any, **options: Any) -> Any:
        """Store the entry, with the name of the row in English, too."""
        with override(None):
            return super().log_addition(*args, **options)

    def log_change(self, *args: Any, **options: Any) -> Any:
        """As log_addition()."""
        with override(None):
            return super().log_change(*args, **options)

    def log_deletions(self, *args: Any, **options: Any) -> Any:
        """As log_addition()."""
        with override(None):
            return super().log_deletions(*args, **options)

    def also(self, form: Any) -> list[str]:
        """Return what else saving the form has done, as sentences."""
        return []


def _of_rows(formset: Any) -> Iterator[Item]:
    what = str(formset.model._meta.verbose_name)
    for row in formset.new_objects:
        yield of_row("added", what, _named(row))
    for row, _ in formset.changed_objects:
        form = next(one for one in formset.initial_forms if one.instance is row)
        named = {"kind": Sentence(what, {}), "row": _named(row)}
        yield changed(
            Sentence(gettext_noop("%(kind)s %(row)s:"), named), *_changes(form)
        )
    for row in formset.deleted_objects:
        yield of_row("deleted", what, _named(row))


def _named(row: Any) -> str:
    return row.sentence() if isinstance(row, Override) else str(row)


def _changes(form: forms.ModelForm[Any]) -> Iterator[str]:
    for name in form.changed_data:
        if name not in form.cleaned_data or name == forms.formsets.DELETION_FIELD_NAME:
            continue
        params = {
            "field": Sentence(label_within(form, name), {}),
            "before": shown(form.fields[name], form.initial.get(name)),
            "after": shown(form.fields[name], form.cleaned_data[name]),
        }
        yield Sentence(CHANGE, params)


def label_within(form: forms.ModelForm[Any], name: str) -> str:
    """Return the label of a field as it is written within a sentence."""
    try:
        return str(form._meta.model._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        label = str(form[name].label)
        return f"{label[:1].lower()}{label[1:]}"


def shown(field: forms.Field, value: Any) -> str:
    """Return the value of a form's field as people read it, as a sentence."""
    if isinstance(field, forms.ModelChoiceField):
        value = field.clean(value) if isinstance(value, int) else value
    else:
        value = field.prepare_value(value)
    if isinstance(value, dict):
        return ", ".join(f"{name}={text}" for name, text in value.items()) or _NONE
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(str, value)) or _NONE
    if value in (None, ""):
        return _NONE
    is_code = isinstance(field, forms.ChoiceField) and value in CODES
    return Sentence(value, {}) if is_code else str(value)
