"""The form of a report: period, agreement, labels and component, of an address."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ...accounting import Period, parse_period, period_of
from ...forms import as_validation_error
from ...reports.selection import Selection
from .forms import LabelList

_LONGEST_NAME = 200


class SelectionForm(forms.Form):
    """Which components a report is about."""

    agreement = forms.CharField(
        label=_("Agreement"), required=False, max_length=_LONGEST_NAME
    )
    label = LabelList(required=False, label=_("Label"))
    component = forms.CharField(
        label=_("Component"), required=False, max_length=_LONGEST_NAME
    )

    @property
    def selection(self) -> Selection:
        """The selection. The form has to be valid."""
        chosen = self.cleaned_data
        component = chosen["component"]
        return Selection.of(
            chosen["agreement"] or None,
            chosen["label"],
            [component] if component else (),
        )


class ReportForm(SelectionForm):
    """As it is filled in on the page of all reports."""

    period = forms.CharField(label=_("Period"), required=False, max_length=32)

    field_order = ["period"]

    def clean_period(self) -> Period:
        text: str = self.cleaned_data["period"]
        if not text:
            return last_month(datetime.now(UTC).date())
        with as_validation_error():
            return parse_period(text)


def last_month(today: date) -> Period:
    """Return the calendar month before that of the day."""
    return before(period_of("month", today))


def before(period: Period) -> Period:
    """Return the period of the same kind before a calendar month, week, quarter, year.

    Raises InvalidPeriod before the first year.
    """
    return period_of(period.kind, period.first - timedelta(days=1))


def after(period: Period) -> Period:
    """Return the period of the same kind after it. Raises InvalidPeriod."""
    return period_of(period.kind, period.after)


def address_of(period: str, selection: Selection) -> str:
    """Return the address of a report's page."""
    return reverse("otel_sla:report", args=[period]) + _query(selection)


def overview_of(period: str, selection: Selection) -> str:
    """Return the address of the page of all reports, its form filled in so."""
    return reverse("otel_sla:reports") + _query(selection, period=period, change="1")


def _query(selection: Selection, **more: str) -> str:
    chosen = [("agreement", selection.agreement)] if selection.agreement else []
    chosen += [("label", one) for one in selection.label]
    chosen += [("component", one) for one in selection.component]
    chosen += more.items()
    return f"?{urlencode(chosen)}" if chosen else ""
