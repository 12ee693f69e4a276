"""The form that takes a calendar, and carries it from its preview to its import."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..ical.imports import CalendarText, Options, UnusableCalendar, joined, texts_of
from ..ical.imports.options import DEFAULTS
from ..language import translated
from ..models import Override
from ..text import one_line
from .messages import MESSAGES

MAX_BYTES = 1_000_000
_OTHER_FIELDS = 10_000
"""Bytes of the form besides the calendar."""

_SALT = "otel_sla.calendar_upload"
_HOUR = 3_600
_SHOWN = 80


class CalendarUploadForm(forms.Form):
    """A calendar, and how to import it.

    After the upload the calendar is in a hidden field, signed and compressed, so that
    the server keeps no file and what is applied is what was shown.
    """

    calendar = forms.FileField(
        label=_("Calendar"),
        required=False,
        help_text=_("An iCalendar file (.ics) or a mail (.eml), up to 1 MB."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Override.Kind.choices,
        initial=Override.Kind.CLOSED,
        help_text=_("What the service window is during the events."),
    )
    horizon = forms.IntegerField(
        label=_("Days ahead"),
        min_value=1,
        max_value=3_650,
        initial=365,
        help_text=_("How far ahead repeating events are expanded."),
    )
    tentative = forms.BooleanField(
        required=False,
        initial=DEFAULTS.tentative == "import",
        label=_("Import tentative events"),
    )
    no_impact = forms.BooleanField(
        required=False,
        initial=DEFAULTS.no_impact == "import",
        label=_("Import maintenance without impact"),
    )
    free = forms.BooleanField(
        required=False,
        initial=DEFAULTS.free == "import",
        label=_("Import events that block nobody's time"),
    )
    own_zone = forms.BooleanField(
        required=False,
        label=_("Use the calendar's own time zone"),
        help_text=_("For times without a zone: X-WR-TIMEZONE, not the schedule's."),
    )
    prune = forms.BooleanField(
        required=False,
        label=_("Delete what is not in it"),
        help_text=_("Deletes imported overrides whose event is not in the calendar."),
    )

    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("calendar", "kind")}),
        (
            _("Advanced: days ahead, which events, time zone, deletion"),
            {
                "classes": ("collapse",),
                "fields": (
                    "horizon",
                    "tentative",
                    "no_impact",
                    "free",
                    "own_zone",
                    "prune",
                ),
            },
        ),
    )

    text: CalendarText
    name: str
    held: str = ""
    """The calendar, signed, for the hidden field."""

    def __init__(self, *args: Any, row: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What somebody else has uploaded, or onto another row, is not taken.
        self._salt = f"{_SALT} {row._meta.label} {row.pk} {user.pk}"

    @property
    def options(self) -> Options:
        """The choices about kinds of events, of a valid form."""
        chosen = self.cleaned_data
        return Options(
            tentative="import" if chosen["tentative"] else "skip",
            no_impact="import" if chosen["no_impact"] else "skip",
            free="import" if chosen["free"] else "skip",
            timezone="calendar" if chosen["own_zone"] else "schedule",
        )

    def clean_calendar(self) -> Any:
        """Read the calendar uploaded, or else that of the hidden field."""
        uploaded = self.cleaned_data["calendar"]
        if uploaded is None:
            self.name, content = self._carried()
        elif uploaded.size > MAX_BYTES:
            most = MAX_BYTES // 1_000_000
            raise ValidationError(
                gettext(MESSAGES["upload_too_large"]), params={"most": most}
            )
        else:
            self.name, content = one_line(uploaded.name)[:_SHOWN], uploaded.read()
        try:
            self.text = joined(texts_of(content, self.name))
        except UnusableCalendar as error:
            raise ValidationError(translated(error)) from error
        self.held = self.data.get("held", "") if uploaded is None else ""
        self.held = self.held or self._signed(content)
        return uploaded

    def _signed(self, content: bytes) -> str:
        carried = [self.name, content.decode("latin-1")]
        held = signing.dumps(carried, salt=self._salt, compress=True)
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if most is not None and len(held) > most - _OTHER_FIELDS:
            raise ValidationError(gettext(MESSAGES["upload_not_carried"]))
        return held

    def _carried(self) -> tuple[str, bytes]:
        held = self.data.get("held")
        if not held:
            raise ValidationError(gettext(MESSAGES["upload_missing"]))
        try:
            name, content = signing.loads(held, salt=self._salt, max_age=_HOUR)
        except signing.BadSignature:
            raise ValidationError(gettext(MESSAGES["upload_expired"])) from None
        return name, content.encode("latin-1")
