"""Look at stretches of time sample by sample, many components at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ..accounting import InvalidSample, NotUp, not_up
from ..prometheus.selector import Selector
from ..prometheus.setting import HOUR
from . import queries
from .clean_hours import Stretch
from .halving import in_halves
from .prometheus import Client
from .prometheus_answers import Samples, Series
from .source import NotMeasured

BLOCK = 6 * HOUR
"""Stretches are cut at these, so that one query is about those of many components."""

MOST_SAMPLES = 100_000
"""Of one answer, by which the memory for parsing it is bounded."""

Span = tuple[int, int]


class SampleSearch:
    """What was not up in the stretches of components, by their samples."""

    def __init__(self, client: Client, selector: Selector, interval: int) -> None:
        self._client, self._selector, self._interval = client, selector, interval
        self._wanted: dict[int, dict[str, list[Span]]] = defaultdict(dict)
        self._spans: dict[str, list[NotUp]] = defaultdict(list)
        self._series: dict[str, set[frozenset[tuple[str, str]]]] = defaultdict(set)

    def add(self, name: str, stretches: Iterable[Stretch]) -> None:
        """Take the stretches of a component: those to look at, and those of which
        nothing is known."""
        for start, end, has_samples in stretches:
            if not has_samples:
                self._spans[name].append(NotUp(start * 1000, end * 1000, None))
                continue
            for block in range(start // BLOCK, (end - 1) // BLOCK + 1):
                cut = max(start, block * BLOCK), min(end, (block + 1) * BLOCK)
                self._wanted[block].setdefault(name, []).append(cut)

    def look(self) -> Iterator[float]:
        """Ask for the samples, a block of time after the other; yield which part is
        done. Raises NotMeasured."""
        total = len(self._wanted)
        for number, block in enumerate(sorted(self._wanted), 1):
            self._look_at(self._wanted.pop(block))
            yield number / total

    def spans(self, name: str) -> list[NotUp]:
        """Return where the component was not up, or where nothing is known."""
        return merged(self._spans[name])

    def series(self, name: str) -> set[frozenset[tuple[str, str]]]:
        """Return what tells the series that were seen from one another."""
        return self._series[name]

    def _look_at(self, wanted: dict[str, list[Span]]) -> None:
        start = min(spans[0][0] for spans in wanted.values())
        end = max(spans[-1][1] for spans in wanted.values())
        each = (end - start) // self._interval + 1
        most = max(1, MOST_SAMPLES // each)
        for batch in queries.batches(list(wanted), self._selector):
            for at in range(0, len(batch), most):
                part = batch[at : at + most]
                self._look_at_part(part, start, end, wanted)

    def _look_at_part(
        self, names: Sequence[str], start: int, end: int, wanted: dict[str, list[Span]]
    ) -> None:
        # Halves in time are put together before they are looked at.
        found: dict[str, dict[frozenset[tuple[str, str]], Samples]] = defaultdict(dict)
        for answer in in_halves(self._ask, names, start, end):
            for one in answer:
                of_series = found[one.component].setdefault(one.key, [])
                of_series.extend(one.samples)
        for name in names:
            self._series[name].update(found[name])
            for since, until in wanted[name]:
                self._spans[name] += self._not_up(
                    name, found[name].values(), since, until
                )

    def _ask(self, names: Sequence[str], start: int, end: int) -> list[Series]:
        # A sample of an interval earlier reaches into it; one at its end does not.
        seconds = end - start + self._interval
        query = queries.samples(self._selector.of(names), seconds)
        return self._client.at(query, end - 0.001)

    def _not_up(
        self, name: str, series: Iterable[Samples], since: int, until: int
    ) -> list[NotUp]:
        try:
            return not_up(series, since * 1000, until * 1000, self._interval * 1000)
        except InvalidSample as error:
            raise NotMeasured(
                "invalid_availability", component=name, reason=error.message
            ) from None


def merged(spans: Iterable[NotUp]) -> list[NotUp]:
    """Return the spans in order, with adjacent ones of the same share as one."""
    found: list[NotUp] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and (found[-1].end, found[-1].share) == (span.start, span.share):
            span = NotUp(found.pop().start, span.end, span.share)
        found.append(span)
    return found
