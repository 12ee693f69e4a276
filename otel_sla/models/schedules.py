"""Schedules, with their rules and overrides."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Prefetch, Q

from .. import schedule as engine
from ..fields import (
    ClockField,
    DayField,
    LocalDateTimeField,
    MonthsField,
    NameField,
    NumbersField,
    WeekdaysField,
)
from ..forms import as_validation_error
from ..schedule import from_text, notation
from ..schedule.attributes import OVERRIDE, RULE, SCHEDULE, columns
from ..schedule.messages import MESSAGES
from ..schedule.rules import MAX_END_DAY, MAX_EVERY_WEEKS
from ..schedule.wording import format_rule
from ..validators import validate_calendar, validate_name, validate_timezone
from .wording import Check, labelled

NAME_LENGTH = 200


def name_field() -> models.CharField[str, str]:
    return NameField(max_length=NAME_LENGTH, unique=True, validators=[validate_name])


def _zone_field() -> models.CharField[str, str]:
    field: models.CharField[str, str] = models.CharField(
        max_length=64, default="UTC", validators=[validate_timezone]
    )
    # Not passed as error_messages, which a migration would record.
    field.error_messages["blank"] = MESSAGES["unknown_zone"] % {"name": ""}
    return field


@labelled(SCHEDULE)
class Schedule(models.Model):
    """The opening times of a service window, in one time zone."""

    name = name_field()
    timezone = _zone_field()
    always_open = models.BooleanField(default=False)
    holidays = models.CharField(
        max_length=32, blank=True, validators=[validate_calendar]
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
        """Return what is evaluated. Raises schedule.InvalidDefinition."""
        return from_text.schedule(
            self.timezone,
            self.always_open,
            self.holidays,
            [rule.definition() for rule in self.rules.all()],
            [override.definition() for override in self.overrides.all()],
            component_overrides,
        )


@labelled(RULE)
class Rule(models.Model):
    """Recurring windows, which start on matching days."""

    class Kind(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

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
        choices=[(n, str(n)) for n in range(1, 6)] + [(engine.LAST, "last")],
    )
    months = MonthsField(max_length=64, blank=True)
    days_of_month = NumbersField(max_length=255, blank=True)
    every_weeks = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_EVERY_WEEKS)],
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
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="otel_sla_rule_valid_to_not_before_valid_from",
                violation_error_code="validity_ends_before_start",
            ),
        ]

    def __str__(self) -> str:
        try:
            return format_rule(self.definition())
        except engine.InvalidDefinition:
            return f"{self.weekdays} {self.start}-{self.end}"

    def clean(self) -> None:
        _check_definition(self)

    def definition(self) -> engine.Rule:
        """Return what is evaluated. Raises schedule.InvalidDefinition."""
        return from_text.rule(_values(self))


@labelled(OVERRIDE)
class Override(models.Model):
    """A one-off closed or open interval, of a schedule or of one component."""

    class Kind(models.TextChoices):
        CLOSED = "closed"
        OPEN = "open"

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
            bounds = map(notation.format_reading, (self.start, self.end))
            start, end = (text.replace("T", " ") for text in bounds)
        except AttributeError:
            start, end = str(self.start), str(self.end)
        return f"{self.kind} {start} to {end}" + (
            f": {self.reason}" * bool(self.reason)
        )

    def clean(self) -> None:
        _check_definition(self)

    def definition(self) -> engine.Override:
        """Return what is evaluated. Raises schedule.InvalidDefinition."""
        return from_text.override(_values(self))


def _check_definition(row: Rule | Override) -> None:
    try:
        _values(row)
    except engine.InvalidDefinition:
        # A field is missing or malformed, for which the form has an error already.
        return
    with as_validation_error():
        row.definition()


def _values(row: Rule | Override) -> dict[str, Any]:
    """Return the columns as Python values, also of a row that is not saved yet.

    Raises schedule.InvalidDefinition for values of another type, which only rows
    written without validation have.
    """
    values = {}
    for name in row.COLUMNS:
        field: Any = row._meta.get_field(name)
        try:
            values[name] = field.to_python(getattr(row, name))
        except ValidationError as error:
            reason = " ".join(error.messages)
            raise engine.InvalidDefinition(name, "unreadable", reason=reason) from error
        if values[name] is None and not field.null:
            raise engine.InvalidDefinition(name, "missing")
    return values


def rows_of_schedules(path: str, alias: str) -> tuple[Prefetch[Any], Prefetch[Any]]:
    """Return prefetches of the rules and overrides of the schedules at the path.

    They read that database, where a site's routers might choose another one.
    """
    return (
        Prefetch(f"{path}rules", Rule.objects.using(alias)),
        Prefetch(f"{path}overrides", Override.objects.using(alias)),
    )
