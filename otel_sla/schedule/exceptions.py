"""The exceptions to a schedule's rules within a period, as people list them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ..language import gettext as _
from .days import Exceptional, stretch
from .evaluation import Schedule
from .open_time_change import hours
from .preview import Edge, edge
from .spans import DAY

_TOGETHER = 4 * DAY
"""Seconds: an exception that pauses for no longer, over nights or a weekend, is one."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A holiday, a special day or an override, from its first effect to its last.

    Moments are in Unix seconds; `seconds` is the open time that it takes away or, of
    the kind "open", adds.
    """

    kind: str
    reason: str
    start: int
    end: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Row:
    """An exception as a row of a table."""

    start: Edge
    end: Edge
    is_one_day: bool
    what: str
    difference: str
    is_now: bool


def exceptions(schedule: Schedule, start: int, end: int) -> list[Deviation]:
    """Return what makes the schedule differ from its rules within [start, end), in Unix
    seconds, ascending."""
    found: list[Deviation] = []
    for one in stretch(schedule, start, end)[1]:
        found += _joined(one)
    return sorted(found, key=lambda one: (one.start, one.end, one.kind, one.reason))


def _joined(one: Exceptional) -> list[Deviation]:
    joined: list[Deviation] = []
    for opens, closes in one.spans:
        if joined and opens - joined[-1].end < _TOGETHER:
            seconds = joined[-1].seconds + closes - opens
            joined[-1] = replace(joined[-1], end=closes, seconds=seconds)
        else:
            whole = Deviation(one.kind, one.reason, opens, closes, closes - opens)
            joined.append(whole)
    return joined


def rows(found: Iterable[Deviation], zone: ZoneInfo, moment: int) -> list[Row]:
    """Return the exceptions as rows, in the local time of the zone."""
    return [
        Row(
            edge(one.start, zone),
            edge(one.end, zone),
            _is_one_day(one, zone),
            _what(one),
            _difference(one),
            one.start <= moment < one.end,
        )
        for one in found
    ]


def _what(one: Deviation) -> str:
    if one.kind == "open":
        words = _("Also open: %(reason)s")
        without = _("Also open, no reason given")
    else:
        words, without = _("Closed: %(reason)s"), _("Closed, no reason given")
    return words % {"reason": one.reason} if one.reason else without


def _difference(one: Deviation) -> str:
    words = _("%(hours)s more") if one.kind == "open" else _("%(hours)s less")
    return words % {"hours": hours(one.seconds)}


def _is_one_day(one: Deviation, zone: ZoneInfo) -> bool:
    first, last = (datetime.fromtimestamp(at, zone) for at in (one.start, one.end - 1))
    return first.date() == last.date()
