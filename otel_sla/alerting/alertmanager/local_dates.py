"""Local dates, and their local times at which a schedule is open. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...schedule.spans import DAY, EPOCH, Span, cut, merge, to_unix
from ...schedule.timezones import editions
from ...schedule.utc_offsets import clock_of
from .time_interval import Minutes

_MINUTE = 60


class Run(NamedTuple):
    """A period of Unix seconds without a clock change, and its offset from UTC."""

    since: int
    until: int
    offset: int


class LocalDate(NamedTuple):
    """A date of the zone: one run, or several where the clocks change."""

    date: date
    runs: tuple[Run, ...]

    def open(self, spans: Sequence[Span]) -> list[Span]:
        """Return the parts of the spans, in Unix seconds, that lie in the date."""
        return [span for run in self.runs for span in cut(spans, run.since, run.until)]

    def readings(self, spans: Sequence[Span]) -> Minutes:
        """Return all local minutes within the spans."""
        return tuple(
            merge(one for run in self.runs for one in self._within(run, spans))
        )

    def is_told_by(self, minutes: Minutes, spans: Sequence[Span]) -> bool:
        """Return whether these local minutes are the spans exactly.

        No minutes are, if a repeated hour is open in one of its passes only.
        """
        return all(
            cut(minutes, self._reading(run.since, run), self._reading(run.until, run))
            == self._within(run, spans)
            and run.since % _MINUTE == run.until % _MINUTE == run.offset % _MINUTE == 0
            for run in self.runs
        )

    def _within(self, run: Run, spans: Sequence[Span]) -> list[Span]:
        return [
            (self._reading(opens, run), self._reading(closes, run))
            for opens, closes in cut(spans, run.since, run.until)
        ]

    def _reading(self, at: int, run: Run) -> int:
        midnight = self.date.toordinal() * DAY
        return (at + run.offset + EPOCH - midnight) // _MINUTE


@lru_cache(maxsize=128)
def local_dates(zone: ZoneInfo, first: date, last: date) -> tuple[LocalDate, ...]:
    """Return the dates first to last, both inclusive, that exist in the zone."""
    start, end = bounds(zone, first, last)
    clock = clock_of(zone, start, end)
    instants = [start, *(change.at for change in clock.changes), end]
    offsets = [clock.first, *(change.after for change in clock.changes)]
    found: dict[int, list[Run]] = defaultdict(list)
    for (since, until), offset in zip(pairwise(instants), offsets, strict=True):
        local = since + offset + EPOCH, until + offset + EPOCH
        for day in range(local[0] // DAY, -(-local[1] // DAY)):
            opens, closes = max(local[0], day * DAY), min(local[1], (day + 1) * DAY)
            found[day].append(
                Run(opens - EPOCH - offset, closes - EPOCH - offset, offset)
            )
    return tuple(
        LocalDate(date.fromordinal(day), tuple(runs))
        for day, runs in sorted(found.items())
    )


@lru_cache(maxsize=64)
def disputed(zone: ZoneInfo, first: date, last: date) -> frozenset[date]:
    """Return the dates first to last on which the time zone data at hand differ.

    Alertmanager's host may have any of these data. Other dates are the same instants in
    all of them.
    """
    ours = set(local_dates(zone, first, last))
    return frozenset(
        day.date
        for other in editions(zone.key)
        for day in ours ^ set(local_dates(other, first, last))
    )


def bounds(zone: ZoneInfo, first: date, last: date) -> Span:
    """Return the dates first to last, both inclusive, as a span of Unix seconds."""
    return (
        to_unix(first.toordinal() * DAY, zone),
        to_unix((last.toordinal() + 1) * DAY, zone),
    )
