"""What the models' texts may be, as Django validators: forms show their messages.

Each code is its own: a form replaces the message of a code such as "invalid" by
that of its field.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError

from .labels import InvalidLabels, check_labels
from .schedule.holidays import UnknownCalendar, check_code
from .schedule.timezones import UnknownZone, zone
from .text import JOINERS, is_text


def validate_name(name: str) -> None:
    """Refuse a name that can't be a label value everywhere, or can't be seen.

    A joiner is seen by what it joins, which is never ASCII.
    """
    message = "A name is printable text without spaces around it"
    if name != name.strip() or name != name.strip(JOINERS):
        raise ValidationError(f"{message}.", code="unusable_name")
    for at, one in enumerate(name):
        if not one.isprintable() and not _joins(name, at):
            what = unicodedata.name(one, "a character that does not print")
            raise ValidationError(
                f"{message}; this one holds U+{ord(one):04X}, {what}.",
                code="unusable_name",
            )


def _joins(name: str, at: int) -> bool:
    # One at an end of the name has been refused before.
    return name[at] in JOINERS and all(
        side.isprintable() and not side.isascii()
        for side in (name[at - 1], name[at + 1])
    )


def validate_text(text: str) -> None:
    """Refuse what not every database can carry."""
    if not is_text(text):
        raise ValidationError("It holds NUL or a lone surrogate.", code="unusable_text")


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
