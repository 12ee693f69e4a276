"""Statements: what imported calendars said last of events and of their occurrences."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ..fields import MomentField, NameField
from .components import Component
from .schedules import Schedule
from .wording import labelled


@labelled()
class CalendarStatement(models.Model):
    """The newest statement about an event, or about one occurrence of it.

    Imported overrides follow from these rows, whatever order they came in. Without
    them, an older file or message would undo what a newer one has changed.

    uid: the event's, as its overrides have it. occurrence: empty for the event itself.
    series_sequence, series_stamp: the revision of the series that an occurrence came
    with, if they came together. kind: that of the overrides; empty if the import was
    told to make none. content: a calendar of the event alone; empty in rows that were
    made before migration 0009.
    """

    schedule = models.ForeignKey(
        Schedule, null=True, on_delete=models.CASCADE, related_name="+"
    )
    component = models.ForeignKey(
        Component, null=True, on_delete=models.CASCADE, related_name="+"
    )
    uid = NameField(max_length=255)
    occurrence = models.CharField(max_length=32, blank=True, default="")
    sequence = models.BigIntegerField()
    stamp = MomentField(null=True)
    series_sequence = models.BigIntegerField(null=True)
    series_stamp = MomentField(null=True)
    cancelled = models.BooleanField()
    kind = models.CharField(max_length=8, blank=True, default="closed")
    content = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(schedule__isnull=True, component__isnull=False)
                | Q(schedule__isnull=False, component__isnull=True),
                name="otel_sla_statement_of_a_schedule_or_a_component",
            ),
            models.UniqueConstraint(
                fields=["schedule", "uid", "occurrence"],
                name="otel_sla_statement_once_per_schedule",
            ),
            models.UniqueConstraint(
                fields=["component", "uid", "occurrence"],
                name="otel_sla_statement_once_per_component",
            ),
        ]

    def __str__(self) -> str:
        occurrence = f"#{self.occurrence}" if self.occurrence else ""
        if self.cancelled:
            said = gettext("cancelled")
        else:
            said = gettext(self.kind or "left out")
        return f"{self.uid}{occurrence}: {said}"
