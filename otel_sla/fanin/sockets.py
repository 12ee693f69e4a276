"""Exchange totals with the other workers over Unix sockets."""

import json
import os
import selectors
import socket
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from .aggregation import Totals

_CHUNK = 1 << 18
_BACKLOG = 64
_PAUSE = 0.1


class TotalsServer:
    """A socket on which a worker sends its totals to those that connect."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._listen()

    def _listen(self) -> None:
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.bind(str(self._path))
            self._socket.listen(_BACKLOG)
            self._identity = identity(self._path)
        except OSError:
            self._socket.close()
            raise

    def rebind_if_removed(self, path: Path) -> None:
        """Bind a new socket if the path does not lead to this one any more.

        For the thread that serves. Raises OSError.
        """
        if self._identity is None or identity(path) != self._identity:
            self._identity = None
            self._socket.close()
            self._path = path
            self._listen()

    def serve(self, seconds: float, totals: Callable[[], bytes]) -> None:
        """Send the totals to those who connect in so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self._socket.settimeout(left)
                connection, _ = self._socket.accept()
            except TimeoutError:
                return
            except OSError:
                # No descriptor is free, or no socket could be bound: those who ask
                # use the file, and this goes on.
                time.sleep(min(left, _PAUSE))
                continue
            with connection, suppress(OSError):
                if _is_ours(connection):
                    connection.settimeout(1.0)
                    connection.sendall(totals())

    def close(self) -> None:
        self._socket.close()
        self._path.unlink(missing_ok=True)


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another that is put in its place later."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def listening_in(directory: Path) -> set[str]:
    """Return the names of workers with a socket that was bound in the directory or one
    of its name elsewhere, also where it has been removed since; none where the system
    does not tell."""
    begin = b"/" + os.fsencode(directory.name) + b"/"
    try:
        lines = Path("/proc/net/unix").read_bytes().splitlines()
    except OSError:
        return set()
    found = (line.partition(begin)[2] for line in lines)
    return {os.fsdecode(one).removesuffix(".socket") for one in found if one}


def ask(sockets: Mapping[str, Path], seconds: float) -> dict[str, Totals]:
    """Return the totals of those workers that answer in time, all asked at once."""
    end = time.monotonic() + seconds
    answers: dict[str, Totals] = {}
    with ExitStack() as opened, selectors.DefaultSelector() as selector:
        for worker, path in sockets.items():
            connection = _connect(path)
            if connection is not None:
                opened.enter_context(connection)
                asked = worker, connection, bytearray()
                selector.register(connection, selectors.EVENT_READ, asked)
        while selector.get_map() and (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                worker, connection, received = key.data
                if not _receive(connection, received):
                    selector.unregister(connection)
                    with suppress(ValueError):
                        answers[worker] = json.loads(received)
    return answers


def _connect(path: Path) -> socket.socket | None:
    try:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    except OSError:
        return None
    connection.setblocking(False)
    # Gone, or so many ask that its queue is full: its file will do.
    with suppress(OSError):
        connection.connect(str(path))
        if _is_ours(connection):
            return connection
    connection.close()
    return None


def _receive(connection: socket.socket, into: bytearray) -> bool:
    """Receive what is there; False at the end."""
    try:
        chunk = connection.recv(_CHUNK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    into += chunk
    return bool(chunk)


def _is_ours(connection: socket.socket) -> bool:
    """Return whether the peer is this user's process, or the system can't tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = connection.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
    )
    _, user, _ = struct.unpack("3i", credentials)
    return bool(user == os.getuid())
