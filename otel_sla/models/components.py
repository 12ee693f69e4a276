"""Agreements, and the components that are under one."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Prefetch, Q
from django.utils.translation import gettext_lazy as _

from ..fields import PercentageField
from ..forms import as_validation_error
from ..labels import check_labels
from ..schedule.attributes import AGREEMENT, COMPONENT
from .names import name_field
from .overrides import Override
from .schedules import Schedule
from .wording import Check, labelled

if TYPE_CHECKING:
    from .. import schedule as engine
    from ..schedule.definitions import Definitions


@labelled(AGREEMENT)
class Agreement(models.Model):
    """A service level agreement: a schedule, and the availability promised in it."""

    class Period(models.TextChoices):
        MONTH = "month", _("calendar month")
        WEEK = "week", _("calendar week")
        DAYS_7 = "7d", _("rolling 7 days")
        DAYS_30 = "30d", _("rolling 30 days")
        DAYS_90 = "90d", _("rolling 90 days")

    class Unknown(models.TextChoices):
        EXCLUDE = "exclude", _("left out")
        UP = "up", _("counts as up")
        DOWN = "down", _("counts as down")

    name = name_field()
    schedule = models.ForeignKey(
        Schedule, on_delete=models.PROTECT, related_name="agreements"
    )
    target = PercentageField(
        max_digits=7,
        decimal_places=4,
        validators=[MinValueValidator(Decimal("0.0001")), MaxValueValidator(100)],
    )
    period = models.CharField(
        max_length=8, choices=Period.choices, default=Period.MONTH
    )
    unknown = models.CharField(
        max_length=8,
        choices=Unknown.choices,
        default=Unknown.EXCLUDE,
        db_default=Unknown.EXCLUDE,
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""), name="otel_sla_agreement_has_a_name"
            ),
            Check(
                condition=Q(target__gt=0, target__lte=100),
                name="otel_sla_agreement_target_is_a_percentage",
                violation_error_code="target_out_of_range",
            ),
            models.CheckConstraint(
                condition=Q(period__in=["month", "week", "7d", "30d", "90d"]),
                name="otel_sla_agreement_period_is_known",
            ),
            models.CheckConstraint(
                condition=Q(unknown__in=["exclude", "up", "down"]),
                name="otel_sla_agreement_unknown_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ComponentQuerySet(models.QuerySet["Component"]):
    """Reading components."""

    _is_whole = False
    """Whether the definitions are read as well, once for all components."""
    _is_defined = False
    """Whether they have been, for the components that have been fetched."""

    def enabled(self) -> ComponentQuerySet:
        """Filter components that are reported on."""
        return self.filter(enabled=True)

    def with_schedules(self) -> ComponentQuerySet:
        """Fetch all that state() needs, in a constant number of queries."""
        alias = self.db
        whole = (
            self.using(alias)
            .select_related("agreement__schedule")
            .prefetch_related(Prefetch("overrides", Override.objects.using(alias)))
        )
        whole._is_whole = True
        return whole

    def _clone(self) -> ComponentQuerySet:
        clone: ComponentQuerySet = super()._clone()  # type: ignore[misc]
        clone._is_whole = self._is_whole
        return clone

    def _fetch_all(self) -> None:
        super()._fetch_all()
        if self._is_whole and not self._is_defined:
            from .definitions import definitions

            self._is_defined = True
            stored = definitions(self.db)
            for component in self:
                component._definitions = stored


@labelled(COMPONENT)
class Component(models.Model):
    """Something whose availability is promised within its service window."""

    name = name_field()
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="components"
    )
    labels = models.JSONField(default=dict, blank=True)
    enabled = models.BooleanField(default=True)

    objects = ComponentQuerySet.as_manager()
    _definitions: Definitions | None = None

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""), name="otel_sla_component_has_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Validate the labels. None or "", from an emptied form field, becomes {}.

        Django does not validate blank values, and takes an empty list for one.
        """
        if self.labels in (None, ""):
            self.labels = {}
        with as_validation_error("labels"):
            check_labels(self.labels)

    def get_labels(self) -> dict[str, str]:
        """Return the component's own labels, without its name."""
        return dict(self.labels)

    def definition(self) -> engine.Schedule:
        """Return the schedule with this component's overrides on top of it.

        Raises schedule.InvalidDefinition.
        """
        own = [override.definition() for override in self.overrides.all()]
        if self._definitions:
            layers = [own] if own else []
            return self._definitions.schedule(self.agreement.schedule_id, *layers)
        return self.agreement.schedule.definition(*own)

    def state(self, moment: datetime) -> engine.State:
        """Return in_window and the boundaries around an aware moment, in seconds."""
        if moment.tzinfo is None:
            raise ValueError(
                f"{moment!r} is naive: give an aware moment, such as datetime.now(UTC)"
            )
        return self.definition().state(int(moment.timestamp() // 1))

    def in_window(self, moment: datetime) -> bool:
        """Return whether the service window is open at the aware moment."""
        return self.state(moment).in_window

    def get_last_start_time(self, moment: datetime) -> datetime | None:
        """Return when the window last started, at the moment or before; UTC."""
        return _instant(self.state(moment).last_start)

    def get_last_end_time(self, moment: datetime) -> datetime | None:
        """Return when the window last ended, at the moment or before; UTC."""
        return _instant(self.state(moment).last_end)

    def get_next_start_time(self, moment: datetime) -> datetime | None:
        """Return when the window next starts, after the moment; UTC."""
        return _instant(self.state(moment).next_start)

    def get_next_end_time(self, moment: datetime) -> datetime | None:
        """Return when the window next ends, after the moment; UTC."""
        return _instant(self.state(moment).next_end)


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
