"""Holiday calendars that operators edit, with their days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.dates import MONTHS
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..fields import CodesField, DayOfYearField, HoursField
from ..schedule import InvalidDefinition
from ..schedule.attributes import columns
from ..schedule.calendar_attributes import CALENDAR, CALENDAR_DAY
from ..schedule.notation import WEEKDAYS
from ..schedule.rules import LAST
from ..validators import (
    validate_calendar,
    validate_calendar_name,
    validate_name,
    validate_text,
)
from .names import name_field
from .rows import check_definition, linked, values
from .wording import labelled

if TYPE_CHECKING:
    from ..schedule import calendars as engine

CODES_LENGTH = 1_000
"""Characters of the codes that a schedule or a calendar includes."""


@labelled(CALENDAR)
class HolidayCalendar(models.Model):
    """Holidays and special days: of public calendars, of others, and of its own."""

    name = name_field(validate_calendar_name)
    include = CodesField(
        max_length=CODES_LENGTH, blank=True, validators=[validate_calendar]
    )
    calendars = models.ManyToManyField(
        "self",
        through="CalendarInclusion",
        through_fields=("calendar", "included"),
        symmetrical=False,
        related_name="included_by",
        blank=True,
    )
    without = models.TextField(blank=True, validators=[validate_text])

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""), name="otel_sla_calendar_has_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


@labelled()
class CalendarInclusion(models.Model):
    """A calendar that another includes."""

    calendar = models.ForeignKey(
        HolidayCalendar, on_delete=models.CASCADE, related_name="+"
    )
    included = models.ForeignKey(
        HolidayCalendar, on_delete=models.RESTRICT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "included"], name="otel_sla_calendar_included_once"
            )
        ]

    def __str__(self) -> str:
        return gettext("%(name)s includes %(other)s") % {
            "name": linked(self, "calendar"),
            "other": linked(self, "included"),
        }


@labelled(CALENDAR_DAY)
class CalendarDay(models.Model):
    """A day of a calendar, once or every year: a holiday, or one with its own hours."""

    class Observed(models.TextChoices):
        NONE = "none", pgettext_lazy("observed", "None")
        NEAREST_WEEKDAY = "nearest_weekday", _("Nearest Weekday")
        NEXT_MONDAY = "next_monday", _("Next Monday")

    COLUMNS = columns(CALENDAR_DAY)

    calendar = models.ForeignKey(
        HolidayCalendar, on_delete=models.CASCADE, related_name="days"
    )
    name = models.CharField(max_length=255, validators=[validate_name])
    date = DayOfYearField(max_length=10, blank=True)
    start = DayOfYearField(max_length=10, blank=True)
    end = DayOfYearField(max_length=10, blank=True)
    nth = models.SmallIntegerField(
        null=True,
        blank=True,
        choices=[(n, str(n)) for n in range(1, 6)]
        + [(LAST, pgettext_lazy("nth weekday", "last"))],
    )
    weekday = models.CharField(
        max_length=3,
        blank=True,
        choices=[(day, _(day)) for day in WEEKDAYS],
    )
    month = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        choices=list(MONTHS.items()),
    )
    easter = models.SmallIntegerField(null=True, blank=True)
    orthodox = models.BooleanField(default=False, db_default=False)
    first_year = models.PositiveSmallIntegerField(null=True, blank=True)
    last_year = models.PositiveSmallIntegerField(null=True, blank=True)
    observed = models.CharField(
        max_length=16,
        choices=Observed.choices,
        default=Observed.NONE,
        db_default=Observed.NONE,
    )
    hours = HoursField(max_length=255, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""), name="otel_sla_calendar_day_has_a_name"
            )
        ]

    def __str__(self) -> str:
        from ..schedule.wording import format_day

        try:
            return format_day(self.definition())
        except InvalidDefinition:
            return self.name

    def clean(self) -> None:
        check_definition(self)

    def definition(self) -> engine.CalendarDay:
        """Return what is evaluated. Raises schedule.InvalidDefinition."""
        from ..schedule import from_text

        return from_text.calendar_day(values(self))
