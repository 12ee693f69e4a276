"""Rewrite a form that was sent for rows changed since, to fit the rows stored now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.http import QueryDict

from .widgets import LabelRows

_DELETE = forms.formsets.DELETION_FIELD_NAME
Fields = dict[str, list[str]]


def rebased(data: QueryDict, formsets: Iterable[tuple[type[Any], Any]]) -> QueryDict:
    """Return the data of a form such that saving it gives what was entered.

    Rows that are gone become new ones. Rows that were added are to be deleted, where
    the page shows all rows: they are not part of what was entered.
    """
    found = data.copy()
    for formset, owner in formsets:
        prefix = formset.get_default_prefix()
        count = found.get(f"{prefix}-TOTAL_FORMS", "")
        if not count.isdigit():
            continue
        sent = [_taken(found, f"{prefix}-{n}-") for n in range(min(int(count), 200))]
        kept, new = _divided(formset, owner, sent)
        found[f"{prefix}-TOTAL_FORMS"] = str(len(kept) + len(new))
        found[f"{prefix}-INITIAL_FORMS"] = str(len(kept))
        for number, fields in enumerate((*kept, *new)):
            for name, values in fields.items():
                found.setlist(f"{prefix}-{number}-{name}", values)
    return found


def _taken(data: QueryDict, start: str) -> Fields:
    """Take the fields of a form out of the data."""
    names = [name for name in data if name.startswith(start)]
    return {name.removeprefix(start): data.pop(name) for name in names}


def _divided(
    formset: type[Any], owner: Any, sent: list[Fields]
) -> tuple[list[Fields], list[Fields]]:
    """Return the forms of stored rows, and those of new ones."""
    manager = formset.model._default_manager
    rows = {str(row.pk): row for row in manager.filter(**{formset.fk.name: owner})}
    kept = [one for one in sent if _key(one) in rows]
    new = [one for one in sent if _key(one) not in rows and not _is_dropped(one)]
    if len(rows) <= formset.most:
        added = rows.keys() - {_key(one) for one in kept}
        kept += [
            {**dict(written(formset.form(instance=row))), "id": [pk], _DELETE: ["on"]}
            for pk, row in rows.items()
            if pk in added
        ]
    return kept, [{**one, "id": [""]} for one in new]


def _key(fields: Fields) -> str:
    return next(iter(fields.get("id", ())), "")


def _is_dropped(fields: Fields) -> bool:
    """Return whether the form deletes a row that is already gone."""
    return bool(_key(fields)) and _DELETE in fields


def written(form: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield the fields of a form as a browser would send them."""
    for name in form.fields:
        bound = form[name]
        if isinstance(bound.field.widget, LabelRows):
            yield from bound.field.widget.written(name, bound.value())
            continue
        value = bound.field.widget.format_value(bound.value())
        if isinstance(bound.field, forms.BooleanField):
            if bound.value():
                yield name, ["on"]
        elif isinstance(value, list | tuple):
            yield name, [str(one) for one in value]
        else:
            yield name, ["" if value is None else str(value)]
