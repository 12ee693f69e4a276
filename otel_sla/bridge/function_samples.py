"""Samples of a function as rows: what it yields is others', and may be anything."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from itertools import islice
from reprlib import repr as shortened
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.functional import Promise

from ..database.failures import NotAsked
from ..labels import prometheus_name
from .functions import Sample

Attributes = tuple[tuple[Any, str], ...]

_TEXTS = (int, float, Decimal, date, time, UUID, Promise)


class Row(NamedTuple):
    """A sample whose attributes are text, None where they can't be.

    `is_sample` tells whether it was one: `name` says then what it was.
    """

    name: str | None
    unit: str
    help: str
    attributes: Attributes | None
    value: Any
    is_sample: bool = True


def rows_of(returned: object, most: int) -> list[Row]:
    """Return what a function has returned, or yields, as rows: `most` and one more, if
    there are more. Raises NotAsked where they can't be samples."""
    if isinstance(returned, Sample | str | Mapping) or not isinstance(
        returned, Iterable
    ):
        what = "one Sample" if isinstance(returned, Sample) else shortened(returned)
        raise NotAsked(
            f"the function has returned {what}: yield samples, or return a list of them"
        )
    try:
        return list(map(_row, islice(returned, most + 1)))
    finally:
        # A generator ends on the thread that it has run on.
        if isinstance(returned, Generator):
            returned.close()


def described(row: Sequence[Any]) -> dict[str, str]:
    """Return the attributes of a row. Raises ValueError where it can't have any."""
    (attributes,) = row
    if attributes is None:
        raise ValueError("attributes that are not text")
    return dict(attributes)


def _row(sample: object) -> Row:
    if not isinstance(sample, Sample):
        return Row(f"no Sample: {shortened(sample)}", "", "", None, None, False)
    try:
        name, unit, help = map(_plain, (sample.name, sample.unit, sample.help))
    except Exception:
        name, unit, help = None, "", ""
    try:
        attributes: Attributes | None = tuple(
            # Whatever the order, the same attributes are the same text.
            sorted(_texts(sample.attributes), key=lambda one: prometheus_name(one[0]))
        )
    except Exception:
        attributes = None
    return Row(name, unit or "", help or "", attributes, sample.value)


def _plain(text: Any) -> str | None:
    """Return text that may be one to be translated. Raises TypeError for no text."""
    if text is None or isinstance(text, str):
        return text
    if not isinstance(text, Promise):
        raise TypeError(text)
    return str(text)


def _texts(attributes: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield attributes as text. Raises TypeError where one can't be."""
    for name, value in attributes.items():
        if value is None:
            continue
        if isinstance(value, bool):
            text = str(value).lower()
        elif isinstance(value, str):
            # Not the name of a member of an Enum.
            text = str.__str__(value)
        elif isinstance(value, _TEXTS):
            text = str(value)
        else:
            raise TypeError(value)
        if text:
            yield name, text
