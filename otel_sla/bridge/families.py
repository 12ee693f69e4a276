"""What a scrape is made of: families of samples, whatever they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

Kind = Literal["gauge", "counter", "up_down_counter"]


class Block(NamedTuple):
    """Samples of one family that have the same value.

    A sample's labels are one of `labels`, as text without braces, and `more`, which
    all samples of the block have besides: b',zone="UTC"'.
    """

    labels: Sequence[bytes]
    more: bytes
    value: int | float


class Column(NamedTuple):
    """Samples of one family with a value each, row for row.

    `labels` are as in a Block; `values` has as many items.
    """

    labels: Sequence[bytes]
    values: Sequence[int | float]


@dataclass(frozen=True, slots=True)
class Family:
    """One instrument's samples: OpenTelemetry's name and unit, and what it has."""

    name: str
    unit: str
    description: str
    kind: Kind
    blocks: Sequence[Block | Column]


class Instrument(Protocol):
    """The identity of an instrument.

    A counter's `since` is when it began to count, in Unix seconds; None where that
    was with the process.
    """

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def since(self) -> int | None: ...


class Row(Protocol):
    """What a sample is about."""

    @property
    def attributes(self) -> Mapping[str, str]: ...


class Attributes(NamedTuple):
    """A row that is nothing but its attributes."""

    attributes: Mapping[str, str]


class Alike(NamedTuple):
    """Rows that have the same values of the same instruments.

    With each value, the attributes that its samples have besides the row's own, over
    which they win.
    """

    rows: Sequence[Row]
    values: Sequence[tuple[Instrument, Mapping[str, str], int | float]]
