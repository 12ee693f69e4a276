"""Forms older than what is stored: refused, with both versions, until that is seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import router, transaction
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext

from ..language.log_entries import in_words
from .history import ReadableHistory, label_within, shown
from .messages import MESSAGES
from .rebase import rebased
from .stored_version import lock, stored_version

VERSION, ANYWAY = "_version", "_anyway"
_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field, as it is stored and as it was entered."""

    where: str
    stored: str
    entered: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was not saved: who changed the row last, and how the two differ."""

    version: str
    last: LogEntry | None
    differences: list[Difference]


class RefusesStale(ReadableHistory):
    """ModelAdmin mixin that refuses a form if the row was changed since it was shown.

    The form carries a digest of what was stored. A form without one, which a program
    sends, is taken as it is.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Add the digest to the page, or compare with that of the form."""
        extra = dict(extra_context or {})
        if request.method != "POST":
            # Read before the form: of a change in between, the form is then refused.
            extra["version"] = self._stored(request, object_id)
            return super().changeform_view(request, object_id, form_url, extra)
        with transaction.atomic(using=router.db_for_write(self.model)):
            extra["version"] = request.POST.get(VERSION, "")
            self._compare(request, object_id)
            return super().changeform_view(request, object_id, form_url, extra)

    def is_stale(self, request: HttpRequest, row: Any) -> bool:
        """Return whether the row was changed since the form was shown."""
        given = request.POST.get(VERSION)
        return bool(given) and given != stored_version(row, self._alias)

    @property
    def _alias(self) -> str:
        return router.db_for_write(self.model)

    def _stored(self, request: HttpRequest, object_id: str | None) -> str:
        row: Any = self.get_object(request, unquote(object_id)) if object_id else None
        return stored_version(row, row._state.db) if row else ""

    def _compare(self, request: HttpRequest, object_id: str | None) -> None:
        row: Any = self.get_object(request, unquote(object_id)) if object_id else None
        lock(row or self.model(), self._alias)
        if row is None or not self.is_stale(request, row):
            return
        inlines = self.get_inline_instances(request, row)
        data: Any = request.POST
        request.POST = rebased(  # type: ignore[assignment]
            data, [(one.get_formset(request, row), row) for one in inlines]
        )
        stored = stored_version(row, self._alias)
        if data.get(ANYWAY) != stored:
            setattr(request, ANYWAY, stored)

    def get_form(
        self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form; one that is never valid where it is refused."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if hasattr(request, ANYWAY):
            return type(form.__name__, (_Refused, form), {})
        return form

    def render_change_form(
        self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Add both versions where the form is refused."""
        version = getattr(request, ANYWAY, "")
        if version and context.get("original"):
            form = context["adminform"].form
            formsets = [one.formset for one in context["inline_admin_formsets"]]
            found = list(differences(form, formsets))
            last = _last_change(context["original"])
            # Its own errors are beside their fields.
            context |= {"stale": Refusal(version, last, found), "errors": []}
        return super().render_change_form(request, context, *args, **kwargs)


class _Refused:
    """Form mixin: whatever is entered, it is not saved."""

    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]
        self.add_error(None, ValidationError(gettext(MESSAGES["stale"]), "stale"))  # type: ignore[attr-defined]
        return cleaned


def differences(form: Any, formsets: Iterable[Any]) -> Iterator[Difference]:
    """Yield what a bound form has entered otherwise than it is stored."""
    yield from _of_fields(form, "")
    for formset in formsets:
        kind = formset.model._meta.verbose_name
        what = capfirst(str(kind))
        for number, one in enumerate(formset.initial_forms, 1):
            if formset.can_delete and formset._should_delete_form(one):
                yield Difference(f"{what} {number}", str(one.instance), _NOTHING)
            else:
                yield from _of_fields(one, f"{what} {number}, ")
        for one in formset.extra_forms:
            if one.has_changed():
                another = gettext("Another %(kind)s") % {"kind": kind}
                yield Difference(another, _NOTHING, str(one.instance))


def _of_fields(form: Any, where: str) -> Iterator[Difference]:
    for name in form.changed_data:
        if name == forms.formsets.DELETION_FIELD_NAME:
            continue
        field = form.fields[name]
        cleaned = getattr(form, "cleaned_data", {})
        entered = shown(field, cleaned[name]) if name in cleaned else form[name].data
        stored = shown(field, form.initial.get(name))
        label = where + label_within(form, name) if where else str(form[name].label)
        yield Difference(label, stored, str(entered))


def _last_change(row: Any) -> LogEntry | None:
    kind = ContentType.objects.get_for_model(row)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(row.pk))
    last = entries.select_related("user").order_by("-action_time", "-pk").first()
    if last is not None:
        last.told = in_words(last)  # type: ignore[attr-defined]
    return last
