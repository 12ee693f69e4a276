"""What a page is asked for, in its address: which components, and in which zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from ...labels import parse_pair
from ...schedule.notation import parse_date
from ...schedule.timezones import UnknownZone, zone

OWN = "component"
"""The zone of times: each component's own."""

_STATES = {
    "": "all states",
    "open": "open now",
    "closed": "closed now",
    "opening": "opening within an hour",
    "closing": "closing within an hour",
}
_SPANS = {"day": 1, "week": 7, "4weeks": 28}


def _none_of(choices: Iterable[str]) -> str:
    return f"no '%(value)s': use one of {', '.join(filter(None, choices))}"


class LabelList(forms.CharField):
    """Labels such as `team:payments`, by any number of parameters of the name."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        labels = [text.strip() for text in value or () if text.strip()]
        try:
            return list(map(parse_pair, labels))
        except ValueError as error:
            raise ValidationError(str(error), code="no_label") from error

    def validate(self, value: Any) -> None:
        """Any number of them will do."""

    def run_validators(self, value: Any) -> None:
        """None are left to run."""


class PageForm(forms.Form):
    """Which components: the same parameters on every page, so that links keep them."""

    q = forms.CharField(required=False, max_length=200, label="Search")
    label = LabelList(required=False, label="Label")
    agreement = forms.CharField(required=False, max_length=200)
    schedule = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(
        required=False,
        choices=list(_STATES.items()),
        error_messages={"invalid_choice": _none_of(_STATES)},
    )
    zone = forms.CharField(required=False, max_length=64, label="Times in")

    def clean_zone(self) -> str:
        name: str = self.cleaned_data["zone"]
        if name and name != OWN:
            try:
                zone(name)
            except UnknownZone as error:
                raise ValidationError(str(error), code="unknown_zone") from error
        return name or OWN

    # What component_list.Wanted asks for.
    @property
    def wanted(self) -> Wanted:
        """The choice of components, of a form that is valid."""
        return Wanted(self.cleaned_data)

    def zone_of(self, component_zone: str) -> ZoneInfo:
        """The zone in which the times of a component are shown."""
        name: str = self.cleaned_data["zone"]
        return zone(component_zone if name == OWN else name)


class StatusForm(PageForm):
    group = forms.CharField(required=False, max_length=200, label="Group by label")


class TimelineForm(PageForm):
    span = forms.ChoiceField(
        required=False,
        choices=[("week", "week"), ("day", "day"), ("4weeks", "4 weeks")],
        error_messages={"invalid_choice": _none_of(_SPANS)},
    )
    start = forms.CharField(required=False, label="From")

    def clean_span(self) -> int:
        """How many days."""
        return _SPANS[self.cleaned_data["span"] or "week"]

    def clean_start(self) -> date | None:
        text: str = self.cleaned_data["start"]
        if not text:
            return None
        try:
            day = parse_date(text)
        except ValueError as error:
            raise ValidationError(str(error), code="unknown_notation") from error
        return _within_reach(day)


class Wanted:
    """The components that a valid form asks for, as component_list.select takes it."""

    name = None

    def __init__(self, cleaned: dict[str, Any]) -> None:
        self.q: str | None = cleaned["q"] or None
        self.label: list[str] = cleaned["label"]
        self.agreement: str | None = cleaned["agreement"] or None
        self.schedule: str | None = cleaned["schedule"] or None
        self.state: str | None = cleaned["state"] or None


def address(query: QueryDict, **changes: str | None) -> str:
    """Return the query of the same page with changes; None takes a parameter out."""
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


class ComponentForm(PageForm):
    month = forms.CharField(required=False)

    def clean_month(self) -> date | None:
        """Its first day."""
        text: str = self.cleaned_data["month"]
        if not text:
            return None
        try:
            first = parse_date(f"{text}-01")
        except ValueError:
            raise ValidationError(
                f"{text!r} is no month: use one such as 2026-12", code="no_month"
            ) from None
        return _within_reach(first)


def _within_reach(day: date) -> date:
    if not 1970 <= day.year < 2100:
        raise ValidationError(f"{day} is not from 1970 to 2099", code="too_far")
    return day
