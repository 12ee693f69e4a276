"""The databases that the tests run on: new ones, and only while they are needed.

OTEL_SLA_TEST_DATABASE says which the suite takes: SQLite (unless told), PostgreSQL
or MariaDB. OTEL_SLA_TEST_POSTGRES_URL and OTEL_SLA_TEST_MARIADB_URL say where the
servers are, and who may create databases there.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql

from .parts import missing

POSTGRES = os.environ.get(
    "OTEL_SLA_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
MARIADB = os.environ.get("OTEL_SLA_TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306/")


def sqlite_url(directory: Path) -> str:
    """Return the URL of a database in the directory, which is made when used."""
    return f"sqlite:///{directory / 'site.sqlite3'}"


@contextmanager
def postgres_url() -> Iterator[str]:
    """A new PostgreSQL database."""
    name = f"otel_sla_{secrets.token_hex(6)}"
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError:
        missing(f"PostgreSQL at {urlsplit(POSTGRES).hostname}")
    with server:
        server.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def unavailable(url: str) -> Iterator[None]:
    """Let nobody connect to a PostgreSQL database, and end its connections."""
    name = urlsplit(url).path[1:]
    allow = f"ALTER DATABASE {name} ALLOW_CONNECTIONS "
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f"{allow} false".encode())
        server.execute(end, [name])
        try:
            yield
        finally:
            server.execute(f"{allow} true".encode())


@contextmanager
def mariadb_url() -> Iterator[str]:
    """A new MariaDB database."""
    name = f"otel_sla_{secrets.token_hex(6)}"
    address = urlsplit(MARIADB)
    try:
        server = pymysql.connect(
            host=address.hostname or "127.0.0.1",
            port=address.port or 3306,
            user=address.username or "root",
            password=unquote(address.password or ""),
            connect_timeout=5,
        )
    except pymysql.err.OperationalError:
        missing(f"MariaDB at {address.hostname}")
    with server, server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            yield address._replace(path=f"/{name}").geturl()
        finally:
            cursor.execute(f"DROP DATABASE {name}")


DATABASES: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "SQLite": lambda directory: nullcontext(sqlite_url(directory)),
    "PostgreSQL": lambda _: postgres_url(),
    "MariaDB": lambda _: mariadb_url(),
}
"""What makes a database of each kind, for a site in a directory."""

CHOSEN = os.environ.get("OTEL_SLA_TEST_DATABASE", "SQLite")
if CHOSEN not in DATABASES:
    raise ValueError(f"OTEL_SLA_TEST_DATABASE is {CHOSEN!r}: use {list(DATABASES)}")

_of_sites = ExitStack()


def database_of_site(directory: Path) -> str:
    """Return the URL of a new database for a site in the directory."""
    return _of_sites.enter_context(DATABASES[CHOSEN](directory))


def directory_of_tests() -> Path:
    """Return a new directory, which goes with the databases of sites."""
    return Path(_of_sites.enter_context(TemporaryDirectory(prefix="otel_sla_")))


def drop_databases_of_sites() -> None:
    """Drop what sites have got; none of their processes runs any more."""
    _of_sites.close()


def url_of_tests() -> str:
    """Return where Django makes the database of the tests' own process."""
    urls = {"PostgreSQL": POSTGRES, "MariaDB": MARIADB}
    return urls.get(CHOSEN, "sqlite://:memory:")
