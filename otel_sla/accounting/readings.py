"""Samples of availability as the spans in which a component was not fully up. Pure.

Moments are whole milliseconds since the Unix epoch, as samples have them. Shares are
fractions, so that nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from math import isnan
from typing import NamedTuple

from ..messages import CodedError
from ..text import legible
from .messages import MESSAGES
from .replicas import Reading, highest, joined

_LONGEST_VALUE = 40

Stored = list[tuple[int, int, str | None]]


class InvalidSample(CodedError):
    """A sample is not an availability, which is between 0 and 1."""

    table = MESSAGES


class NotUp(NamedTuple):
    """A span in which a component was not fully up, or in which nothing is known."""

    start: int
    """In milliseconds, inclusive."""
    end: int
    """In milliseconds, exclusive."""
    share: Fraction | None
    """The part that was up, at least 0 and below 1. None: unknown."""


def not_up(
    series: Iterable[Sequence[tuple[int, str | float]]],
    since: int,
    until: int,
    interval: int,
) -> list[NotUp]:
    """Return the spans of [since, until) in which a component was not fully up.

    They are ascending and disjoint, and adjacent ones differ in their shares. `series`
    are all series of the component: samples in any order, each a moment and a value as
    Prometheus writes it. A sample stands for the `interval` that begins with it, cut
    at the next sample of its series. NaN is unknown, as is the time that no sample
    stands for. Of several series the highest known value counts at each moment.

    All moments and the interval are in milliseconds. Raises InvalidSample for a value
    that is not between 0 and 1.
    """
    known: list[Reading] = []
    for samples in series:
        readings = _readings(samples, since, until, interval)
        known = highest(known, readings) if known else readings
    spans: list[NotUp] = []
    position = since
    for start, end, share in known:
        if position < start:
            spans.append(NotUp(position, start, None))
        if share < 1:
            spans.append(NotUp(start, end, share))
        position = end
    if position < until:
        spans.append(NotUp(position, until, None))
    return spans


def _readings(
    samples: Sequence[tuple[int, str | float]], since: int, until: int, interval: int
) -> list[Reading]:
    """Return the spans that the samples of one series cover, where they are known."""
    by_moment: dict[int, Fraction] = {}
    for moment, value in samples:
        share = _share(value)
        if share is _REFUSED:
            raise InvalidSample(
                "availability_out_of_range", when=_iso(moment), value=_short(value)
            )
        # Nothing twice: of two samples at one moment the higher one counts.
        by_moment[moment] = max(share, by_moment.get(moment, _UNKNOWN))
    moments = sorted(by_moment)
    found: list[Reading] = []
    for moment, following in zip(moments, [*moments, until][1:], strict=True):
        share = by_moment[moment]
        start = max(moment, since)
        end = min(moment + interval, following, until)
        if start < end and share is not _UNKNOWN:
            found.append((start, end, share))
    return joined(found)


_UNKNOWN = Fraction(-1)
_REFUSED = Fraction(2)


@lru_cache(maxsize=1024)
def _share(value: str | float) -> Fraction:
    """Return the part that is up by the value of a sample, _UNKNOWN or _REFUSED."""
    try:
        number = float(value)
    except ValueError:
        return _REFUSED
    if isnan(number):
        return _UNKNOWN
    # The digits as Prometheus writes them: 0.1 is a tenth, and not what a float holds.
    return Fraction(repr(number)) if 0 <= number <= 1 else _REFUSED


def _iso(moment: int) -> str:
    """Write the moment as ISO 8601 in UTC, or as a number beyond the calendar."""
    try:
        written = datetime.fromtimestamp(moment / 1000, UTC)
    except (OverflowError, ValueError):
        return f"{moment} ms"
    return written.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _short(value: str | float) -> str:
    return legible(str(value)[:_LONGEST_VALUE])


def compressed(spans: Iterable[NotUp]) -> Stored:
    """Return the spans as a list that JSON can hold, shares exact: "1/3", or null."""
    return [
        (start, end, None if share is None else str(share))
        for start, end, share in spans
    ]


def restored(stored: Iterable[Sequence[int | str | None]]) -> list[NotUp]:
    """Return the spans that compressed() has made such a list of."""
    return [
        NotUp(int(start), int(end), None if share is None else Fraction(share))  # type: ignore[arg-type]
        for start, end, share in stored
    ]
