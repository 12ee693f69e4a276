"""Turn what a function returns or yields, which may be anything, into rows."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from itertools import islice
from reprlib import repr as shortened
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.functional import Promise

from ...database.failures import NotAsked
from ...labels import prometheus_name
from ..declare.functions import Sample

Pairs = tuple[tuple[Any, str], ...]

_TEXTS = (int, float, Decimal, date, time, UUID, Promise)


class SampleRow(NamedTuple):
    """A sample. Its attributes are None if they can't be text.

    `is_sample` is False for anything else, which `name` then describes.
    """

    name: str | None
    unit: str
    help: str
    attributes: Pairs | None
    value: Any
    is_sample: bool = True


def rows_of(returned: object, most: int) -> list[SampleRow]:
    """Return what a function returned or yields as rows: no more than `most` + 1.

    Raises NotAsked where it can't be samples, and what a generator raises.
    """
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
        # Or the garbage collector would end it, on any thread.
        if isinstance(returned, Generator):
            returned.close()


def described(row: Sequence[Any]) -> dict[str, str]:
    """Return the attributes of a row. Raises ValueError where it can't have any."""
    (attributes,) = row
    if attributes is None:
        raise ValueError("attributes that are not text")
    return dict(attributes)


def _row(sample: object) -> SampleRow:
    if not isinstance(sample, Sample):
        return SampleRow(
            f"not a Sample: {shortened(sample)}", "", "", None, None, False
        )
    try:
        name, unit, help = map(_plain, (sample.name, sample.unit, sample.help))
    except Exception:
        name, unit, help = None, "", ""
    try:
        attributes: Pairs | None = tuple(
            # Whatever the order, the same attributes are the same text.
            sorted(_texts(sample.attributes), key=lambda one: prometheus_name(one[0]))
        )
    except Exception:
        attributes = None
    return SampleRow(name, unit or "", help or "", attributes, sample.value)


def _plain(text: Any) -> str | None:
    """Return text, translated if it is lazy, or None. Raises TypeError otherwise."""
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
            # The value of a member of an Enum, not its name.
            text = str.__str__(value)
        elif isinstance(value, _TEXTS):
            text = str(value)
        else:
            raise TypeError(value)
        if text:
            yield name, text
