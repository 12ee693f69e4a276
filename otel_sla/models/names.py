"""Names of rows: unique, and case-sensitive on every database."""

from __future__ import annotations

from django.db import models

from ..fields import NameField
from ..validators import validate_name

NAME_LENGTH = 200


def name_field(*validators: object) -> models.CharField[str, str]:
    """Return the field of a name, checked by these validators, too."""
    return NameField(
        max_length=NAME_LENGTH, unique=True, validators=[validate_name, *validators]
    )
