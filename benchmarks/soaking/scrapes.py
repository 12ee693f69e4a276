"""The scrapes that the Prometheus servers made, and what each may show.

A scrape is evaluated at one moment and shows the catalogue as it was at one instant.
Which these may have been follows from when it began and how long it took, from the
journal of edits, and from when it says its rows were read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .contents import Edit
from .prometheus import INTERVAL, Prometheus

_PER_SCRAPE = {
    "up": "up",
    "duration": "scrape_duration_seconds",
    "read_at": "service_window_snapshot_timestamp_seconds",
    "components": "service_window_components",
}
_SLICE = 60_000


class Outage(NamedTuple):
    """PostgreSQL was told to stop, was gone, was told to start, was there again."""

    stopping: float
    gone: float
    starting: float
    there: float


@dataclass(slots=True)
class Scrape:
    """One scrape. `at` is in milliseconds, as Prometheus has it, all else in seconds.

    `began` is when it began or, where it may have joined another that was under way,
    when that one did.
    """

    server: str
    at: int
    is_up: bool
    duration: float
    read_at: int | None
    components: int | None
    began: float = 0.0

    @property
    def start(self) -> float:
        return self.at / 1000

    @property
    def end(self) -> float:
        # What Prometheus has given up may go on in the site.
        return self.start + 0.001 + self.duration + (0 if self.is_up else INTERVAL)

    @property
    def age(self) -> float:
        """For how long its rows had been read when it began."""
        return self.start - (self.read_at or 0)

    @property
    def is_stale(self) -> bool:
        """Whether it says that it shows rows read before it began."""
        return self.read_at is not None and self.read_at < int(self.began)


class Candidate(NamedTuple):
    """What a scrape may show: the catalogue after so many edits, at a moment."""

    edits: int
    moment: int


Series = tuple[dict[str, str], list[tuple[int, str]]]
"""Labels; milliseconds and values."""


def minutes(begin: float, end: float) -> Iterator[tuple[int, int]]:
    """Yield bounds in milliseconds, the first not itself within."""
    first, last = int(begin * 1000), int(end * 1000)
    for since in range(first, last, _SLICE):
        yield since, min(since + _SLICE, last)


def stored(
    server: Prometheus, selector: str, since: int, until: int
) -> Iterator[Series]:
    """Yield the samples that a server has stored between two milliseconds."""
    for series in server.samples(selector, until, until - since):
        values = [(round(at * 1000), value) for at, value in series["values"]]
        # Before Prometheus 3 a range includes both of its ends.
        yield series["metric"], [one for one in values if one[0] > since]


def scrapes_of(server: Prometheus, begin: float, end: float) -> list[Scrape]:
    by_name: dict[str, dict[int, float]] = defaultdict(dict)
    for since, until in minutes(begin, end):
        for name, selector in _PER_SCRAPE.items():
            for _, values in stored(server, selector, since, until):
                by_name[name].update((at, float(value)) for at, value in values)

    def whole(name: str, at: int) -> int | None:
        return int(by_name[name][at]) if at in by_name[name] else None

    return [
        Scrape(
            server.name,
            at,
            bool(by_name["up"][at]),
            by_name["duration"][at],
            whole("read_at", at),
            whole("components", at),
        )
        for at in sorted(by_name["up"])
    ]


def joined(scrapes: Iterable[Scrape]) -> list[Scrape]:
    """Say of each when what it may have joined began; by their beginning."""
    found = sorted(scrapes, key=lambda one: one.at)
    for number, one in enumerate(found):
        under_way = [
            other.start
            for other in found[max(0, number - 10) : number]
            if other.server != one.server and other.end >= one.start
        ]
        one.began = min([one.start, *under_way])
    return found


class Candidates:
    """What each scrape may show."""

    def __init__(
        self, scrapes: list[Scrape], edits: list[Edit], outages: list[Outage]
    ) -> None:
        self._before = [edit.before for edit in edits]
        self._after = [edit.after for edit in edits]
        self.outages = outages
        self._read_by: dict[int, float] = {}
        for one in scrapes:
            if one.read_at is not None and not one.is_stale:
                end = max(one.end, self._read_by.get(one.read_at, 0.0))
                self._read_by[one.read_at] = end

    def of(self, scrape: Scrape) -> list[Candidate]:
        """All, by edits; none where it can't be: rows read after it was over."""
        first, last = int(scrape.began), int(scrape.end)
        if scrape.read_at is None or scrape.read_at > last:
            return []
        since, until = scrape.began, scrape.end
        moments: Iterable[int] = [scrape.read_at]
        if scrape.is_stale:
            since = scrape.read_at
            until = self._read_by.get(scrape.read_at, since + INTERVAL)
        if scrape.is_stale or self.outage(scrape):
            since, moments = min(since, scrape.read_at), range(first, last + 1)
        edits = range(
            bisect_right(self._after, since), bisect_right(self._before, until) + 1
        )
        return [Candidate(number, moment) for number in edits for moment in moments]

    def outage(self, scrape: Scrape) -> Outage | None:
        """Return the outage that the scrape falls into, be it in part."""
        for one in self.outages:
            if one.stopping < scrape.end and scrape.began < one.there:
                return one
        return None
