"""What a scrape is made of: instruments, families of samples, groups of rows."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar

from ..labels import series

T = TypeVar("T")
Number = int | float
Kind = Literal["gauge", "counter", "up_down_counter"]


class Block(NamedTuple):
    """Samples of one family that have the same value.

    A sample's labels are one of `labels`, as text without braces, and `more`, which
    all samples of the block have besides: b',zone="UTC"'.
    """

    labels: Sequence[bytes]
    more: bytes
    value: Number


class Column(NamedTuple):
    """Samples of one family with a value each, row for row.

    `labels` are as in a Block; `values` has as many items.
    """

    labels: Sequence[bytes]
    values: Sequence[Number]


@dataclass(frozen=True, slots=True)
class Instrument(ABC, Generic[T]):
    """An observable instrument, and what it observes of a snapshot of type T.

    A counter's `since` is when it began to count, in Unix seconds. None: when the
    process started.
    """

    name: str
    unit: str
    description: str
    kind: Kind = field(default="gauge", kw_only=True)
    since: int | None = field(default=None, kw_only=True)

    @abstractmethod
    def points(self, snapshot: T, /) -> Iterable[tuple[Number, Mapping[str, str]]]:
        """Yield each value with its attributes."""

    def blocks(self, snapshot: T, /) -> Iterable[Block | Column]:
        """Yield the same samples, with their labels as text."""
        for value, attributes in self.points(snapshot):
            yield Block([series(attributes)], b"", value)


class Family(NamedTuple):
    """An instrument's samples."""

    instrument: Instrument[Any]
    blocks: Sequence[Block | Column]


class Row(Protocol):
    """What a sample is about."""

    @property
    def attributes(self) -> Mapping[str, str]: ...


class Attributes(NamedTuple):
    """A row that is nothing but its attributes."""

    attributes: Mapping[str, str]


class RowGroup(NamedTuple):
    """Rows that have the same values of the same instruments.

    Each value has attributes of its own, which override those of the row. `since` says
    when a counter, by its name, began to count for these rows, in Unix seconds. For one
    that is not in it, Instrument.since applies.
    """

    rows: Sequence[Row]
    values: Sequence[tuple[Instrument[Any], Mapping[str, str], Number]]
    since: Mapping[str, Number] = MappingProxyType({})


def families(instruments: Iterable[Instrument[T]], snapshot: T) -> Iterator[Family]:
    """Yield what the instruments observe of the snapshot, as scrapes have it."""
    for one in instruments:
        yield Family(one, list(one.blocks(snapshot)))


def row_groups(instruments: Iterable[Instrument[T]], snapshot: T) -> Iterator[RowGroup]:
    """Yield what the instruments observe of the snapshot, as OTLP has it."""
    for one in instruments:
        for value, attributes in one.points(snapshot):
            yield RowGroup([Attributes(attributes)], [(one, {}, value)])
