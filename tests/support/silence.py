"""A database that is gone without a word: nothing is closed, and nothing comes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from .databases import DATABASES
from .processes import Site, make_site

POOLED = """
DATABASES["default"].update(
    CONN_MAX_AGE=0, OPTIONS={"pool": {"min_size": 1, "max_size": 2}}
)
"""
CHECKED = 'DATABASES["default"]["CONN_HEALTH_CHECKS"] = True'
"""Settings of a site that has its connections in a pool, or sees whether they live."""

PORTS = {"PostgreSQL": 5432, "MariaDB": 3306}


class Proxy:
    """Forwards to a server, until it falls silent without closing anything."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._silent = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        self._silent.set()

    def close(self) -> None:
        self._silent.set()
        for one in (self._listening, *self._connections):
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                self._connections += [client, server]
                for ends in ((client, server), (server, client)):
                    args = (*ends,)
                    threading.Thread(
                        target=self._forward, args=args, daemon=True
                    ).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(65_536):
                if self._silent.is_set():
                    return
                target.sendall(chunk)


@contextmanager
def falling_silent(
    directory: Path, database: str, settings: str = ""
) -> Iterator[tuple[Site, Proxy]]:
    """A site with the sample catalogue, and the proxy that it reaches its database by.

    The settings are added to the site's own.
    """
    with DATABASES[database](directory) as url:
        address = urlsplit(url)
        proxy = Proxy(address.port or PORTS[database])
        who, at, _ = address.netloc.rpartition("@")
        through = address._replace(netloc=f"{who}{at}127.0.0.1:{proxy.port}").geturl()
        site = make_site(directory, DATABASE_URL=url).load_sample()
        site = site.having(DATABASE_URL=through)
        try:
            yield site.having_settings("through_proxy", settings), proxy
        finally:
            proxy.close()
