"""Turn columns of values into numbers, and find those that can't be one."""

from array import array
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite
from numbers import Integral, Real
from typing import Any, NamedTuple

from django.utils.timezone import get_default_timezone, is_naive, make_aware

LARGEST = 2**53
"""Larger integers are not exact as floats, which is what Prometheus keeps."""


class Numbers(NamedTuple):
    """A number for each row, and the rows that have none.

    `missing` are the positions of rows with NULL, `unusable` of those with a value that
    Prometheus can't keep as a number; their numbers are 0.
    """

    values: Sequence[int | float]
    missing: Sequence[int] = ()
    unusable: Sequence[int] = ()

    def known(self) -> Sequence[int | float | None]:
        """Return the numbers, with None for those that are missing."""
        found: list[int | float | None] = list(self.values)
        for row in self.missing:
            found[row] = None
        return found


def numbers(
    column: Sequence[Any], convert: Callable[[Any], Any] | None = None
) -> Numbers:
    """Return the column as numbers; `convert` is applied to each value first."""
    if convert is None:
        whole = _whole_column(column)
        if whole is not None:
            return Numbers(whole)
    values: list[int | float] = []
    missing, unusable = [], []
    for position, value in enumerate(column):
        try:
            number = None if value is None else _number(convert, value)
        except MemoryError:
            raise
        except Exception:
            # The site's own fields may convert values, and raise anything.
            unusable.append(position)
            number = 0
        if number is None:
            missing.append(position)
            number = 0
        values.append(number)
    return Numbers(_packed(values), missing, unusable)


def _whole_column(column: Sequence[Any]) -> Sequence[int | float] | None:
    """Return the column as an array where every value is a usable number."""
    whole = _array("q", column)
    if whole is None:
        floats = _array("d", column)
        if floats is None:
            return None
        # An integer among them may have been rounded, to the largest at least.
        usable = isfinite(sum(floats)) and -LARGEST < min(floats) <= max(floats)
        return floats if usable and max(floats) < LARGEST else None
    usable = not whole or -LARGEST <= min(whole) <= max(whole) <= LARGEST
    return whole if usable else None


def _array(kind: str, column: Sequence[Any]) -> Any:
    try:
        return array(kind, column)
    except MemoryError:
        raise
    except Exception:
        # Other people's types may raise anything when they are converted.
        return None


def _packed(values: list[int | float]) -> Sequence[int | float]:
    try:
        return array("q", values)
    except TypeError:
        return array("d", values)


def _number(convert: Callable[[Any], Any] | None, value: Any) -> int | float | None:
    """Return a value as a number, None for NULL.

    Raises ArithmeticError, TypeError or ValueError where it can't be one.
    """
    if convert is not None:
        value = convert(value)
    match value:
        case None:
            return None
        case Integral():
            whole = int(value)
            if abs(whole) > LARGEST:
                raise OverflowError(value)
            return whole
        case Real() | Decimal():
            number = float(value)
            if not isfinite(number):
                raise OverflowError(value)
            return number
        case datetime():
            if is_naive(value):
                # Not the current time zone, which a request may have activated.
                return make_aware(value, get_default_timezone()).timestamp()
            return value.timestamp()
        case timedelta():
            return value.total_seconds()
    raise TypeError(value)
