"""Restore an earlier version of a row: its change form, filled with that version."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, QueryDict
from django.templatetags.tz import utc
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from ..language import Sentence
from ..language.log_entries import changed
from .known_choices import is_key
from .rebase import Fields, rebased, written
from .stale_form import RefusesStale
from .zone_shift import INSTANTS, LOCAL

RESTORE = "_restore"
LARGEST = 100_000
"""Characters of the largest version that is kept."""

_KEY = "otel_sla_version"
_LEFT = "_left_as_they_are"
Version = dict[str, Any]


class Restorable(RefusesStale):
    """ModelAdmin mixin: the history keeps each version saved, and can restore it.

    A version is what the form holds after saving, with the rows of its inlines. It is
    an item of the log entry's message that Django does not show.
    """

    def construct_change_message(
        self, request: Any, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Return what has changed, which version was restored, and the new version."""
        told = super().construct_change_message(request, form, formsets, add)
        entry = self._restored(request, form.instance)
        if entry is not None and version_of(entry):
            params = {
                "time": f"{utc(entry.action_time):%Y-%m-%d %H:%M} UTC",
                "user": entry.user.get_username(),
            }
            back = Sentence(_("back to the version of %(time)s by %(user)s"), params)
            told = [changed(back), *told]
        version = {_KEY: _version(form, formsets or ())}
        return [*told, version] if len(json.dumps(version)) <= LARGEST else told

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> Any:
        """Add which entries have a version, for users who may change the row."""
        answer = super().history_view(request, object_id, extra_context)
        context = getattr(answer, "context_data", None)
        if context and self.has_change_permission(request, context["object"]):
            entries = context["action_list"]
            context["restorable"] = {one.pk for one in entries if version_of(one)}
        return answer

    def fill(self, request: HttpRequest, row: Any) -> bool:
        """Take the version that the address names as what was entered.

        Return whether it names one. Raises Http404 if that is not a version of the row.
        """
        if RESTORE not in request.GET or not self.has_change_permission(request, row):
            return False
        entry = self._restored(request, row)
        version = version_of(entry) if entry else None
        if version is None:
            raise Http404
        rows, left = {}, []
        formsets: list[tuple[Any, Any]] = []
        for inline in self.get_inline_instances(request, row):
            formset: Any = inline.get_formset(request, row)
            prefix = formset.get_default_prefix()
            formsets.append((formset, row))
            if prefix in version["rows"] and _may_edit_all(inline, request, row):
                rows[prefix] = version["rows"][prefix]
            else:
                rows[prefix] = list(_rows(formset, _shown(formset, row)))
                left.append(str(inline.model._meta.verbose_name_plural))
        data = _data(version["fields"], rows)
        # The version's overrides are in its own zone. Others keep their instants.
        data["own_overrides"] = LOCAL if rows and not left else INSTANTS
        request.POST = rebased(data, formsets)  # type: ignore[assignment]
        setattr(request, _LEFT, left)
        return True

    def get_form(
        self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form; where a version is restored, with that as its data."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if hasattr(request, _LEFT):
            return type(form.__name__, (_Filled, form), {"filled": request.POST})
        return form

    def get_formset_kwargs(
        self, request: Any, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        """Add the version that is restored."""
        given: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if hasattr(request, _LEFT):
            given["data"] = request.POST.copy()
        return given

    def render_change_form(
        self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Add which version the form was filled with, and what it leaves alone."""
        context["restored"] = self._restored(request, context.get("original"))
        left: list[str] = getattr(request, _LEFT, [])
        context["left"] = get_text_list(left, gettext("and"))
        return super().render_change_form(request, context, *args, **kwargs)

    def _restored(self, request: HttpRequest, row: Any) -> LogEntry | None:
        """Return the entry of the row that the address names."""
        given = request.GET.get(RESTORE, "")
        if row is None or not is_key(given):
            return None
        kind = ContentType.objects.get_for_model(self.model)
        entries = LogEntry.objects.filter(content_type=kind, object_id=str(row.pk))
        return entries.select_related("user").filter(pk=int(given)).first()


class _Filled:
    """Form mixin: has the version as its data where it gets no other."""

    filled: QueryDict

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        data = self.filled if data is None else data
        super().__init__(data, *args, **kwargs)  # type: ignore[call-arg]


def version_of(entry: LogEntry) -> Version | None:
    """Return the version that an entry keeps; None if it keeps none."""
    if _KEY not in entry.change_message:
        return None
    try:
        items = json.loads(entry.change_message)
    except ValueError:
        return None
    found = (one[_KEY] for one in items if isinstance(one, dict) and _KEY in one)
    return next(found, None)


def _version(form: Any, formsets: Iterable[Any]) -> Version:
    """Return the fields of a saved form as texts, and the rows by their prefix.

    Rows that are more than fit on a page are left out: a version of some of them would
    take the others for deleted.
    """
    # Not from a replica, which may not have it yet.
    saved, alias = type(form.instance)._default_manager, form.instance._state.db
    row = saved.using(alias).get(pk=form.instance.pk)
    rows = {
        formset.get_default_prefix(): list(_rows(formset, _of(formset, row)))
        for formset in formsets
        if _of(formset, row).count() <= formset.most
    }
    return {"fields": dict(written(type(form)(instance=row))), "rows": rows}


def _rows(formset: Any, rows: Any) -> Iterator[Fields]:
    """Yield rows as the form has them."""
    for row in rows.order_by("pk"):
        yield {**dict(written(formset.form(instance=row))), "id": [str(row.pk)]}


def _of(formset: Any, owner: Any) -> Any:
    rows = formset.model._default_manager.using(owner._state.db)
    return rows.filter(**{formset.fk.name: owner})


def _shown(formset: Any, owner: Any) -> Any:
    return _of(formset, owner).filter(pk__in=formset.shown(owner))


def _may_edit_all(inline: Any, request: HttpRequest, row: Any) -> bool:
    """Return whether the page shows all rows, and the user may edit them."""
    return bool(
        _of(inline.get_formset(request, row), row).count() <= inline.formset.most
        and inline.has_add_permission(request, row)
        and inline.has_change_permission(request, row)
        and inline.has_delete_permission(request, row)
    )


def _data(fields: Fields, rows: dict[str, list[Fields]]) -> QueryDict:
    """Return a version as the form would have been sent for the rows that it has."""
    data = QueryDict(mutable=True)
    for name, texts in fields.items():
        data.setlist(name, texts)
    for prefix, forms in rows.items():
        count = str(len(forms))
        data[f"{prefix}-TOTAL_FORMS"] = data[f"{prefix}-INITIAL_FORMS"] = count
        for number, one in enumerate(forms):
            for name, texts in one.items():
                data.setlist(f"{prefix}-{number}-{name}", texts)
    return data
