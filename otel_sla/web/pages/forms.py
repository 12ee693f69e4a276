"""The forms of the pages: filters, time zone and dates, from a page's address."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ...forms import as_validation_error
from ...labels import parse_pair
from ...schedule.timezones import zone
from ..component_list import Wanted

OWN = "component"
"""The value of `zone` for each component's own time zone."""

_STATES = {
    "": _("all states"),
    "open": _("open"),
    "closing": _("closes within an hour"),
    "opening": _("opens within an hour"),
    "maintenance": _("maintenance"),
    "closed": _("closed"),
    "unknown": _("unknown"),
}
_SORTS = {
    "": _("name"),
    "-name": _("name, Z to A"),
    "state": _("state"),
    "-state": _("state, open first"),
    "agreement": _("agreement"),
    "-agreement": _("agreement, Z to A"),
    "zone": _("time zone"),
    "-zone": _("time zone, Z to A"),
}
DAYS = {"week": 7, "day": 1, "4weeks": 28}
"""How many days each choice of `span` shows."""

_NO_DATE = _("Not a valid date. Use one such as {example}.")
_TOO_FAR = _("Use a date from 1970 to 2099.")


def _choice_errors(choices: Iterable[str]) -> dict[str, Any]:
    known = ", ".join(filter(None, choices))
    sentence = _("'%(value)s' is not a choice. Use one of {known}.")
    return {"invalid_choice": format_lazy(sentence, known=known)}


def _date(example: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        required=False,
        validators=[
            MinValueValidator(date(1970, 1, 1), _TOO_FAR),
            MaxValueValidator(date(2099, 12, 31), _TOO_FAR),
        ],
        error_messages={"invalid": format_lazy(_NO_DATE, example=example)},
        **options,
    )


class LabelList(forms.Field):
    """Labels such as `team:payments`, by any number of parameters of the name."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:
        labels = [text.strip() for text in value or () if text.strip()]
        with as_validation_error():
            return list(map(parse_pair, labels))


class PageForm(forms.Form):
    """The filters: the same parameters on every page, so that links can keep them."""

    q = forms.CharField(required=False, max_length=200, label=_("Search"))
    label = LabelList(required=False, label=_("Label"))
    agreement = forms.CharField(required=False, max_length=200, label=_("Agreement"))
    schedule = forms.CharField(required=False, max_length=200, label=_("Schedule"))
    state = forms.ChoiceField(
        required=False,
        label=_("State"),
        choices=list(_STATES.items()),
        error_messages=_choice_errors(_STATES),
    )
    zone = forms.CharField(required=False, max_length=64, label=_("Time zone"))

    DEFAULT_ZONE = OWN

    def clean_zone(self) -> str:
        name: str = self.cleaned_data["zone"]
        if name and name != OWN:
            with as_validation_error():
                zone(name)
        return name or self.DEFAULT_ZONE

    @property
    def wanted(self) -> Wanted:
        """The choice of components. The form has to be valid."""
        fields = ("q", "label", "agreement", "schedule", "state")
        return Wanted(**{name: self.cleaned_data[name] for name in fields})

    def zone_of(self, component_zone: str) -> ZoneInfo:
        """Return the zone in which the times of a component are shown."""
        name: str = self.cleaned_data["zone"]
        return zone(component_zone if name == OWN else name)


class StatusForm(PageForm):
    group = forms.CharField(required=False, max_length=200, label=_("Group by label"))
    sort = forms.ChoiceField(
        required=False,
        label=_("Sort by"),
        choices=list(_SORTS.items()),
        error_messages=_choice_errors(_SORTS),
    )


class TimelineForm(PageForm):
    """One time axis for all rows, unless each component's own zone is asked for."""

    DEFAULT_ZONE = "UTC"

    span = forms.ChoiceField(
        required=False,
        label=_("Period"),
        choices=[("week", _("week")), ("day", _("day")), ("4weeks", _("4 weeks"))],
        error_messages=_choice_errors(DAYS),
    )
    start = _date("2026-12-24", input_formats=["%Y-%m-%d"], label=_("From"))


class ComponentForm(PageForm):
    month = _date("2026-12", input_formats=["%Y-%m"], label=_("Month"))


class DefinitionForm(PageForm):
    """Of the page of a schedule or an agreement: the year of its exceptions."""

    year = forms.IntegerField(
        required=False,
        label=_("Year"),
        min_value=1970,
        max_value=2099,
        error_messages={
            "invalid": _("Not a valid year. Use one such as 2026."),
            "min_value": _("Use a year from 1970 to 2099."),
            "max_value": _("Use a year from 1970 to 2099."),
        },
    )


FILTERS = ("q", "label", "agreement", "schedule", "state", "zone")
"""The parameters that links between the pages keep."""


def filters(query: QueryDict) -> list[tuple[str, str]]:
    """Return the filters of an address, by name: those that another page takes, too."""
    return [
        (name, value)
        for name in FILTERS
        for value in dict.fromkeys(query.getlist(name))
        if value.strip()
    ]


def without(query: QueryDict, name: str, value: str) -> str:
    """Return the query of the first page without that value of a parameter."""
    changed = query.copy()
    changed.setlist(name, [one for one in changed.getlist(name) if one != value])
    return address(changed)


def with_label(query: QueryDict, label: str) -> str:
    """Return the query of the first page with one more label."""
    changed = query.copy()
    labels = changed.getlist("label")
    changed.setlist("label", list(dict.fromkeys([*labels, label])))
    return address(changed)


def address(query: QueryDict, **changes: str | None) -> str:
    """Return the query of the first page with changes; None removes a parameter."""
    changed = query.copy()
    changed.pop("page", None)
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = value
    for name in [name for name, values in changed.lists() if not any(values)]:
        del changed[name]
    return f"?{changed.urlencode()}"
