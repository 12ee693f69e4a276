"""Form fields and widgets of the admin: weekdays, names, labels row by row."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext

from ..labels import presentable
from ..messages import MESSAGES
from ..models import Component
from ..schedule import notation

_DAYS = [*zip(notation.WEEKDAYS, WEEKDAYS_ABBR.values(), strict=True)]
EMPTY_ROWS = 2
SUGGESTED = 100


class WeekdayBoxes(forms.CheckboxSelectMultiple):
    """Seven check boxes for weekdays, which are stored as `mon-fri`."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, choices=_DAYS)

    def format_value(self, value: Any) -> list[str]:
        try:
            days = notation.parse_weekdays(str(value or ""))
        except ValueError:
            return []
        return [notation.WEEKDAYS[day] for day in days]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """Return the boxes ticked in the shortest notation, or else unchanged."""
        ticked = super().value_from_datadict(data, files, name) or []
        text = ",".join([ticked] if isinstance(ticked, str) else ticked)
        try:
            return notation.format_weekdays(notation.parse_weekdays(text))
        except ValueError:
            return text


class Suggesting(forms.TextInput):
    """A text input that suggests what `suggested` returns when it is shown."""

    template_name = "otel_sla/widgets/choices.html"
    suggested: Callable[[], Iterable[str]]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        listed = f"{(attrs or {}).get('id', name)}_choices"
        context = super().get_context(name, value, {**(attrs or {}), "list": listed})
        return {**context, "listed": listed, "options": self.suggested()}


class ZoneInput(Suggesting):
    """A text input that suggests time zones."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.suggested = _zone_names


class NamesInput(Suggesting):
    """A text input for several names, separated by commas. It suggests each."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        own = {"size": 60, "data-several": True, "autocomplete": "off"}
        super().__init__({**own, **(attrs or {})})


class LabelRows(forms.Widget):
    """Two inputs for each label, and empty rows for more."""

    template_name = "otel_sla/widgets/labels.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        rows = [*_pairs(value), *[("", "")] * EMPTY_ROWS]
        names, values = self.suggested()
        suggested = {"names": names, "values": values}
        return {**super().get_context(name, value, attrs), "rows": rows, **suggested}

    @staticmethod
    def suggested() -> tuple[list[str], list[str]]:
        """Return the names and the values of labels that are used most."""
        names: Counter[str] = Counter()
        values: Counter[str] = Counter()
        for labels in Component.objects.values_list("labels", flat=True):
            shown = presentable(labels)
            names.update(shown.keys())
            values.update(shown.values())
        return _most(names), _most(values)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return the rows as pairs without empty ones; None if there are no rows."""
        keys = data.getlist(f"{name}-name")
        values = data.getlist(f"{name}-value")
        if not keys and not values:
            return None
        return [
            (key.strip(), value)
            for key, value in zip(keys, values, strict=False)
            if key.strip() or value
        ]

    @staticmethod
    def written(name: str, value: Any) -> list[tuple[str, list[str]]]:
        """Return the two inputs' values as a browser would send them."""
        rows = [*_pairs(value), ("", "")]
        return [
            (f"{name}-name", [key for key, _ in rows]),
            (f"{name}-value", [str(text) for _, text in rows]),
        ]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-name" not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-0-name" if id_ else ""


class LabelsField(forms.Field):
    """Labels by name. The model validates them."""

    widget = LabelRows

    def to_python(self, value: Any) -> dict[str, str]:
        labels: dict[str, str] = {}
        for name, text in value or ():
            if not name:
                raise ValidationError(
                    gettext(MESSAGES["label_without_name"]),
                    code="label_without_name",
                    params={"value": text},
                )
            if name in labels:
                raise ValidationError(
                    gettext(MESSAGES["label_given_twice"]),
                    code="label_given_twice",
                    params={"name": name},
                )
            labels[name] = text
        return labels

    def has_changed(self, initial: Any, data: Any) -> bool:
        return dict(_pairs(initial)) != dict(data or ())


def _zone_names() -> list[str]:
    # Not at the top: every process makes these widgets, and few show them.
    from ..schedule.timezones import names

    return sorted(names())


def _most(counts: Counter[str]) -> list[str]:
    return sorted(name for name, _ in counts.most_common(SUGGESTED))


def _pairs(labels: Any) -> list[tuple[str, Any]]:
    """Return labels as pairs: of a row's mapping, or of a form's pairs.

    Anything else, which only rows written without validation have, gives none.
    """
    if isinstance(labels, Mapping):
        return list(labels.items())
    pairs = labels if isinstance(labels, list) else []
    return [pair for pair in pairs if isinstance(pair, tuple)]
