"""The file of an SQLite database: missing, or replaced while a connection is open.

A connection keeps the file that it has opened, also when another one has been moved to
its path: it would return the rows of the deleted file until the process ends.
"""

import os
from typing import Any
from weakref import WeakKeyDictionary

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

# Device and inode.
_Identity = tuple[int, int]
# Those of the database's file, and of its write-ahead log if it has one.
_Files = tuple[_Identity | None, _Identity | None]

_opened: WeakKeyDictionary[BaseDatabaseWrapper, _Files] = WeakKeyDictionary()


def opened(sender: Any, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Note which file a new connection has opened: receives connection_created.

    A log that is there by now may be one that this connection does not read yet.
    """
    path = _path(connection)
    if path is not None:
        _opened[connection] = _identity(path), None


def close_if_replaced(connection: Any) -> None:
    """Close the connection if its file, or the log of its file, is not at the path any
    more. Names in memory and URIs are left alone, as are transactions.

    Raises OperationalError where no file is at the path: SQLite would create an empty
    one, and block the file that is about to be put there.
    """
    path = _path(connection)
    if path is None or connection.in_atomic_block:
        return
    database, log = _identity(path), _identity(f"{path}-wal")
    if database is None:
        raise OperationalError(f"there is no database file {path}")
    if connection.connection is None:
        return
    known_database, known_log = _opened.get(connection, (database, log))
    if database != known_database or known_log not in (None, log):
        connection.close()
        return
    # While a connection has the log open, nobody deletes it in the usual course.
    _opened[connection] = database, log


def _path(connection: Any) -> str | None:
    if connection.vendor != "sqlite" or connection.is_in_memory_db():
        return None
    name = str(connection.settings_dict["NAME"])
    return None if name.startswith("file:") else name


def _identity(path: str) -> _Identity | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
