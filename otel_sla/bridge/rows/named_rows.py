"""Gauges whose names are data: each row has the name of its gauge."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...text import is_text
from ..families import Column, Instrument, Number
from ..instrument_names import is_name, is_unit, taken_by
from .dropped_rows import (
    CLASH,
    DUPLICATE,
    LABELS,
    NAME,
    TOO_MANY,
    UNIT,
    VALUE,
    Cause,
    Dropped,
    counted,
)
from .row_labels import Describe
from .values import Numbers

REASONS = (LABELS.reason, DUPLICATE.reason, VALUE.reason, NAME.reason)
"""Why a row is dropped, as an attribute of a metric."""

Naming = tuple[Any, Any, Any]
"""A row's name, unit and help, as they were read."""


class ByName(NamedTuple):
    """What tells rows apart, and their instruments, by name.

    `columns` are compared with those of the next reading, and `describe` turns those
    of them that are `attributes` into text. `dropped` are rows without an instrument.
    """

    columns: Sequence[Sequence[Any]]
    describe: Describe
    attributes: Sequence[Sequence[Any]]
    instruments: Sequence[PerName]
    dropped: Dropped

    def attributes_of(self, row: int) -> dict[str, str]:
        """Return the attributes of a row that has labels."""
        return self.describe([one[row] for one in self.attributes])


class Kept(NamedTuple):
    """What is kept of a reading: rows by name, numbers, and why rows are dropped.

    `without` are the rows that have no sample; `reasons` those that rows may be dropped
    for.
    """

    names: ByName
    values: Numbers
    dropped: Dropped
    without: frozenset[int]
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class NamedRows:
    """The rows at one moment, in Unix seconds, without those of the names left out."""

    moment: int
    read_at: int
    kept: Kept
    left_out: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.kept.values.values) - sum(self.dropped.values())

    @property
    def dropped(self) -> Mapping[str, int]:
        found = counted(self.kept.dropped, self.kept.reasons)
        if self.left_out:
            found[NAME.reason] += sum(
                row not in self.kept.dropped
                for one in self.kept.names.instruments
                if one.name in self.left_out
                for row in one.rows
            )
        return found

    @property
    def instruments(self) -> list[PerName]:
        """The gauges that have samples."""
        names = self.kept.names
        return [one for one in names.instruments if one.name not in self.left_out]


@dataclass(frozen=True, slots=True, eq=False)
class PerName(Instrument[NamedRows]):
    """A gauge with a value for each row of its name."""

    rows: Sequence[int] = field(kw_only=True)
    labels: Sequence[bytes] = field(kw_only=True)

    def points(self, snapshot: NamedRows) -> Iterator[tuple[Number, Mapping[str, str]]]:
        kept = snapshot.kept
        for row in self.rows:
            if row not in kept.without:
                yield kept.values.values[row], kept.names.attributes_of(row)

    def blocks(self, snapshot: NamedRows) -> Iterator[Column]:
        kept = snapshot.kept
        rows, labels = self.rows, self.labels
        if kept.without and not kept.without.isdisjoint(rows):
            pairs = zip(rows, labels, strict=True)
            chosen = [one for one in pairs if one[0] not in kept.without]
            rows, labels = [row for row, _ in chosen], [text for _, text in chosen]
        if rows:
            yield Column(labels, list(map(kept.values.values.__getitem__, rows)))


def by_name(
    naming: Iterable[Naming],
    labels: Sequence[bytes | None],
    unusable: Mapping[int, Cause],
    at_most: int,
) -> tuple[list[PerName], dict[int, Cause]]:
    """Return the gauges in the order of their names, and why rows have none.

    `labels` has None for rows that are dropped for the causes in `unusable`. Which
    `at_most` names are chosen depends on the names only, so that all workers choose the
    same.
    """
    rows_of: dict[Naming, list[int]] = defaultdict(list)
    for row, key in enumerate(naming):
        rows_of[key].append(row)
    unit_of = _units(rows_of)
    refused = _refused(unit_of, at_most)
    dropped: dict[int, Cause] = {}
    chosen: dict[str, list[int]] = defaultdict(list)
    helps: dict[str, set[str]] = defaultdict(set)
    for (name, unit, help), rows in rows_of.items():
        cause: Cause | None = NAME
        if _is_usable(name, unit):
            of_unit = None if (unit or "") == unit_of[name] else UNIT
            cause = refused.get(name, of_unit)
        if cause is not None:
            dropped |= dict.fromkeys(rows, cause)
            continue
        chosen[name] += rows
        if help and isinstance(help, str) and is_text(help):
            helps[name].add(help)
    found = []
    for name in sorted(chosen):
        rows, texts = _distinct(sorted(chosen[name]), labels, dropped)
        if rows:
            help = min(helps[name], default="")
            found.append(PerName(name, unit_of[name], help, rows=rows, labels=texts))
    return found, dict(unusable) | dropped


def _is_usable(name: Any, unit: Any) -> bool:
    return is_name(name) and is_unit(unit or "")


def _units(rows_of: Mapping[Naming, Sequence[int]]) -> dict[str, str]:
    """Return the usable names in alphabetical order, with the unit of most rows."""
    units: dict[str, Counter[str]] = defaultdict(Counter)
    for (name, unit, _), rows in rows_of.items():
        if _is_usable(name, unit):
            units[name][unit or ""] += len(rows)
    # Of two with as many rows, the first in alphabetical order.
    return {
        name: min(found, key=lambda unit: (-found[unit], unit))
        for name, found in sorted(units.items())
    }


def _refused(unit_of: Mapping[str, str], at_most: int) -> dict[str, Cause]:
    """Return the names that can't be there beside the others, and why."""
    refused: dict[str, Cause] = {}
    taken: set[Hashable] = set()
    for name, unit in unit_of.items():
        shown = taken_by(name, unit, "gauge")
        if taken.isdisjoint(shown):
            taken |= shown
        else:
            refused[name] = CLASH
    others = [name for name in unit_of if name not in refused]
    return refused | dict.fromkeys(others[at_most:], TOO_MANY)


def _distinct(
    rows: Sequence[int], labels: Sequence[bytes | None], dropped: dict[int, Cause]
) -> tuple[list[int], list[bytes]]:
    """Return the rows whose labels no other row has, and the labels.

    The others are added to `dropped`.
    """
    texts = [labels[row] for row in rows]
    if None not in texts and len(set(texts)) == len(texts):
        return list(rows), [one for one in texts if one is not None]
    times = Counter(texts)
    dropped |= {
        row: DUPLICATE
        for row, text in zip(rows, texts, strict=True)
        if text is not None and times[text] > 1
    }
    alone = [
        (row, text)
        for row, text in zip(rows, texts, strict=True)
        if text is not None and times[text] == 1
    ]
    return [row for row, _ in alone], [text for _, text in alone]
