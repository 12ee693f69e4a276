"""Validators of the models' texts.

Their codes differ from Django's own: a form replaces the message of a code such as
"invalid" by that of its field.
"""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .forms import as_validation_error
from .messages import MESSAGES
from .schedule.name_lists import is_code, parse_codes
from .text import JOINERS, is_text


def validate_name(name: str) -> None:
    """Refuse names that can't be a label value everywhere, or aren't visible.

    A joiner is visible between characters that it joins, which are never ASCII.
    """
    if name != name.strip() or name != name.strip(JOINERS):
        raise ValidationError(_(MESSAGES["spaces_around_name"]), "spaces_around_name")
    for at, one in enumerate(name):
        if not one.isprintable() and not _joins(name, at):
            character = unicodedata.name(
                one, gettext("a character that does not print")
            )
            raise ValidationError(
                _(MESSAGES["unprintable_name"]),
                code="unprintable_name",
                params={"code_point": f"U+{ord(one):04X}", "character": character},
            )


def _joins(name: str, at: int) -> bool:
    # A joiner at an end of the name has been refused before.
    return name[at] in JOINERS and all(
        side.isprintable() and not side.isascii()
        for side in (name[at - 1], name[at + 1])
    )


def validate_text(text: str) -> None:
    """Refuse texts that not every database can store."""
    if not is_text(text):
        raise ValidationError(_(MESSAGES["not_encodable"]), code="not_encodable")


def validate_timezone(name: str) -> None:
    """Refuse what is not the name of an IANA time zone."""
    from .schedule.timezones import zone

    with as_validation_error():
        zone(name)


def validate_calendar(codes: str) -> None:
    """Refuse what are not codes of holiday calendars, or lack their subdivision."""
    from .schedule.holidays import check_code

    for code in parse_codes(codes):
        with as_validation_error():
            check_code(code)


def validate_calendar_name(name: str) -> None:
    """Refuse the name of a calendar that is like a code."""
    if is_code(name):
        raise ValidationError(
            _(MESSAGES["name_like_a_code"]),
            code="name_like_a_code",
            params={"name": name},
        )
