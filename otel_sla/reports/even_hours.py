"""Find the hours of a span in which samples are not even.

An hour is even if its last sample has the same phase as the last of the hour before:
the same time until the full hour. If it has all its samples as well, no time is lost in
it. After a restart of what takes the samples, an hour may have as many, later ones.

Phases are read once a day. Whether each hour has one of them is then found by ranges,
because timestamp() at every hour takes Prometheus 2.42 a second a series.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ..prometheus_setting import HOUR
from ..series_selector import Selector
from . import queries
from .prometheus import Client

Key = frozenset[tuple[str, str]]
"""The labels of a series."""

_DAY = 24 * HOUR
_MOST_PHASES = 16
"""What one evaluation of rules has recorded has one phase until the next restart. What
was scraped has one for each target: then all are asked about at once."""


class EvenHours:
    """Asks about the hours that end at the moments from first to last, both included,
    in Unix seconds. `interval` is that of the samples in seconds."""

    def __init__(
        self, client: Client, selector: Selector, first: int, last: int, interval: int
    ) -> None:
        self._client, self._selector = client, selector
        self._first, self._last = first, last
        self._interval = interval * 1000

    def uneven(self, names: Sequence[str]) -> dict[Key, set[int]]:
        """Return the ends, in Unix seconds, of the hours that are not even by series.

        Of series that are left out, no hour is known to be even. Raises NotMeasured.
        """
        phases, names_by_phase = self._phases(names)
        if len(names_by_phase) > _MOST_PHASES:
            query = queries.uneven(self._selector.of(names))
            return {key: set() for key in phases} | self._hours(query)
        found: dict[Key, set[int]] = {}
        for phase, some in names_by_phase.items():
            query = queries.not_in_phase(self._selector.of(sorted(some)), phase)
            hours = self._hours(query)
            for key, known in phases.items():
                if phase in known:
                    others = hours.get(key, set())
                    found[key] = found[key] & others if key in found else others
        return found

    def _phases(
        self, names: Sequence[str]
    ) -> tuple[dict[Key, set[int]], dict[int, set[str]]]:
        """Return phases of series in milliseconds, and the components with each."""
        newest = queries.newest(self._selector.of(names))
        begin = self._first - HOUR
        answers = self._client.between(newest, begin, self._last, _DAY)
        answers += self._client.at(newest, self._last)
        phases: dict[Key, set[int]] = defaultdict(set)
        names_by_phase: dict[int, set[str]] = defaultdict(set)
        for one in answers:
            for moment, value in one.samples:
                phase = moment - round(float(value) * 1000)
                if 0 <= phase < self._interval:
                    phases[one.key].add(phase)
                    names_by_phase[phase].add(one.component)
        return phases, names_by_phase

    def _hours(self, query: str) -> dict[Key, set[int]]:
        answers = self._client.between(query, self._first, self._last, HOUR)
        return {
            one.key: {moment // 1000 for moment, _ in one.samples} for one in answers
        }
