"""What a schedule is made of: calendars, and other schedules."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext

from .calendars import HolidayCalendar
from .rows import linked
from .schedules import Schedule
from .wording import labelled


@labelled()
class ScheduleCalendar(models.Model):
    """A calendar among the holidays of a schedule."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="+")
    calendar = models.ForeignKey(
        HolidayCalendar, on_delete=models.RESTRICT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "calendar"],
                name="otel_sla_calendar_of_a_schedule_once",
            )
        ]

    def __str__(self) -> str:
        return gettext("%(schedule)s has the holidays of %(calendar)s") % {
            "schedule": linked(self, "schedule"),
            "calendar": linked(self, "calendar"),
        }


@labelled()
class ScheduleInclusion(models.Model):
    """A schedule that another includes."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="+")
    included = models.ForeignKey(Schedule, on_delete=models.RESTRICT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "included"], name="otel_sla_schedule_included_once"
            )
        ]

    def __str__(self) -> str:
        return gettext("%(name)s includes %(other)s") % {
            "name": linked(self, "schedule"),
            "other": linked(self, "included"),
        }


@labelled()
class ScheduleExclusion(models.Model):
    """A schedule that another excludes."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="+")
    excluded = models.ForeignKey(Schedule, on_delete=models.RESTRICT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "excluded"], name="otel_sla_schedule_excluded_once"
            )
        ]

    def __str__(self) -> str:
        return gettext("%(name)s excludes %(other)s") % {
            "name": linked(self, "schedule"),
            "other": linked(self, "excluded"),
        }
