"""Counters never go back, however readings of several workers overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_sla.bridge import newest_reading
from otel_sla.bridge.families import Instrument
from otel_sla.bridge.interface import Read, Source
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.newest_reading import NewestReading, Span
from otel_sla.database.deadline import Deadline

NOW = 1_800_000_000
MOMENTS = st.integers(0, 20)


@given(
    # A span is that of one reading: clocks tell nanoseconds.
    st.lists(
        st.tuples(MOMENTS, MOMENTS, MOMENTS), unique_by=lambda one: (min(one), max(one))
    )
)
def test_answers_never_go_back_to_an_earlier_instant(
    readings: list[tuple[int, int, int]],
) -> None:
    """Whatever the instants are that readings have seen, within their spans."""
    newest = NewestReading("x")
    seen = [
        instant
        for began, instant, ended in map(sorted, readings)
        if newest.note(Span(began, ended))
    ]
    assert seen == sorted(seen)


class Shown(NamedTuple):
    """The count that was seen, None where it is left out."""

    total: int | None
    moment: int = NOW
    read_at: int = NOW
    dropped: Mapping[str, int] = MappingProxyType({})

    def __len__(self) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class Counter(Instrument[Shown]):
    name: str = "counted"
    unit: str = ""
    description: str = "Counted."
    kind: Any = field(default="counter", kw_only=True)

    def points(self, shown: Shown) -> Iterator[Any]:
        yield shown.total, {}


class Counted(Source[int, Shown]):
    """A count in a database of several workers; `at` is called at each step."""

    name = rows_name = "counted"
    instruments = (Counter(),)

    def __init__(self, database: list[int], at: Callable[[str], None]) -> None:
        self._database, self._at = database, at

    def read(self, read: Read, away: dict[str, str]) -> int:
        self._at("begun")
        count = self._database[0]
        self._at("seen")
        assert read.settled
        read.settled()
        self._at("settled")
        return count

    def keep(self, rows: int, before: int | None) -> int:
        return rows

    def snapshot(
        self, kept: int, moment: int, read_at: int, elapsed: Callable[[], float]
    ) -> Shown:
        return Shown(kept)

    def without_counters(self, snapshot: Shown) -> Shown:
        return Shown(None)


class Worker:
    """A worker that goes on from step to step when it is told."""

    def __init__(self, database: list[int]) -> None:
        self._source = LastGood(Counted(database, self._stop))
        self._goes_on, self._at, self._step = Event(), Event(), ""
        self._goes_on.set()
        self._stops_at: Sequence[str] = ()
        self.answered: list[int | None] = []

    def _stop(self, step: str) -> None:
        if self._stops_at and step == self._stops_at[0]:
            self._stops_at = self._stops_at[1:]
            self._goes_on.clear()
            self._at.set()
            assert self._goes_on.wait(30)

    def scrape(self, *stops_at: str, seconds: float = 60) -> None:
        """Begin a scrape, and return when it has come to the first of those steps, or
        has been answered."""
        self._stops_at = stops_at

        def scraped() -> None:
            shown = self._source.take(NOW, Deadline(seconds))
            self.answered.append(shown.total)
            self._at.set()

        self._at.clear()
        self._thread = Thread(target=scraped)
        self._thread.start()
        assert self._at.wait(30)

    def go_on(self) -> None:
        """Return when it has come to the next of those steps, or has been answered."""
        self._at.clear()
        self._goes_on.set()
        assert self._at.wait(30)


@pytest.fixture
def database() -> list[int]:
    return [1]


@pytest.fixture
def workers(
    database: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Worker, Worker]:
    monkeypatch.setattr(newest_reading.meeting, "directory", lambda: tmp_path)
    return Worker(database), Worker(database)


def test_a_reading_that_began_later_and_saw_less_is_repeated(
    workers: tuple[Worker, Worker], database: list[int]
) -> None:
    first, second = workers
    first.scrape("begun")
    second.scrape("seen")
    database[0] = 2
    first.go_on()
    database[0] = 3
    second.go_on()
    assert (first.answered, second.answered) == ([2], [3])


def test_a_counter_that_cannot_be_read_again_in_time_is_left_out(
    workers: tuple[Worker, Worker], database: list[int]
) -> None:
    first, second = workers
    first.scrape("begun", seconds=0)
    second.scrape("seen", seconds=0)
    database[0] = 2
    first.go_on()
    second.go_on()
    assert (first.answered, second.answered) == ([2], [None])
    second.scrape(seconds=0)
    assert second.answered == [None, 2]


def test_workers_whose_slow_readings_always_overlap_show_all_counts(
    workers: tuple[Worker, Worker], database: list[int]
) -> None:
    first, second = workers
    first.scrape("settled", seconds=0)
    for count in range(2, 6):
        database[0] = count
        second.scrape("settled", seconds=0)
        first.go_on()
        first, second = second, first
    first.go_on()
    assert [one.answered for one in workers] == [[1, 3, 5], [2, 4]]
