"""Read a catalogue file: YAML, JSON or, of components alone, CSV."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from django.core.exceptions import ValidationError

from ..language import Sentence
from ..schedule.calendars.limits import check_calendars
from . import csv_table, parse
from .component_spool import Spool, spool
from .entries import Catalogue, Places
from .errors import CatalogueError, Faults
from .node import Node
from .references import References, places
from .sections import Found, entries
from .text_source import Source, Track, is_table, opened, untracked

_Names = Collection[str]


@contextmanager
def reading(
    path: Path,
    *,
    calendars: _Names = frozenset(),
    schedules: _Names = frozenset(),
    agreements: _Names = frozenset(),
    track: Track = untracked,
) -> Iterator[Catalogue]:
    """Read a catalogue, with its components on disk while the context is open.

    Raises one CatalogueError with all faults; nothing is written to the database.
    `calendars`, `schedules` and `agreements` are names that the file may refer to
    without having them, because the database has and keeps them. `track` wraps the
    blocks that are read, for a progress bar.
    """
    with spool() as components:
        with opened(path, track) as source:
            catalogue = _Reading(source, components).read(
                calendar=calendars, schedule=schedules, agreement=agreements
            )
        yield catalogue


def parse_file(
    path: Path,
    *,
    calendars: _Names = frozenset(),
    schedules: _Names = frozenset(),
    agreements: _Names = frozenset(),
) -> Catalogue:
    """Read a catalogue, all of it into memory, as `reading` does."""
    with reading(
        path, calendars=calendars, schedules=schedules, agreements=agreements
    ) as catalogue:
        return _in_memory(catalogue)


def parse_text(
    text: str,
    file: str,
    *,
    calendars: _Names = frozenset(),
    schedules: _Names = frozenset(),
    agreements: _Names = frozenset(),
) -> Catalogue:
    """Parse the text of a catalogue that is called `file`, as parse_file does."""
    source = Source([text.encode("utf-8", "surrogatepass")], file)
    with spool() as components:
        read = _Reading(source, components).read(
            calendar=calendars, schedule=schedules, agreement=agreements
        )
        return _in_memory(read)


def _in_memory(catalogue: Catalogue) -> Catalogue:
    return replace(catalogue, components=dict(catalogue.components))


class _Reading:
    def __init__(self, source: Source, components: Spool) -> None:
        self._source = source
        self._components = components
        self._found = Catalogue(
            components=components, components_only=is_table(source.file)
        )
        self._lines: dict[str, dict[str, int]] = {
            kind: {} for kind in ("calendar", "schedule", "agreement")
        }
        self._places: dict[tuple[str, str], Places] = {}
        self._days = 0
        self._references = References()
        self._faults = Faults()

    def read(self, **known: _Names) -> Catalogue:
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
        catalogue = replace(self._found, borrowed=borrowed, places=self._places)
        catalogue.check_borrowed(self._faults, **known)
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
                parse.check_name(name, kind)
            except ValidationError as error:
                raise node.error("refused", reason=error.messages[0]) from error
            if kind == "calendar":
                self._calendar(name, node)
            elif kind == "schedule":
                self._found.schedules[name] = parse.schedule(node, self._references)
                self._places[kind, name] = places(kind, node)
            elif kind == "agreement":
                self._found.agreements[name] = parse.agreement(node, self._references)
            elif not is_merged or name not in self._components:
                entry = parse.component(node, self._references)
                first = self._components.add(name, node.line, entry)
        if first is not None and not is_merged:
            raise node.error(
                "duplicate", what=Sentence(kind, {}), name=name, first=first
            )

    def _calendar(self, name: str, node: Node) -> None:
        calendars = self._found.calendars
        entry = calendars[name] = parse.calendar(node, self._references)
        self._places["calendar", name] = places("calendar", node)
        self._days += len(entry.days)
        parse.limited(node, lambda: check_calendars(len(calendars), self._days))

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
                        what=Sentence("component", {}),
                        name=name,
                        first=first,
                    )
                )
