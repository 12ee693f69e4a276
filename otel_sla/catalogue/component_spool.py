"""The components of a file, kept on disk between reading and applying them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

from ..schedule import Override
from .entries import ComponentEntry


class Spool(Mapping[str, ComponentEntry]):
    """Components by name, in the order of the file, in a nameless temporary file.

    The whole of a file is checked before any of it is applied, and is not held in
    memory for it. SQLite keeps at most some megabytes of the file in memory.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute("PRAGMA journal_mode = OFF")
        database.execute(
            "CREATE TABLE component (id INTEGER PRIMARY KEY, name TEXT UNIQUE, "
            "line INTEGER, entry TEXT)"
        )

    def add(self, name: str, line: int, entry: ComponentEntry) -> int | None:
        """Keep the component, or return in which line its name is given already."""
        try:
            self._database.execute(
                "INSERT INTO component (name, line, entry) VALUES (?, ?, ?)",
                (name, line, _packed(entry)),
            )
        except sqlite3.IntegrityError:
            (first,) = self._rows("SELECT line FROM component WHERE name = ?", name)
            return int(first[0])
        return None

    def __getitem__(self, name: str) -> ComponentEntry:
        for (entry,) in self._rows("SELECT entry FROM component WHERE name = ?", name):
            return _unpacked(entry)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return bool(self._rows("SELECT 1 FROM component WHERE name = ?", name))

    def __iter__(self) -> Iterator[str]:
        rows = self._database.execute("SELECT name FROM component ORDER BY id")
        return (name for (name,) in rows)

    def __len__(self) -> int:
        ((number,),) = self._rows("SELECT count(*) FROM component")
        return int(number)

    def _rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self._database.execute(statement, parameters).fetchall()


@contextmanager
def spool() -> Iterator[Spool]:
    """A new one; its file goes with it."""
    # The empty name stands for a file that SQLite itself deletes.
    with closing(sqlite3.connect("")) as database:
        yield Spool(database)


def _packed(entry: ComponentEntry) -> str:
    overrides = [
        (one.start.isoformat(), one.end.isoformat(), one.kind, one.reason, one.uid)
        for one in entry.overrides
    ]
    return json.dumps([entry.agreement, entry.labels, entry.enabled, overrides])


def _unpacked(text: str) -> ComponentEntry:
    agreement, labels, enabled, overrides = json.loads(text)
    return ComponentEntry(
        agreement,
        labels,
        enabled,
        tuple(
            Override(datetime.fromisoformat(start), datetime.fromisoformat(end), *rest)
            for start, end, *rest in overrides
        ),
    )
