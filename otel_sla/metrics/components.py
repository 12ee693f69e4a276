"""Make the exposed component of a row, or say why the row can't be used."""

from __future__ import annotations

import json
from typing import NamedTuple, TypeGuard

from ..database.consistent_read import DatabaseRow
from ..labels import COMPONENT, InvalidLabels, exposed, series
from ..language import Sentence
from ..language import gettext_noop as _
from ..schedule import InvalidDefinition
from ..text import is_text

DESCRIBING = frozenset({"agreement", "schedule", "timezone"})
"""Labels of service_window.info; a component's own of that name give way there."""

REASONS = (
    _("name"),
    _("labels"),
    _("duplicate"),
    _("agreement"),
    _("schedule"),
    _("holidays"),
    _("timezone"),
)
"""Why a row is dropped. Holidays and timezone: no such calendar or zone (any more)."""

_NO_NAME = _("its name is empty, or holds NUL or no valid text")


class Fault(NamedTuple):
    """Why a row is dropped, and what exactly is wrong with it."""

    reason: str
    message: str

    @classmethod
    def of(cls, error: Exception) -> Fault:
        """Return the fault of a schedule that can't be evaluated."""
        if isinstance(error, InvalidDefinition) and error.field in REASONS:
            return cls(error.field, error.message)
        return cls("schedule", str(error))


class ExposedComponent(NamedTuple):
    """A component: its columns, and its labels as Prometheus writes them.

    `described` is without the labels that service_window.info sets itself.
    """

    columns: DatabaseRow
    series: bytes
    described: bytes

    @property
    def component(self) -> str:
        name: str = self.columns[2]
        return name

    @property
    def attributes(self) -> dict[str, str]:
        """The component's name and labels, read anew from the text that is kept."""
        return {COMPONENT: self.component, **json.loads(self.columns[3])}


def exposed_component(columns: DatabaseRow) -> ExposedComponent | Fault:
    """Return the component of these columns as it is exposed, or why it can't be."""
    _, _, name, labels = columns
    if not is_name(name):
        return Fault("name", Sentence(_NO_NAME, {}))
    try:
        shown = exposed(_parsed(labels))
    except InvalidLabels as error:
        return Fault("labels", str(error))
    shown = {COMPONENT: name, **dict(sorted(shown.items()))}
    text = series(shown)
    if DESCRIBING.isdisjoint(shown):
        return ExposedComponent(columns, text, text)
    rest = {name: shown[name] for name in shown if name not in DESCRIBING}
    return ExposedComponent(columns, text, series(rest))


def _parsed(labels: str | None) -> object:
    try:
        return json.loads(labels or "null")
    except (ValueError, RecursionError) as error:
        raise InvalidLabels("labels_not_json", reason=str(error)) from error


def is_name(text: str | None) -> TypeGuard[str]:
    return bool(text) and is_text(str(text))
