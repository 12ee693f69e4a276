"""Keep the components of a file on disk between reading and applying them."""

import pickle
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from .entries import ComponentEntry


class Spool(Mapping[str, ComponentEntry]):
    """Components by name, in the order of the file, in a nameless temporary file.

    A whole file is checked before any of it is applied, without being held in memory.
    SQLite keeps at most some megabytes of it there.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute("PRAGMA journal_mode = OFF")
        database.execute(
            "CREATE TABLE component (id INTEGER PRIMARY KEY, name TEXT UNIQUE, "
            "line INTEGER, entry BLOB)"
        )

    def add(self, name: str, line: int, entry: ComponentEntry) -> int | None:
        """Keep the component, or return the line in which its name was given before."""
        try:
            self._database.execute(
                "INSERT INTO component (name, line, entry) VALUES (?, ?, ?)",
                (name, line, pickle.dumps(entry)),
            )
        except sqlite3.IntegrityError:
            (first,) = self._rows("SELECT line FROM component WHERE name = ?", name)
            return int(first[0])
        return None

    def __getitem__(self, name: str) -> ComponentEntry:
        for (entry,) in self._rows("SELECT entry FROM component WHERE name = ?", name):
            found: ComponentEntry = pickle.loads(entry)  # noqa: S301 - our own file
            return found
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        # By far cheaper than unpickling the entry, as Mapping would.
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
    """Make a new one, whose file is deleted with it."""
    # SQLite itself deletes a file with an empty name.
    with closing(sqlite3.connect("")) as database:
        yield Spool(database)
