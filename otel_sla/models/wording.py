"""Names of the models and of their fields, and messages of their constraints.

They are not part of migrations, and can be changed without one.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ..schedule.attributes import Table
from ..schedule.messages import MESSAGES

Model = TypeVar("Model", bound=models.Model)

NAMES = (
    # Of models, as Django derives them.
    gettext_noop("agreement"),
    gettext_noop("agreements"),
    gettext_noop("calendar day"),
    gettext_noop("calendar days"),
    gettext_noop("calendar inclusion"),
    gettext_noop("calendar inclusions"),
    gettext_noop("calendar statement"),
    gettext_noop("calendar statements"),
    gettext_noop("component"),
    gettext_noop("components"),
    gettext_noop("exclusion"),
    gettext_noop("exclusions"),
    gettext_noop("feed token"),
    gettext_noop("feed tokens"),
    gettext_noop("holiday calendar"),
    gettext_noop("holiday calendars"),
    gettext_noop("issued report"),
    gettext_noop("issued reports"),
    gettext_noop("lease"),
    gettext_noop("leases"),
    gettext_noop("measurement"),
    gettext_noop("measurements"),
    gettext_noop("override"),
    gettext_noop("overrides"),
    gettext_noop("revision"),
    gettext_noop("revisions"),
    gettext_noop("rule"),
    gettext_noop("rules"),
    gettext_noop("schedule"),
    gettext_noop("schedules"),
    gettext_noop("schedule calendar"),
    gettext_noop("schedule calendars"),
    gettext_noop("schedule exclusion"),
    gettext_noop("schedule exclusions"),
    gettext_noop("schedule inclusion"),
    gettext_noop("schedule inclusions"),
    # Of fields that no table of attributes has.
    gettext_noop("agreement name"),
    gettext_noop("calendar"),
    gettext_noop("calendars"),
    gettext_noop("cancelled"),
    gettext_noop("changed"),
    gettext_noop("component name"),
    gettext_noop("content"),
    gettext_noop("created"),
    gettext_noop("created by"),
    gettext_noop("differences"),
    gettext_noop("digest"),
    gettext_noop("document"),
    gettext_noop("excluded"),
    gettext_noop("expires"),
    gettext_noop("holder"),
    gettext_noop("included"),
    gettext_noop("issued"),
    gettext_noop("issued by"),
    gettext_noop("last used"),
    gettext_noop("occurrence"),
    gettext_noop("revoked"),
    gettext_noop("selection"),
    gettext_noop("sequence"),
    gettext_noop("series sequence"),
    gettext_noop("series stamp"),
    gettext_noop("source"),
    gettext_noop("stamp"),
    gettext_noop("subject"),
    gettext_noop("supersedes"),
)

CONSTRAINT_MESSAGES = {
    "end_not_after_start": _(
        "The end must be after the start. Give an end day if the window ends on a "
        "later day."
    ),
    "anchor_missing": _(MESSAGES["anchor_missing"]),
    "first_day_missing": _(MESSAGES["first_day_missing"]),
    "validity_ends_before_start": _(
        "valid_to is before valid_from. Use the same date or a later one."
    ),
    "not_one_owner": _(
        "An override belongs to a schedule or to a component. Give exactly one of the "
        "two."
    ),
    "interval_end_not_after_start": _("The end must be after the start."),
    "not_one_excluded": _(
        "An exclusion applies to a component or an agreement. Choose exactly one of "
        "the two."
    ),
    "target_out_of_range": _(
        "The target must be a percentage above 0 and at most 100."
    ),
}


class Check(models.CheckConstraint):
    """A check whose message is that of its violation_error_code."""

    def get_violation_error_message(self) -> str:
        return str(CONSTRAINT_MESSAGES[str(self.violation_error_code)])

    def deconstruct(self) -> Any:
        """Return what a plain CheckConstraint would."""
        _, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs


def labelled(table: Table = ()) -> Callable[[type[Model]], type[Model]]:
    """Label the fields of a model as the table does, and translate all its names.

    This is done after the model is made, whose arguments go into migrations.
    """

    def label(model: type[Model]) -> type[Model]:
        meta: Any = model._meta
        labels = {attribute.name: attribute.label for attribute in table}
        for field in (*meta.local_fields, *meta.local_many_to_many):
            field.verbose_name = _(labels.get(field.name, field.verbose_name))
        meta.verbose_name = _(meta.verbose_name)
        meta.verbose_name_plural = _(meta.verbose_name_plural)
        return model

    return label
