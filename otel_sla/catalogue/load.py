"""Read a catalogue file: YAML, JSON or, of components alone, CSV."""

import sqlite3
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from django.core.exceptions import ValidationError

from . import csv_table, parse
from .component_spool import Spool, spool
from .entries import Catalogue
from .errors import CatalogueError, Faults
from .sections import Found, entries
from .text_source import Source, Track, is_table, opened, untracked

_Names = Container[str]


@contextmanager
def reading(
    path: Path,
    *,
    schedules: _Names = frozenset(),
    agreements: _Names = frozenset(),
    track: Track = untracked,
) -> Iterator[Catalogue]:
    """Read a catalogue, with its components on disk while the context is open.

    Raises one CatalogueError with all faults; nothing is written to the database.
    `schedules` and `agreements` are names that the file may refer to without having
    them, because the database has and keeps them. `track` wraps the blocks that are
    read, for a progress bar.
    """
    with spool() as components:
        with opened(path, track) as source:
            catalogue = _Reading(source, components).read(schedules, agreements)
        yield catalogue


def parse_file(
    path: Path, *, schedules: _Names = frozenset(), agreements: _Names = frozenset()
) -> Catalogue:
    """Read a catalogue, all of it into memory, as `reading` does."""
    with reading(path, schedules=schedules, agreements=agreements) as catalogue:
        return _in_memory(catalogue)


def parse_text(
    text: str,
    file: str,
    *,
    schedules: _Names = frozenset(),
    agreements: _Names = frozenset(),
) -> Catalogue:
    """Parse the text of a catalogue that is called `file`, as parse_file does."""
    source = Source([text.encode("utf-8", "surrogatepass")], file)
    with spool() as components:
        return _in_memory(_Reading(source, components).read(schedules, agreements))


def _in_memory(catalogue: Catalogue) -> Catalogue:
    return replace(catalogue, components=dict(catalogue.components))


class _Reading:
    def __init__(self, source: Source, components: Spool) -> None:
        self._source = source
        self._components = components
        self._found = Catalogue(
            components=components, components_only=is_table(source.file)
        )
        self._lines: dict[str, dict[str, int]] = {"schedule": {}, "agreement": {}}
        self._references = parse.References()
        self._faults = Faults()

    def read(self, schedules: _Names, agreements: _Names) -> Catalogue:
        read = self._rows if self._found.components_only else self._entries
        try:
            read()
        except sqlite3.Error as error:
            raise CatalogueError(
                "unwritable_spool", self._source.file, reason=error
            ) from error
        except CatalogueError as error:
            # Reading ended early: names that are missing so far may follow.
            self._faults.end_with(error)
        # A name counts as known where its entry has faults of its own.
        borrowed = {
            kind: self._references.outside(kind, lines)
            for kind, lines in self._lines.items()
        }
        catalogue = replace(self._found, borrowed=borrowed)
        catalogue.check_borrowed(self._faults, schedule=schedules, agreement=agreements)
        return catalogue

    def _entries(self) -> None:
        for found in entries(self._source):
            with self._faults.noted():
                self._entry(found)

    def _entry(self, found: Found) -> None:
        kind, name, node, is_merged = found
        first = None
        if kind != "component":
            first = self._lines[kind].get(name)
            self._lines[kind].setdefault(name, node.line)
        if first is None:
            try:
                parse.check_name(name)
            except ValidationError as error:
                raise node.error("refused", reason=error.messages[0]) from error
            if kind == "schedule":
                self._found.schedules[name] = parse.schedule(node)
            elif kind == "agreement":
                self._found.agreements[name] = parse.agreement(node, self._references)
            elif not is_merged or name not in self._components:
                entry = parse.component(node, self._references)
                first = self._components.add(name, node.line, entry)
        if first is not None and not is_merged:
            raise node.error("duplicate", what=kind, name=name, first=first)

    def _rows(self) -> None:
        rows = csv_table.rows(self._source, self._references, self._faults)
        for name, line, entry in rows:
            first = self._components.add(name, line, entry)
            if first is not None:
                self._faults.note(
                    CatalogueError(
                        "duplicate",
                        self._source.file,
                        line,
                        what="component",
                        name=name,
                        first=first,
                    )
                )
