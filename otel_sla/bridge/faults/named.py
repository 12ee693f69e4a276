"""What is wrong with gauges whose names are data, in sentences."""

from collections.abc import Iterator

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.expressions import Combinable

from ..declare.declarations import NamedBy, Rows
from ..rows.row_queries import field_at
from .options import faults_of_limit


def faults_of_itself(one: NamedBy) -> Iterator[str]:
    """Yield what is wrong with its arguments. Does not look at the queryset."""
    if not (isinstance(one.path, str) and one.path):
        yield f"{one.path!r} is not the path of a field with names of instruments"
    for option, path in (("unit", one.unit), ("help", one.help)):
        if not isinstance(path, str):
            yield f'{option} is {path!r}, and should be the path of a field, or ""'
    if not isinstance(one.value, str | Combinable):
        yield f"{one.value!r} is neither the path of a field nor an expression"
    for message in faults_of_limit(one.at_most, "names"):
        yield f"at_most: {message}"


def faults_of_paths(one: NamedBy, rows: Rows) -> Iterator[str]:
    """Yield what is wrong with its paths."""
    for option, path in (("name", one.path), ("unit", one.unit), ("help", one.help)):
        if not path:
            continue
        try:
            found = field_at(rows, path)
        except FieldError as error:
            yield str(error)
            continue
        if not isinstance(found, models.CharField | models.TextField):
            yield (
                f"{path!r} is a {type(found).__name__}, and the {option} of an "
                "instrument is text: use the path of a CharField or a TextField"
            )
