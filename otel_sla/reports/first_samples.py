"""Find when components were first measured, without reading all of their samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..prometheus.selector import Selector
from ..prometheus.setting import HOUR
from . import queries
from .halving import in_halves
from .prometheus import Client
from .prometheus_answers import Series

DAY = 24 * HOUR
DAYS_BACK = 400


class FirstSamples:
    """The moments of first samples before a second of UTC, by component."""

    def __init__(self, client: Client, selector: Selector, before: int) -> None:
        self._client, self._selector, self._before = client, selector, before
        self.found: dict[str, int] = {}
        """In milliseconds since the epoch."""

    def look(self, batch: Sequence[str]) -> None:
        """Ask about these components. Raises NotMeasured.

        Midnights tell about when each begins. Only what is before that is counted, by
        the day and by the hour, and only the samples of that hour are asked for.
        """
        oldest = self._before // DAY * DAY - DAYS_BACK * DAY
        newest = dict.fromkeys(batch, _up(self._before, DAY))
        for found in in_halves(self._at_midnights, batch, oldest, self._before):
            for one in found:
                seen = _up(int(float(one.samples[0][1])), DAY)
                newest[one.component] = min(newest[one.component], seen)
        days = self._narrowed(newest, lambda end: oldest + DAY, DAY)
        hours = self._narrowed(days, lambda end: end - DAY + HOUR, HOUR)
        for end, names in _grouped(hours):
            for found in in_halves(self._samples, names, end - HOUR, end):
                for one in found:
                    self._keep(one)

    def _at_midnights(self, names: Sequence[str], start: int, end: int) -> list[Series]:
        days = (end - start) // DAY + 1
        query = queries.first_seen(self._selector.of(names), days)
        return self._client.at(query, end)

    def _samples(self, names: Sequence[str], start: int, end: int) -> list[Series]:
        query = queries.samples(self._selector.of(names), end - start)
        return self._client.at(query, end)

    def _narrowed(
        self, ends: Mapping[str, int], first: Callable[[int], int], step: int
    ) -> dict[str, int]:
        """Return the end of the first `step` seconds with a sample, by component.

        `ends` is the latest end that it can be, and `first` the earliest for that.
        """

        def ask(names: Sequence[str], start: int, end: int) -> list[Series]:
            query = queries.present(self._selector.of(names), step)
            return self._client.between(query, start + step, end, step)

        found: dict[str, int] = {}
        for end, names in _grouped(ends):
            for answer in in_halves(ask, names, first(end) - step, end, step):
                for one in answer:
                    moment = one.samples[0][0] // 1000
                    found[one.component] = min(moment, found.get(one.component, moment))
        return found

    def _keep(self, one: Series) -> None:
        moments = [at for at, _ in one.samples if at < self._before * 1000]
        if moments:
            first = min(moments)
            name = one.component
            self.found[name] = min(first, self.found.get(name, first))


def _grouped(ends: Mapping[str, int]) -> Iterable[tuple[int, list[str]]]:
    groups: dict[int, list[str]] = defaultdict(list)
    for name, end in ends.items():
        groups[end].append(name)
    return groups.items()


def _up(moment: int, unit: int) -> int:
    """Return the end of the unit that the moment is in, or ends."""
    return -(-moment // unit) * unit
