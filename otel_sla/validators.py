"""What the models' texts may be, as Django validators: forms show their messages.

Each code is its own: a form replaces the message of a code such as "invalid" by
that of its field.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from .calendars import UnknownCalendar, check_code
from .labels import InvalidLabels, check_labels, is_text
from .zones import UnknownZone, zone


def validate_name(name: str) -> None:
    """Refuse a name that can't be a label value everywhere, or can't be seen."""
    if not is_text(name) or not name.isprintable() or name != name.strip():
        raise ValidationError(
            "A name is printable text without spaces around it.", code="unusable_name"
        )


def validate_timezone(name: str) -> None:
    """Refuse what is no IANA time zone."""
    try:
        zone(name)
    except UnknownZone as error:
        raise ValidationError(str(error), code="unknown_zone") from error


def validate_calendar(code: str) -> None:
    """Refuse what is no holiday calendar, or lacks its subdivision."""
    try:
        check_code(code)
    except UnknownCalendar as error:
        raise ValidationError(str(error), code="unknown_calendar") from error


def validate_labels(labels: Any) -> None:
    """Refuse labels that can't be exposed."""
    try:
        check_labels(labels)
    except InvalidLabels as error:
        raise ValidationError(str(error), code="unusable_labels") from error
