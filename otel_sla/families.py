"""What a scrape is made of: families of samples, whatever they are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["gauge", "counter"]


class Block(NamedTuple):
    """Samples of one family that have the same value.

    A sample's labels are one of `labels`, as text without braces, and `more`, which
    all samples of the block have besides: b',zone="UTC"'.
    """

    labels: Sequence[bytes]
    more: bytes
    value: int | float


@dataclass(frozen=True, slots=True)
class Family:
    """One instrument's samples: OpenTelemetry's name and unit, and blocks."""

    name: str
    unit: str
    description: str
    kind: Kind
    blocks: Iterable[Block]
