"""Find the rows whose names a command was given."""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from otel_sla.models import Component, Schedule
from otel_sla.text import suggestion

Row = TypeVar("Row", Component, Schedule)

_SHOWN = 5


class UnknownName(Exception):
    """No row has this name. Suggests the closest name, or else a few of those known."""

    def __init__(self, kind: object, name: str, known: list[str]) -> None:
        words = _("No %(kind)s is named %(name)r. Known names: %(known)s.")
        near = suggestion(name, known, "{}")
        if near:
            words = _("No %(kind)s is named %(name)r. Did you mean %(near)s?")
        some = ", ".join(known[:_SHOWN]) or pgettext("known names", "none")
        super().__init__(
            words % {"kind": kind, "name": name, "near": near, "known": some}
        )


def rows_named(rows: QuerySet[Row], names: Iterable[str]) -> list[Row]:
    """Return the rows of these names, each once. Raises UnknownName."""
    unique = list(dict.fromkeys(names))
    found = {row.name: row for row in rows.filter(name__in=unique)}
    for name in unique:
        if name not in found:
            known = list(rows.values_list("name", flat=True))
            raise UnknownName(rows.model._meta.verbose_name, name, known)
    return [found[name] for name in unique]
