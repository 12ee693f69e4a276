"""Find the hours of components in which anything is not up and measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..prometheus.selector import Selector
from ..prometheus.setting import HOUR
from . import queries
from .clean_hours import ABSENT, CLEAN, DIRTY, Hours, Stretch, hours_of, stretches
from .halving import in_halves
from .prometheus import Client
from .prometheus_answers import Series
from .source import NotMeasured

_DAY = 24 * HOUR
_LONGEST = 32 * _DAY
"""Of one query: Prometheus gives 11,000 points of a series at most."""

_INTERVALS = [seconds for seconds in range(1, HOUR + 1) if HOUR % seconds == 0]

Key = frozenset[tuple[str, str]]


class _Piece(NamedTuple):
    """What was found about components in the hours that end from first to last."""

    first: int
    last: int
    present: list[Series]
    not_clean: list[Series]


class HourSearch:
    """The hours of a span, and of the hour before it, by component and series."""

    def __init__(
        self, client: Client, selector: Selector, interval: int, since: int, until: int
    ) -> None:
        """Take the span in Unix seconds; `since` is a full hour."""
        self._client, self._selector, self._interval = client, selector, interval
        self._since, self._until = since, until
        self._full = (until - since) // HOUR + 1
        """The hours that are over, with the one before the span."""
        self._hours: dict[str, dict[Key, Hours]] = {}

    def look(self, batch: Sequence[str]) -> None:
        """Ask about these components. Raises NotMeasured."""
        self._hours.update({name: {} for name in batch})
        counts: Counter[int] = Counter()
        end = self._since + (self._full - 1) * HOUR
        for start in range(self._since - HOUR, end, _LONGEST):
            part_end = min(start + _LONGEST, end)
            for piece in in_halves(self._ask, batch, start, part_end):
                self._keep(piece, counts)
        self._refuse_other_intervals(counts)
        self._look_at_moves(batch, end)

    def series(self, name: str) -> set[Key]:
        """Return what tells the series of the component from one another."""
        return set(self._hours[name])

    def stretches(self, name: str) -> Iterator[Stretch]:
        """Yield the stretches of the span in which it may not have been up."""
        hours = hours_of(self._hours[name].values(), self._full)
        if self._since + (self._full - 1) * HOUR < self._until:
            hours.append(DIRTY)
        return stretches(hours, self._since, self._until, self._interval)

    def _ask(self, names: Sequence[str], start: int, end: int) -> _Piece:
        selector = self._selector.of(names)
        first = start + HOUR
        query = queries.not_clean(selector, HOUR // self._interval, first, end)
        present = self._client.at(queries.present(selector, end - start), end)
        if not present:
            return _Piece(first, end, [], [])
        found = self._client.between(query, first, end, HOUR)
        return _Piece(first, end, present, found)

    def _keep(self, piece: _Piece, counts: Counter[int]) -> None:
        first, last = self._number(piece.first), self._number(piece.last)
        for one in piece.present:
            hours = self._hours_of(one)
            hours[first : last + 1] = bytes([CLEAN]) * (last + 1 - first)
            counts[HOUR // self._interval] += last + 1 - first
        for one in piece.not_clean:
            hours = self._hours_of(one)
            for moment, value in one.samples:
                count = int(float(value))
                number = self._number(moment // 1000)
                hours[number] = DIRTY if count else ABSENT
                counts[HOUR // self._interval] -= 1
                counts[count] += 1

    def _look_at_moves(self, batch: Sequence[str], end: int) -> None:
        """Have the days looked at in which samples have moved against the clock, as
        after a restart: it may have happened in an hour that has as many as any other.
        """
        known = {
            key: hours for name in batch for key, hours in self._hours[name].items()
        }
        start = self._since - HOUR
        days = range(start // _DAY * _DAY + _DAY, end, _DAY)
        before = self._lags(batch, start) if known else {}
        for at in (*days, end) if known else ():
            lags = self._lags(batch, at)
            for key, hours in known.items():
                if key not in lags or lags[key] != before.get(key):
                    part = slice(self._number(start) + 1, self._number(at) + 1)
                    hours[part] = hours[part].replace(bytes([CLEAN]), bytes([DIRTY]))
            before, start = lags, at

    def _lags(self, batch: Sequence[str], at: int) -> dict[Key, int]:
        """Return how long before the moment each series has its last sample, in
        milliseconds, if that is less than the interval."""

        def ask(names: Sequence[str], start: int, end: int) -> list[Series]:
            return self._client.at(queries.last_seen(self._selector.of(names)), end)

        found: dict[Key, int] = {}
        for answer in in_halves(ask, batch, at, at):
            for one in answer:
                lag = at * 1000 - round(float(one.samples[0][1]) * 1000)
                if lag < self._interval * 1000:
                    found[one.key] = lag
        return found

    def _hours_of(self, one: Series) -> Hours:
        of_component = self._hours.setdefault(one.component, {})
        return of_component.setdefault(one.key, Hours(self._full))

    def _number(self, end: int) -> int:
        return (end - self._since) // HOUR

    def _refuse_other_intervals(self, counts: Counter[int]) -> None:
        """Refuse samples that are much denser than INTERVAL: each would be fetched."""
        del counts[0]
        dense = {
            count: times
            for count, times in counts.items()
            # Prometheus 2 counts a sample at both ends.
            if count - 1 > 1.5 * HOUR / self._interval
        }
        if sum(dense.values()) * 2 > counts.total():
            usual = max(dense, key=dense.__getitem__)
            raise NotMeasured(
                "samples_too_dense",
                expression=str(self._selector),
                count=usual,
                interval=self._interval,
                meant=min(_INTERVALS, key=lambda one: abs(one - HOUR / usual)),
            )
