"""What SLA reports are made of besides schedules: exclusions, measurements, and the
reports that were issued."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext

from ..fields import CreationField, ExactTextField, MomentField, NameField
from ..language import day_and_time
from ..schedule.attributes import EXCLUSION
from ..validators import validate_text
from .components import Agreement, Component
from .names import NAME_LENGTH
from .selections import selection_in_words
from .wording import CONSTRAINT_MESSAGES, Check, labelled

USER_NAME = 150
"""Characters of the name of who has created or issued a row."""


@labelled(EXCLUSION)
class Exclusion(models.Model):
    """Downtime that does not count, of a component or of all under an agreement.

    The names stay when the component or the agreement is deleted.
    """

    component = models.ForeignKey(
        Component,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="exclusions",
    )
    agreement = models.ForeignKey(
        Agreement,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="exclusions",
    )
    component_name = NameField(
        max_length=NAME_LENGTH, blank=True, default="", editable=False
    )
    agreement_name = NameField(
        max_length=NAME_LENGTH, blank=True, default="", editable=False
    )
    start = MomentField()
    end = MomentField()
    reason = models.CharField(max_length=255, validators=[validate_text])
    approved_by = models.CharField(
        max_length=NAME_LENGTH, blank=True, default="", validators=[validate_text]
    )
    created = CreationField(editable=False)
    created_by = models.CharField(
        max_length=USER_NAME, blank=True, default="", editable=False
    )

    class Meta:
        ordering = ["-start", "-id"]
        default_permissions = ()
        permissions = [
            ("view_exclusion", "Can see excluded downtime"),
            ("add_exclusion", "Can exclude downtime"),
            ("change_exclusion", "Can change excluded downtime"),
            ("delete_exclusion", "Can count excluded downtime again"),
        ]
        constraints = [
            Check(
                condition=(~Q(component_name="") & Q(agreement_name="", agreement=None))
                | (Q(component_name="", component=None) & ~Q(agreement_name="")),
                name="otel_sla_exclusion_of_a_component_or_an_agreement",
                violation_error_code="not_one_excluded",
            ),
            Check(
                condition=Q(end__gt=F("start")),
                name="otel_sla_exclusion_end_after_start",
                violation_error_code="interval_end_not_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="otel_sla_exclusion_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        is_one_day = self.start.date() == self.end.date()
        times = {
            "owner": self.owner,
            "start": day_and_time(self.start),
            "end": f"{self.end:%H:%M}" if is_one_day else day_and_time(self.end),
            "reason": self.reason,
        }
        return gettext("%(owner)s %(start)s to %(end)s UTC: %(reason)s") % times

    def save(self, **options: Any) -> None:
        if self._keep_names() and options.get("update_fields") is not None:
            names = {"component_name", "agreement_name"}
            options["update_fields"] = {*options["update_fields"], *names}
        super().save(**options)

    @property
    def owner(self) -> str:
        """The present name of the component or agreement, or else the last known."""
        linked = self.component or self.agreement
        return linked.name if linked else self.component_name or self.agreement_name

    def clean(self) -> None:
        """Refuse a row with neither owner, or with both. Raises ValidationError."""
        self._keep_names()
        if (self.component and self.agreement) or not self.owner:
            code, field = "not_one_excluded", "agreement" if self.owner else "component"
            refusal = ValidationError(CONSTRAINT_MESSAGES[code], code=code)
            raise ValidationError({field: refusal})

    def _keep_names(self) -> bool:
        """Copy the name of the component or agreement, which outlives it."""
        if not (self.component or self.agreement):
            return False
        self.component_name = self.component.name if self.component else ""
        self.agreement_name = self.agreement.name if self.agreement else ""
        return True


@labelled()
class IssuedReport(models.Model):
    """A report as it was issued, which nothing changes any more.

    `selection` says of which components it is, in one way of writing each. `digest` is
    the SHA-256 of the document's canonical JSON. `differences` are sentences on what
    differs from the report that it supersedes.
    """

    period = models.CharField(max_length=32)
    selection = ExactTextField(blank=True, default="")
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    issued = MomentField()
    issued_by = models.CharField(max_length=USER_NAME, blank=True, default="")
    supersedes = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="superseded_by",
    )
    differences = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-issued", "-id"]
        default_permissions = ()
        permissions = [
            ("view_issuedreport", "Can see SLA reports"),
            ("add_issuedreport", "Can issue SLA reports"),
        ]

    def __str__(self) -> str:
        return f"{self.period}, {selection_in_words(self.selection)}"

    def save(self, **options: Any) -> None:
        """Create the row. Raises ValueError where it exists already."""
        if not self._state.adding:
            raise ValueError("An issued report never changes. Issue another one.")
        super().save(**{**options, "force_insert": True})


@labelled()
class Measurement(models.Model):
    """What a source has said of a component in a span of time that is final.

    `start` and `end` are Unix seconds. `source` is the digest of what the content
    depends on: the address, the expression and the interval.
    """

    component = NameField(max_length=NAME_LENGTH)
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    source = models.CharField(max_length=64)
    content = models.JSONField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["source", "component", "start", "end"],
                name="otel_sla_measured_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.start} to {self.end}"
