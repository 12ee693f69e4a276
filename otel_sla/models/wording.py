"""Labels of the models' fields, and messages of their constraints.

They are not part of migrations, and can be changed without one.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import models

from ..schedule.attributes import Table
from ..schedule.messages import MESSAGES

Model = TypeVar("Model", bound=models.Model)

CONSTRAINT_MESSAGES = {
    "end_not_after_start": "The end must be after the start. Give an end day if the "
    "window ends on a later day.",
    "anchor_missing": MESSAGES["anchor_missing"],
    "first_day_missing": MESSAGES["first_day_missing"],
    "validity_ends_before_start": "valid_to is before valid_from. Use the same date or "
    "a later one.",
    "not_one_owner": "An override belongs to a schedule or to a component. Give "
    "exactly one of the two.",
    "interval_end_not_after_start": "The end must be after the start.",
    "not_one_excluded": "An exclusion applies to a component or an agreement. "
    "Choose exactly one of the two.",
    "target_out_of_range": "The target must be a percentage above 0 and at most 100.",
}


class Check(models.CheckConstraint):
    """A check whose message is that of its violation_error_code."""

    def get_violation_error_message(self) -> str:
        return CONSTRAINT_MESSAGES[str(self.violation_error_code)]

    def deconstruct(self) -> Any:
        """Return what a plain CheckConstraint would."""
        _, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs


def labelled(table: Table) -> Callable[[type[Model]], type[Model]]:
    """Label the fields of a model as the table does.

    This is done after the fields are made, whose arguments go into migrations.
    """

    def label(model: type[Model]) -> type[Model]:
        for attribute in table:
            field: Any = model._meta.get_field(attribute.name)
            field.verbose_name = attribute.label
        return model

    return label
