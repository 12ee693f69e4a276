"""A time zone that a calendar file describes: a VTIMEZONE, followed up to a last year.

Made by hand, because the zone that the library makes goes through all changes since the
first one for every time, and puts a time that the clock skips before the jump. RFC 5545
(section 3.3.5) takes the offset before the jump for it, as zoneinfo does.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import chain, islice
from typing import Any, NamedTuple

from ...language import Sentence, figure
from ...language import gettext_noop as _
from .rrule import CYCLE, followed, text_without

MOST_CHANGES = 1_000
"""How often one rule may change the clock. Outlook's do so once a year since 1601."""
_MOST_IN_ALL = 5_000
_SINCE = 2000
_LAST = datetime.combine(date(2100, 1, 1), time())


class _Change(NamedTuple):
    """The clock goes from one offset to another; `at` is naive and in UTC."""

    at: datetime
    before: timedelta
    after: timedelta


class DescribedZone(tzinfo):
    """The zone of a parsed VTIMEZONE.

    Raises ValueError if its clock has no changes or too many.
    """

    def __init__(self, name: str, component: Any) -> None:
        observances = [*component.standard, *component.daylight]
        if not observances:
            raise ValueError(Sentence(_("it has neither STANDARD nor DAYLIGHT"), {}))
        found = chain.from_iterable(map(_changes, observances))
        changes = sorted(islice(found, _MOST_IN_ALL + 1))
        if len(changes) > _MOST_IN_ALL:
            raise _changes_too_often(_MOST_IN_ALL)
        self._name = name
        self._offsets = [changes[0].before, *(one.after for one in changes)]
        self._utc = [one.at for one in changes]
        # Of a time that is skipped or repeated, the fold says which offset counts.
        self._local = [
            [one.at + choose(one.before, one.after) for one in changes]
            for choose in (max, min)
        ]

    def utcoffset(self, dt: datetime | None) -> timedelta:
        """Return the offset at a local time."""
        if dt is None:
            return self._offsets[0]
        local = dt.replace(tzinfo=None, fold=0)
        return self._offsets[bisect_right(self._local[dt.fold], local)]

    def dst(self, dt: datetime | None) -> None:
        """Return None: nothing asks which of the offsets is that of summer."""

    def tzname(self, dt: datetime | None) -> str:
        """Return the TZID."""
        return self._name

    def fromutc(self, dt: datetime) -> datetime:
        """Return a moment, given in UTC, on the clock of this zone."""
        utc = dt.replace(tzinfo=None)
        index = bisect_right(self._utc, utc)
        before, after = self._offsets[max(index - 1, 0)], self._offsets[index]
        again = index > 0 and utc - self._utc[index - 1] < before - after
        return (dt + after).replace(fold=int(again))


def _changes(observance: Any) -> Iterator[_Change]:
    start = _naive(observance["DTSTART"].dt)
    before = observance["TZOFFSETFROM"].td
    after = observance["TZOFFSETTO"].td
    added = [
        _naive(one.dt) for value in _listed(observance, "RDATE") for one in value.dts
    ]
    for local in chain([start], added, _recurring(observance, start, before)):
        yield _Change(local - before, before, after)


def _recurring(
    observance: Any, start: datetime, before: timedelta
) -> Iterator[datetime]:
    for rule in _listed(observance, "RRULE"):
        until = _LAST
        for last in rule.get("UNTIL", []):
            at = _naive(last) if isinstance(last, datetime) else _end_of(last)
            until = min(until, at + before if getattr(last, "tzinfo", None) else at)
        found = followed(text_without(rule, "UNTIL"), _recent(start, rule), until)
        times = list(islice(found, MOST_CHANGES + 1))
        if len(times) > MOST_CHANGES:
            raise _changes_too_often(MOST_CHANGES)
        if not times:
            params = {"rule": rule.to_ical().decode()}
            raise ValueError(Sentence(_("its clock never changes by %(rule)s"), params))
        yield from times


def _recent(start: datetime, rule: Any) -> datetime:
    """Return a later start with the same calendar: some rules begin in the year 1."""
    if "COUNT" in rule or rule.get("INTERVAL", [1]) != [1]:
        return start
    cycles = max(0, _SINCE - start.year) // CYCLE
    return start.replace(year=start.year + cycles * CYCLE)


def _listed(observance: Any, name: str) -> list[Any]:
    values = observance.get(name, [])
    return values if isinstance(values, list) else [values]


def _naive(value: date) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value.replace(tzinfo=None)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59))


def _changes_too_often(most: int) -> ValueError:
    words = _("its clock changes more than %(most)s times")
    return ValueError(Sentence(words, {"most": figure(most)}))
