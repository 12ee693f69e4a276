"""What rows define, read from their columns."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.utils.translation import gettext

from ..forms import as_validation_error
from ..schedule import InvalidDefinition


def check_definition(row: Any) -> None:
    """Refuse values that can't be evaluated. Raises ValidationError."""
    try:
        values(row)
    except InvalidDefinition:
        # A field is missing or malformed, for which the form has an error already.
        return
    with as_validation_error():
        row.definition()


def values(row: Any) -> dict[str, Any]:
    """Return the columns as Python values, also of a row that is not saved yet.

    Raises schedule.InvalidDefinition for values of another type, which only rows
    written without validation have.
    """
    found = {}
    for name in row.COLUMNS:
        field: Any = row._meta.get_field(name)
        try:
            found[name] = field.to_python(getattr(row, name))
        except ValidationError as error:
            reason = " ".join(error.messages)
            raise InvalidDefinition(name, "unreadable", reason=reason) from error
        if found[name] is None and not field.null:
            raise InvalidDefinition(name, "missing")
    return found


def linked(row: Any, field: str) -> str:
    """Return the row that another refers to as text, also where there is none, as
    raw SQL may leave it."""
    try:
        return str(getattr(row, field))
    except ObjectDoesNotExist:
        return gettext("the missing %(key)s") % {"key": getattr(row, f"{field}_id")}
