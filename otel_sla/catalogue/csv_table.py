"""A catalogue's components as a table of comma-separated values."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import NamedTuple

from django.core.exceptions import ValidationError

from ..labels import InvalidLabels, check_labels
from .entries import ComponentEntry
from .errors import CatalogueError, Faults
from .parse import References, check_name
from .text_source import Source

_SEPARATORS = (",", ";", "\t")
_LABEL = "label:"
_TRUTHS = {
    **dict.fromkeys(("", "true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


class Row(NamedTuple):
    """A component of the table, and the line it begins in."""

    name: str
    line: int
    entry: ComponentEntry


class _Columns(NamedTuple):
    """Where in a row to find what."""

    headings: list[str]
    component: int
    agreement: int
    enabled: int | None
    labels: dict[int, str]


def rows(source: Source, references: References, faults: Faults) -> Iterator[Row]:
    """Yield the components of a CSV file. Raises CatalogueError.

    The separator is whichever of comma, semicolon and tab divides the first line
    into the most columns. Rows without any text are passed over.
    """
    lines = source.lines()
    first = next(lines, "")
    divided = {one: _split(first, one) for one in _SEPARATORS}
    separator, headings = max(divided.items(), key=lambda one: len(one[1]))
    columns = _columns(headings, source.file)
    table = csv.reader(lines, delimiter=separator, strict=True)
    begins, is_empty = 2, True
    while True:
        try:
            cells = next(table, None)
        except csv.Error as error:
            raise CatalogueError(f"broken CSV: {error}", source.file, begins) from error
        if cells is None:
            break
        if any(cells):
            row, is_empty = None, False
            with faults.noted():
                row = _row(_Cells(cells, columns, source.file, begins), references)
            if row is not None:
                yield row
        begins = table.line_num + 2
    if is_empty:
        # With --prune, an export that broke off would delete every component.
        message = "names no component below its headings"
        raise CatalogueError(message, source.file, 1)


def _split(line: str, separator: str) -> list[str]:
    """The first line by a separator, where it can be divided by that one."""
    try:
        cells = next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return []
    return [cell.strip() for cell in cells]


def _columns(headings: list[str], file: str) -> _Columns:
    """What the first line says. Raises CatalogueError."""
    meanings = [_meaning(heading) for heading in headings]
    seen = set[str]()
    for position, meaning in enumerate(meanings):
        if meaning and meaning in seen:
            raise CatalogueError(
                "is a second column of its meaning: rename or remove one of them",
                file,
                1,
                headings[position],
            )
        seen.add(meaning)
    for needed in ("component", "agreement"):
        if needed not in meanings:
            raise CatalogueError(
                "is missing: the first line names the columns, component, agreement "
                "and, if need be, enabled and labels, separated by commas, semicolons "
                "or tabs",
                file,
                1,
                needed,
            )
    labels = {
        position: meaning.removeprefix(_LABEL)
        for position, meaning in enumerate(meanings)
        if meaning.startswith(_LABEL)
    }
    try:
        check_labels(dict.fromkeys(labels.values(), "text"))
    except InvalidLabels as error:
        raise CatalogueError(str(error), file, 1, error.name or "") from error
    enabled = meanings.index("enabled") if "enabled" in meanings else None
    return _Columns(
        headings,
        meanings.index("component"),
        meanings.index("agreement"),
        enabled,
        labels,
    )


def _meaning(heading: str) -> str:
    """What a column holds; one of no other meaning holds a label."""
    known = "component" if heading.lower() == "name" else heading.lower()
    if known in ("", "component", "agreement", "enabled"):
        return known
    return _LABEL + heading.removeprefix(_LABEL)


class _Cells:
    """The cells of a row, which know their columns and their line."""

    def __init__(
        self, cells: list[str], columns: _Columns, file: str, line: int
    ) -> None:
        self._cells, self.columns = cells, columns
        self._file, self.line = file, line
        # Spreadsheets end rows with empty cells, or leave them out.
        for position in range(len(cells)):
            if cells[position] and not self._heading(position):
                raise self.error(
                    f"the column of {cells[position]!r} has no heading", position
                )

    def __getitem__(self, position: int) -> str:
        return self._cells[position] if position < len(self._cells) else ""

    def error(self, message: str, position: int) -> CatalogueError:
        heading = self._heading(position) or f"column {position + 1}"
        return CatalogueError(message, self._file, self.line, heading)

    def _heading(self, position: int) -> str:
        headings = self.columns.headings
        return headings[position] if position < len(headings) else ""


def _row(cells: _Cells, references: References) -> Row:
    columns = cells.columns
    name, agreement = cells[columns.component], cells[columns.agreement]
    try:
        check_name(name)
    except ValidationError as error:
        raise cells.error(error.messages[0], columns.component) from error
    if not agreement:
        raise cells.error(
            "is missing: give one, the name of an agreement", columns.agreement
        )
    references.note(
        "agreement",
        agreement,
        lambda message: cells.error(message, columns.agreement),
    )
    labels = {label: cells[at] for at, label in columns.labels.items() if cells[at]}
    try:
        check_labels(labels)
    except InvalidLabels as error:
        raise cells.error(str(error), columns.component) from error
    return Row(name, cells.line, ComponentEntry(agreement, labels, _enabled(cells)))


def _enabled(cells: _Cells) -> bool:
    if cells.columns.enabled is None:
        return True
    written = cells[cells.columns.enabled]
    if written.lower() not in _TRUTHS:
        raise cells.error(
            f"must be true or false, not {written!r}", cells.columns.enabled
        )
    return _TRUTHS[written.lower()]
