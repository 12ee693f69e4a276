"""Overrides of schedules and components."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.db import models, router
from django.db.models import F, Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from .. import language
from .. import schedule as engine
from ..fields import CreationField, LocalDateTimeField, NameField
from ..language import Sentence
from ..schedule import notation
from ..schedule.attributes import OVERRIDE, columns
from .rows import check_definition, values
from .schedules import Schedule
from .wording import Check, labelled

_OPEN = gettext_noop("open %(start)s to %(end)s")
_CLOSED = gettext_noop("closed %(start)s to %(end)s")
DECISIVE = ("start", "end", "kind")
"""The fields of an override that decide what it opens or closes."""


@labelled(OVERRIDE)
class Override(models.Model):
    """A one-off closed or open interval, of a schedule or of one component."""

    class Kind(models.TextChoices):
        CLOSED = "closed", _("Closed")
        OPEN = "open", _("Open")

    COLUMNS = columns(OVERRIDE)

    schedule = models.ForeignKey(
        Schedule,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="overrides",
    )
    component = models.ForeignKey(
        "otel_sla.Component",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="overrides",
    )
    start = LocalDateTimeField()
    end = LocalDateTimeField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.CLOSED)
    reason = models.CharField(max_length=255, blank=True)
    uid = NameField(
        max_length=255, blank=True, default="", db_default="", editable=False
    )
    created = CreationField(null=True, editable=False)
    """Since when it is at this time and of this kind; None: from before migration
    0010."""

    class Meta:
        ordering = ["start", "id"]
        constraints = [
            Check(
                condition=Q(schedule__isnull=True, component__isnull=False)
                | Q(schedule__isnull=False, component__isnull=True),
                name="otel_sla_override_of_a_schedule_or_a_component",
                violation_error_code="not_one_owner",
            ),
            Check(
                condition=Q(end__gt=F("start")),
                name="otel_sla_override_end_after_start",
                violation_error_code="interval_end_not_after_start",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["closed", "open"]),
                name="otel_sla_override_kind_is_known",
            ),
        ]

    def __str__(self) -> str:
        try:
            start, end = map(_readable, (self.start, self.end))
        except AttributeError:
            start, end = str(self.start), str(self.end)
        words = gettext(self._template) % {"start": start, "end": end}
        return f"{words}: {self.reason}" if self.reason else words

    def save(self, **options: Any) -> None:
        """Save the row, as new if that changes whose it is, when it is, or its kind."""
        fields = options.get("update_fields")
        if self._differs(options.get("using"), fields):
            self.created = datetime.now(UTC)
            if fields is not None:
                options["update_fields"] = {*fields, "created"}
        super().save(**options)

    def clean(self) -> None:
        check_definition(self)

    def sentence(self) -> Sentence:
        """Return the same as a sentence, with ISO dates, that can be stored."""
        times = {
            "start": notation.readable(self.start),
            "end": notation.readable(self.end),
        }
        interval = Sentence(self._template, times)
        params = {"interval": interval, "reason": self.reason}
        return Sentence("%(interval)s: %(reason)s", params) if self.reason else interval

    @property
    def _template(self) -> str:
        return _OPEN if self.kind == self.Kind.OPEN else _CLOSED

    def _differs(self, alias: str | None, fields: Collection[str] | None) -> bool:
        """Return whether a decisive one of the fields differs from the stored row."""
        own: list[Any] = [
            self._meta.get_field(name) for name in ("schedule", "component", *DECISIVE)
        ]
        saved = [
            one for one in own if fields is None or {one.name, one.attname} & {*fields}
        ]
        if self.pk is None or not saved:
            return False
        rows = Override.objects.using(alias or router.db_for_write(Override))
        names = [one.attname for one in saved]
        stored = rows.filter(pk=self.pk).values_list(*names).first()
        return stored is not None and stored != tuple(
            one.to_python(getattr(self, one.attname)) for one in saved
        )

    def definition(self) -> engine.Override:
        """Return what is evaluated. Raises schedule.InvalidDefinition."""
        from ..schedule import from_text

        return from_text.override(values(self))


def _readable(reading: datetime) -> str:
    day, _, clock = notation.readable(reading).partition(" ")
    return f"{language.day(reading)} {clock}" if clock else day
