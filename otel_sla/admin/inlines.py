"""Rows on the page of their owner, laid out as their table says."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext

from ..fields import ClockField, DayField
from ..language import number
from ..schedule.attributes import Table
from .forms import ROWS_TAKEN, InSight


class RowsInline(admin.StackedInline):
    """Rows of an owner. If they are too many for a form, the first, read-only."""

    formset: type[InSight] = InSight
    related: ClassVar[str]
    """The owner's attribute that has the rows."""
    extra = 0
    max_num = ROWS_TAKEN
    # Not the admin's widgets, which offer the browser's "now" in another zone.
    formfield_overrides: ClassVar = {ClockField: {}, DayField: {}}

    @classmethod
    def too_many(cls, owner: Any) -> int:
        """Return how many rows the owner has, or 0 if they fit into a form."""
        count = getattr(owner, cls.related).count() if owner and owner.pk else 0
        return count if count > cls.formset.most else 0

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not self.too_many(obj)

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:  # type: ignore[override]
        return super().has_add_permission(request, obj) and not self.too_many(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not self.too_many(obj)

    @classmethod
    def notes(cls, owner: Any) -> list[str]:
        """Return a note about rows that the page does not show."""
        count, what = cls.too_many(owner), cls.model._meta.verbose_name_plural
        if not count:
            return []
        note = gettext(
            "This %(owner)s has %(count)s %(rows)s, more than fit into a form. The "
            "first %(shown)s are shown. Edit them in a catalogue: dump_catalogue, "
            "load_catalogue."
        )
        return [
            note
            % {
                "owner": owner._meta.verbose_name,
                "count": number(count),
                "rows": what,
                "shown": cls.formset.most,
            }
        ]


def fieldsets(table: Table, shown: set[str], advanced: Any) -> Any:
    """Return the fields line by line: those of the lines shown, and others under the
    heading `advanced`."""
    lines = _lines(table)
    rest = {
        "classes": ("collapse",),
        "fields": [one for one in lines if not shown & {*one}],
    }
    return (
        (None, {"fields": [line for line in lines if shown & {*line}]}),
        (advanced, rest),
    )


def _lines(table: Table) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    for attribute in table:
        if attribute.beside:
            lines[-1] += (attribute.name,)
        else:
            lines.append((attribute.name,))
    return lines
