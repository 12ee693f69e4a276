"""Schedules, with their rules."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, router
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .. import schedule as engine
from ..fields import (
    ClockField,
    CodesField,
    DayField,
    MonthsField,
    NumbersField,
    WeekdaysField,
)
from ..language import Sentence
from ..schedule.attributes import RULE, SCHEDULE, columns
from ..schedule.messages import MESSAGES
from ..schedule.rules import MAX_END_DAY, MAX_EVERY_DAYS, MAX_EVERY_WEEKS
from ..validators import validate_calendar, validate_timezone
from .calendars import CODES_LENGTH, HolidayCalendar
from .names import name_field
from .rows import check_definition, values
from .wording import Check, labelled


def _zone_field() -> models.CharField[str, str]:
    field: models.CharField[str, str] = models.CharField(
        max_length=64, default="UTC", validators=[validate_timezone]
    )
    # Not passed as error_messages, which a migration would record.
    field.error_messages["blank"] = Sentence(MESSAGES["unknown_zone"], {"name": ""})
    return field


@labelled(SCHEDULE)
class Schedule(models.Model):
    """The opening times of a service window, in one time zone."""

    name = name_field()
    timezone = _zone_field()
    always_open = models.BooleanField(default=False)
    holidays = CodesField(
        max_length=CODES_LENGTH, blank=True, validators=[validate_calendar]
    )
    calendars = models.ManyToManyField(
        HolidayCalendar,
        through="ScheduleCalendar",
        related_name="schedules",
        blank=True,
    )
    includes = models.ManyToManyField(
        "self",
        through="ScheduleInclusion",
        through_fields=("schedule", "included"),
        symmetrical=False,
        related_name="included_by",
        blank=True,
    )
    excludes = models.ManyToManyField(
        "self",
        through="ScheduleExclusion",
        through_fields=("schedule", "excluded"),
        symmetrical=False,
        related_name="excluded_by",
        blank=True,
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""), name="otel_sla_schedule_has_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def definition(self, *component_overrides: engine.Override) -> engine.Schedule:
        """Return what is evaluated, of what is stored.

        Raises schedule.InvalidDefinition.
        """
        # Not at the top: the module reads these models.
        from .definitions import definitions

        alias = self._state.db or router.db_for_read(Schedule)
        return definitions(alias, [self.pk]).schedule(self.pk, component_overrides)


@labelled(RULE)
class Rule(models.Model):
    """Recurring windows, which start on matching days."""

    class Kind(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    COLUMNS = columns(RULE)

    schedule = models.ForeignKey(
        Schedule, on_delete=models.CASCADE, related_name="rules"
    )
    weekdays = WeekdaysField(max_length=64, default="mon-fri")
    start = ClockField()
    end = ClockField()
    kind = models.CharField(
        max_length=8, choices=Kind.choices, default=Kind.OPEN, db_default=Kind.OPEN
    )
    end_day = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MAX_END_DAY)]
    )
    nth = models.SmallIntegerField(
        null=True,
        blank=True,
        choices=[(n, str(n)) for n in range(1, 6)]
        + [(engine.LAST, pgettext_lazy("nth weekday", "last"))],
    )
    months = MonthsField(max_length=64, blank=True)
    days_of_month = NumbersField(max_length=255, blank=True)
    every_weeks = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_EVERY_WEEKS)],
    )
    every_days = models.PositiveSmallIntegerField(
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_EVERY_DAYS)],
    )
    anchor = DayField(null=True, blank=True)
    valid_from = DayField(null=True, blank=True)
    valid_to = DayField(null=True, blank=True)
    on_holidays = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(weekdays=""), name="otel_sla_rule_has_a_weekday"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["open", "closed"]),
                name="otel_sla_rule_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(end_day__isnull=True) | Q(end_day__lte=MAX_END_DAY),
                name="otel_sla_rule_end_day_within_a_week",
            ),
            Check(
                condition=Q(end_day__isnull=False, end_day__gt=0)
                | Q(end__gt=F("start"))
                | (Q(end_day__isnull=True) & Q(end__lt=F("start"))),
                name="otel_sla_rule_end_after_start",
                violation_error_code="end_not_after_start",
            ),
            models.CheckConstraint(
                condition=Q(nth__isnull=True) | Q(nth__in=[1, 2, 3, 4, 5, engine.LAST]),
                name="otel_sla_rule_nth_is_known",
            ),
            Check(
                condition=Q(every_weeks__gte=1, every_weeks__lte=MAX_EVERY_WEEKS)
                & (Q(every_weeks=1) | Q(anchor__isnull=False)),
                name="otel_sla_rule_every_weeks_has_its_anchor",
                violation_error_code="anchor_missing",
            ),
            Check(
                condition=Q(every_days=1)
                | Q(
                    every_days__gt=1,
                    every_days__lte=MAX_EVERY_DAYS,
                    every_weeks=1,
                    anchor__isnull=False,
                ),
                name="otel_sla_rule_every_days_has_its_anchor",
                violation_error_code="first_day_missing",
            ),
            Check(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="otel_sla_rule_valid_to_not_before_valid_from",
                violation_error_code="validity_ends_before_start",
            ),
        ]

    def __str__(self) -> str:
        from ..schedule.wording import format_rule

        try:
            return format_rule(self.definition())
        except engine.InvalidDefinition:
            return f"{self.weekdays} {self.start}-{self.end}"

    def clean(self) -> None:
        check_definition(self)

    def definition(self) -> engine.Rule:
        """Return what is evaluated. Raises schedule.InvalidDefinition."""
        from ..schedule import from_text

        return from_text.rule(values(self))
