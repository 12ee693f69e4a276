"""Several sources in one collection: what a broken one costs the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from django.db import connection

from otel_sla.bridge import registry as registry_module
from otel_sla.bridge.families import Column, Family, Instrument, Number
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.no_rows import NoRows
from otel_sla.bridge.query_source import QuerySource
from otel_sla.bridge.registry import Registry
from otel_sla.bridge.self_metrics import READ, collection_errors
from otel_sla.database.consistent_read import DatabaseRow, Statement
from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.negotiation import negotiate


class Taken(NamedTuple):
    moment: int
    read_at: int
    dropped: Mapping[str, int] = MappingProxyType({})

    def __len__(self) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class One(Instrument[Taken]):
    """A gauge with one sample, or with an error."""

    unit: str = ""
    description: str = "One."
    error: Exception | None = None

    def points(self, taken: Taken) -> Iterator[tuple[Number, Mapping[str, str]]]:
        if self.error:
            raise self.error
        yield 1, {}


class Ones(QuerySource[Any, Taken]):
    rows_name = "ones"

    def __init__(
        self,
        name: str,
        *instruments: One,
        required: bool = False,
        sql: str = "SELECT 1",
        fails: Exception | None = None,
    ) -> None:
        self.name, self.required, self._sql, self._fails = name, required, sql, fails
        self.instruments = instruments or (One(f"of.{name}"),)

    def database(self) -> str:
        return "default"

    def statements(self, alias: str, vendor: str) -> Sequence[Statement]:
        return [(self._sql, ())]

    def keep(self, rows: Sequence[list[DatabaseRow]], before: Any) -> Any:
        if self._fails:
            raise self._fails
        return rows

    def snapshot(
        self, kept: Any, moment: int, read_at: int, elapsed: Callable[[], float]
    ) -> Taken:
        return Taken(moment, read_at)


def collected(*sources: Ones) -> tuple[list[str], tuple[str, ...]]:
    """The families of the sources, but for those of the process; what is left out."""
    registry = Registry()
    for one in sources:
        registry.register(LastGood(one))
    collection = registry.collect(1_700_000_000)
    families = collection.families(counters=False)
    names = [
        one.instrument.name for one in families if "source" not in one.instrument.name
    ]
    pushed = [
        instrument.name
        for rows in collection.row_groups(counters=False)
        for instrument, _, _ in rows.values
        if "source" not in instrument.name
    ]
    assert names == pushed
    return names, collection.left_out


GOOD = Ones("good", required=True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [Ones("bad", fails=ValueError("odd")), Ones("bad", sql="SELECT * FROM nowhere")],
    ids=["keep", "read"],
)
def test_a_source_that_fails_is_left_out_and_costs_no_other(broken: Ones) -> None:
    with connection.cursor():
        assert collected(broken, GOOD) == (["of.good"], ("bad",))


@pytest.mark.django_db
def test_an_instrument_that_fails_costs_its_source_and_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    registry_module._failures.forget()
    bad = Ones("bad", One("fine"), One("odd", error=IndexError("odd")))
    assert collected(bad, GOOD)[0] == ["of.good"]
    assert "source 'bad' is left out" in caplog.text


@pytest.mark.django_db
def test_without_a_required_source_there_is_no_answer() -> None:
    with pytest.raises(NoRows, match="the ones can't be read"):
        collected(Ones("bad", required=True, sql="SELECT * FROM nowhere"), GOOD)


@pytest.mark.django_db
def test_only_a_required_source_counts_as_a_failure_of_service_windows() -> None:
    for required, counted in ((False, 0), (True, 1)):
        source = Ones("bad", required=required, sql="SELECT * FROM nowhere")
        with pytest.raises(NoRows):
            LastGood(source).take(1_700_000_000)
        assert collection_errors[READ] == counted


def test_required_sources_come_first() -> None:
    registry = Registry()
    for one in (Ones("first"), GOOD):
        registry.register(LastGood(one))
    assert [one.source.name for one in registry] == ["good", "first"]


@pytest.mark.parametrize(
    "second",
    [
        Ones("good", One("another")),
        Ones("second", One("of.good")),
        Ones("second", One("twice"), One("twice")),
        Ones("second", One("service_window.exports")),
        Ones("second", One("Of_Good")),
        Ones("second", One("Of.Good", "s")),
        Ones("second", One("of.good", "1")),
        Ones("second", One("a", "s"), One("a.seconds")),
        Ones("second", One("a", kind="counter"), One("a_total")),
        Ones("second", One("a", kind="counter"), One("a")),
        Ones("second", One("a", kind="counter"), One("a.total", kind="counter")),
        Ones("second", One("otel_sla.source_timestamp_seconds")),
        Ones("second", One("target.info")),
    ],
)
def test_names_of_sources_and_instruments_are_taken_once(second: Ones) -> None:
    registry = Registry()
    registry.register(LastGood(GOOD))
    with pytest.raises(ValueError, match=r"another source named|exists already"):
        registry.register(LastGood(second))
    assert [one.source.name for one in registry] == ["good"]


def test_a_column_is_written_row_by_row_with_and_without_labels_and_scope() -> None:
    column = Column([b'host="a"', b""], [1, 2.5])
    disk = One("disk.size", "By", "Size.", kind="up_down_counter")
    family = Family(disk, [column])
    form = negotiate("", "")
    assert write([family], (), form).decode().splitlines()[-2:] == [
        'disk_size_bytes{host="a"} 1',
        "disk_size_bytes 2.5",
    ]
    assert write([family], (), form, b'scope="x"').decode().splitlines()[-2:] == [
        'disk_size_bytes{host="a",scope="x"} 1',
        'disk_size_bytes{scope="x"} 2.5',
    ]


@pytest.mark.parametrize(
    ("number", "named"),
    [
        (0, "rows"),
        (1, "rows 0"),
        (3, "rows 0, rows 1 and rows 2"),
        (9, "rows 0, rows 1 and those of 7 other sources"),
    ],
)
def test_a_log_line_names_a_few_sources_of_many(number: int, named: str) -> None:
    sources = Registry()
    for one in range(number):
        source = Ones(f"s{one}")
        source.rows_name = f"rows {one}"
        sources.register(LastGood(source))
    assert sources.rows_name == named
