"""Notices: calendar messages about single occurrences of events."""

from django.db import models
from django.db.models import Q

from ..fields import NameField
from .components import Component
from .schedules import Schedule


class OccurrenceNotice(models.Model):
    """A message that cancelled or changed a single occurrence.

    The series may be imported later, or again. Without this row, that would restore a
    cancelled occurrence, and move a moved one back. `uid` is that of the occurrence's
    override, of the schedule or the component.
    """

    schedule = models.ForeignKey(
        Schedule, null=True, on_delete=models.CASCADE, related_name="+"
    )
    component = models.ForeignKey(
        Component, null=True, on_delete=models.CASCADE, related_name="+"
    )
    uid = NameField(max_length=255)
    sequence = models.BigIntegerField()
    cancelled = models.BooleanField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(schedule__isnull=True, component__isnull=False)
                | Q(schedule__isnull=False, component__isnull=True),
                name="otel_sla_notice_of_a_schedule_or_a_component",
            ),
            models.UniqueConstraint(
                fields=["schedule", "uid"], name="otel_sla_notice_once_per_schedule"
            ),
            models.UniqueConstraint(
                fields=["component", "uid"], name="otel_sla_notice_once_per_component"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uid}: {'cancelled' if self.cancelled else 'changed'}"
