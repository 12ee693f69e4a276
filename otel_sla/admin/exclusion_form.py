"""The form of an exclusion: times of the zone of its component's schedule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..models import Agreement, Component, Exclusion
from ..models.wording import CONSTRAINT_MESSAGES
from ..schedule.attributes import EXCLUSION, columns
from .forms import help_texts
from .known_choices import is_key
from .zoned_moments import ZonedMomentField

_HELP = help_texts(EXCLUSION)
_ANY_ZONE = _(
    "In the time zone of the schedule of the component or agreement, or with an offset "
    "from UTC: 2026-12-24 12:00+01:00."
)
_OWN_ZONE = _("In %(zone)s, or with an offset from UTC: 2026-12-24 12:00+01:00.")


class ExclusionForm(forms.ModelForm):
    """An exclusion. The same date in both times, without a time, is the whole day."""

    start = ZonedMomentField(label=pgettext_lazy("time", "From"))
    end = ZonedMomentField(label=pgettext_lazy("time", "To"))

    class Meta:
        model = Exclusion
        fields = columns(EXCLUSION)
        help_texts = _HELP

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the time zone in the help of the times, if it is known."""
        from ..reports.wording import zone_named

        super().__init__(*args, **kwargs)
        owner = self._owner()
        self.zone_name = _zone_name(owner) if owner else ""
        # The admin takes help texts for HTML.
        zone = escape(self.zone_name)
        said = _OWN_ZONE % {"zone": zone} if owner else _ANY_ZONE
        for name, more in (("start", ""), ("end", f" {_HELP['end']}")):
            field: Any = self.fields[name]
            field.help_text = f"{said}{more}"
            field.zone = zone_named(self.zone_name or "UTC")

    def clean(self) -> dict[str, Any]:
        """Turn the times into moments."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        start = self._moment("start", None)
        end = self._moment("end", start)
        if start and end and end <= start:
            code = "interval_end_not_after_start"
            self.add_error(
                "end", forms.ValidationError(CONSTRAINT_MESSAGES[code], code=code)
            )
        return cleaned

    def _moment(self, name: str, since: datetime | None) -> datetime | None:
        text = self.cleaned_data.get(name)
        if not isinstance(text, str):
            return None
        field: Any = self.fields[name]
        try:
            moment: datetime = field.moment(text, since)
        except forms.ValidationError as error:
            self.add_error(name, error)
            return None
        self.cleaned_data[name] = moment
        return moment

    def _owner(self) -> Component | Agreement | None:
        """Return the chosen component or agreement, from the form or the saved row."""
        chosen: tuple[tuple[str, type[Component] | type[Agreement], str], ...] = (
            ("component", Component, "agreement__schedule"),
            ("agreement", Agreement, "schedule"),
        )
        for name, model, linked in chosen:
            if self.is_bound:
                key: Any = self.data.get(self.add_prefix(name))
            else:
                key = self.initial.get(name)
            if is_key(getattr(key, "pk", key)):
                rows = model._default_manager.select_related(linked)
                found: Any = rows.filter(pk=getattr(key, "pk", key)).first()
                if found:
                    return found  # type: ignore[no-any-return]
        return None


def _zone_name(owner: Component | Agreement) -> str:
    agreement = owner.agreement if isinstance(owner, Component) else owner
    return str(agreement.schedule.timezone)
