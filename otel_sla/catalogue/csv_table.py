"""Read the components of a catalogue from a table of comma-separated values."""

import csv
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from django.core.exceptions import ValidationError

from ..labels import InvalidLabels, check_labels
from .entries import ComponentEntry
from .errors import CatalogueError, Faults, Place
from .parse import check_name
from .references import References
from .text_source import Source

_SEPARATORS = (",", ";", "\t")
_LABEL = "label:"
_Row = tuple[str, int, ComponentEntry]
_TRUTHS = {
    **dict.fromkeys(("", "true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


def rows(source: Source, references: References, faults: Faults) -> Iterator[_Row]:
    """Yield the components of a CSV file, with their names and lines.

    The separator is the one of comma, semicolon and tab that divides the first line
    into the most columns. Rows without any text are skipped. Raises CatalogueError.
    """
    lines = source.lines()
    first = next(lines, "")
    divided = {one: _split(first, one) for one in _SEPARATORS}
    separator, headings = max(divided.items(), key=lambda one: len(one[1]))
    columns = _Columns(headings, source.file)
    table = csv.reader(lines, delimiter=separator, strict=True)
    line, is_empty = 2, True
    try:
        for cells in table:
            if any(cells):
                is_empty = False
                with faults.noted():
                    yield columns.row(cells, line, references)
            line = table.line_num + 2
    except csv.Error as error:
        raise CatalogueError("broken_csv", source.file, line, reason=error) from error
    if is_empty:
        # With --prune, an export that broke off would delete every component.
        raise CatalogueError("empty_table", source.file, 1)


def _split(line: str, separator: str) -> list[str]:
    """Return the headings that a separator divides the first line into, if it can."""
    try:
        cells = next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return []
    return [cell.strip() for cell in cells]


def _meaning(heading: str) -> str:
    """Return what a column holds: a label, unless it has another meaning."""
    known = "component" if heading.lower() == "name" else heading.lower()
    if known in ("", "component", "agreement", "enabled"):
        return known
    return _LABEL + heading.removeprefix(_LABEL)


def _labels(cells: dict[str, str]) -> dict[str, str]:
    """Return the labels among cells that are by meaning; an empty cell is none."""
    return {
        meaning.removeprefix(_LABEL): cell
        for meaning, cell in cells.items()
        if meaning.startswith(_LABEL) and cell
    }


class _Columns:
    """What the first line says of the columns. Raises CatalogueError."""

    def __init__(self, headings: list[str], file: str) -> None:
        self._file = file
        self._meanings = [_meaning(heading) for heading in headings]
        self._headings: dict[str, str] = {}
        for meaning, heading in zip(self._meanings, headings, strict=True):
            if meaning and meaning in self._headings:
                raise CatalogueError("duplicate_column", file, 1, heading)
            self._headings[meaning] = heading
        for needed in ("component", "agreement"):
            if needed not in self._headings:
                raise CatalogueError("column_missing", file, 1, needed)
        try:
            check_labels(_labels(dict.fromkeys(self._headings, "text")))
        except InvalidLabels as error:
            heading = error.name or ""
            raise CatalogueError("refused", file, 1, heading, reason=error) from error

    def row(self, cells: list[str], line: int, references: References) -> _Row:
        """Return the component of a row that begins in the line."""

        def refused(code: str, key: str, **params: Any) -> CatalogueError:
            heading = self._headings.get(key, key)
            return CatalogueError(code, self._file, line, heading, **params)

        found: dict[str, str] = {}
        # Spreadsheets end rows with empty cells, or leave them out.
        by_meaning = zip_longest(self._meanings, cells, fillvalue="")
        for number, (meaning, cell) in enumerate(by_meaning, start=1):
            if cell and not meaning:
                raise refused("column_without_heading", f"column {number}", text=cell)
            found[meaning] = cell
        name, agreement, labels = found["component"], found["agreement"], _labels(found)
        try:
            check_name(name)
            if not agreement:
                example = "the name of an agreement"
                raise refused("reference_missing", "agreement", example=example)
            heading = self._headings["agreement"]
            references.note("agreement", agreement, Place(self._file, line, heading))
            check_labels(labels)
        except (ValidationError, InvalidLabels) as error:
            reason = getattr(error, "messages", [str(error)])[0]
            raise refused("refused", "component", reason=reason) from error
        written = found.get("enabled", "")
        if written.lower() not in _TRUTHS:
            raise refused("not_a_flag", "enabled", found=repr(written))
        enabled = _TRUTHS[written.lower()]
        return name, line, ComponentEntry(agreement, labels, enabled)
