"""Connecting: by the deadline, whatever names, hosts and addresses do."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import Mock, patch

import dj_database_url
import pymysql
import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from otel_sla.database.bounded_call import in_time
from otel_sla.database.connect import connect
from otel_sla.database.deadline import Deadline, cut_off

from ..support.databases import MARIADB, POSTGRES
from ..support.processes import until
from ..support.silence import PORTS, Proxy

pytestmark = pytest.mark.django_db

SERVERS = {"PostgreSQL": POSTGRES, "MariaDB": MARIADB}
DEAD = "127.0.0.2"
"""An address of this machine, at which no database listens."""


@contextmanager
def dead(port: int, *addresses: str) -> Iterator[None]:
    """Have connections to the addresses wait for ever: a queue that is full drops what
    comes, as a host does that is gone."""
    with ExitStack() as opened:
        for address in addresses:
            listening = opened.enter_context(socket.socket())
            listening.bind((address, port))
            listening.listen(0)
            for _ in range(3):
                client = opened.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex((address, port))
        yield


@contextmanager
def server_at(database: str) -> Iterator[tuple[BaseDatabaseWrapper, int]]:
    """A connection that has still to be made, and the port where its server is."""
    pymysql.install_as_MySQLdb()
    settings = dj_database_url.parse(SERVERS[database])
    proxy = Proxy(int(settings["PORT"] or PORTS[database]))
    wrapper = ConnectionHandler({"default": {**settings, "PORT": proxy.port}})[
        "default"
    ]
    try:
        yield wrapper, proxy.port
    finally:
        wrapper.close()
        proxy.close()


def resolving(*addresses: str) -> Callable[..., Any]:
    """Stand in for getaddrinfo(): any name is at these addresses."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
        at = addresses if host == "database.example" else (host,)
        return [
            found for one in at for found in resolve(one, port, *args, **options)[:1]
        ]

    return getaddrinfo


@pytest.mark.parametrize("database", SERVERS)
def test_a_name_of_several_addresses_that_are_dead_takes_no_longer_than_one(
    database: str,
) -> None:
    with (
        server_at(database) as (wrapper, port),
        dead(port, DEAD, "127.0.0.3"),
        patch("socket.getaddrinfo", resolving(DEAD, "127.0.0.3")),
    ):
        wrapper.settings_dict["HOST"] = "database.example"
        began = time.monotonic()
        with pytest.raises(OperationalError, match=r"no connection within 0\.50 s"):
            connect(wrapper, Deadline(0.5))
        assert time.monotonic() - began < 3.5


@pytest.mark.parametrize("database", SERVERS)
def test_a_dead_address_leaves_time_for_the_next_one(database: str) -> None:
    deadline = Deadline(4.2)
    with (
        server_at(database) as (wrapper, port),
        dead(port, DEAD),
        patch("socket.getaddrinfo", resolving(DEAD, "127.0.0.1")),
    ):
        wrapper.settings_dict["HOST"] = "database.example"
        connect(wrapper, deadline)
        assert deadline.left() > 1
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT 1")


def test_of_two_hosts_one_that_is_dead_leaves_time_for_the_other() -> None:
    deadline = Deadline(4.2)
    with server_at("PostgreSQL") as (wrapper, port), dead(port, DEAD):
        wrapper.settings_dict["HOST"] = f"{DEAD},127.0.0.1"
        connect(wrapper, deadline)
        assert deadline.left() > 1


@pytest.mark.parametrize("database", SERVERS)
def test_a_name_that_takes_long_to_resolve_is_not_waited_for(database: str) -> None:
    resolved = threading.Event()

    def getaddrinfo(*args: Any, **options: Any) -> list[Any]:
        resolved.wait(30)
        raise OSError("too late")

    with (
        server_at(database) as (wrapper, _),
        patch("socket.getaddrinfo", getaddrinfo),
    ):
        wrapper.settings_dict["HOST"] = "database.example"
        with pytest.raises(OperationalError, match="'default' has given no connection"):
            connect(wrapper, Deadline(0.2))
        resolved.set()


@pytest.mark.parametrize("database", SERVERS)
def test_a_shorter_timeout_of_the_site_s_own_stays(database: str) -> None:
    with server_at(database) as (wrapper, _):
        wrapper.settings_dict["OPTIONS"] = {"connect_timeout": 3}
        with patch.object(
            type(wrapper), "get_new_connection", side_effect=OperationalError
        ) as get_new_connection:
            for seconds in (30, 2.5):
                with pytest.raises(OperationalError):
                    connect(wrapper, Deadline(seconds))
    asked = [call.args[0]["connect_timeout"] for call in get_new_connection.mock_calls]
    assert asked == [3, 2]


@pytest.mark.parametrize("database", SERVERS)
def test_a_server_that_accepts_and_says_nothing_more_is_cut_off(database: str) -> None:
    with server_at(database) as (wrapper, _):

        def falls_silent(*args: Any) -> None:
            with wrapper.cursor() as cursor:
                cursor.execute(f"SELECT {SLEEP[database]}(30)")

        wrapper.init_connection_state = falls_silent  # type: ignore[method-assign]
        began = time.monotonic()
        with pytest.raises(OperationalError):
            connect(wrapper, Deadline(0.5))
        assert time.monotonic() - began < 20
        assert wrapper.connection is None


SLEEP = {"PostgreSQL": "pg_sleep", "MariaDB": "sleep"}


def test_what_is_given_too_late_is_given_back() -> None:
    opened, back = threading.Event(), list[str]()

    def get() -> str:
        assert opened.wait(30)
        return "late"

    with pytest.raises(OperationalError, match="the pool has given no connection"):
        in_time(0.01, get, back.append, "the pool")
    assert back == []
    opened.set()
    until(lambda: back == ["late"], "what came late, given back")


def test_what_is_given_in_time_is_kept_and_a_failure_is_raised() -> None:
    give_back = Mock()
    assert in_time(30, lambda: "soon", give_back, "the pool") == "soon"
    with pytest.raises(ZeroDivisionError):
        in_time(30, lambda: 1 // 0, give_back, "the pool")
    give_back.assert_not_called()


def threads_left(number: int) -> Any:
    """Let so many threads be started, and no more."""
    start, left = threading.Thread.start, [None] * number

    def start_some(thread: threading.Thread) -> None:
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        start(thread)

    return patch("threading.Thread.start", start_some)


@pytest.mark.parametrize("database", SERVERS)
def test_want_of_a_thread_is_a_failure_of_the_database(database: str) -> None:
    with server_at(database) as (wrapper, _):
        with (
            threads_left(0),
            pytest.raises(OperationalError, match="can't start new thread"),
        ):
            connect(wrapper, Deadline(30))
        connect(wrapper, Deadline(30))
        with (
            threads_left(0),
            pytest.raises(OperationalError, match="can't start new thread"),
            cut_off(wrapper, Deadline(30)),
        ):
            pytest.fail("nothing would cut it off")
        assert wrapper.is_usable()


def test_a_connection_that_nothing_would_cut_off_is_closed() -> None:
    given = Mock()
    with (
        server_at("PostgreSQL") as (wrapper, _),
        patch.object(type(wrapper), "get_new_connection", return_value=given),
        threads_left(1),
        pytest.raises(OperationalError, match="can't start new thread"),
    ):
        connect(wrapper, Deadline(30))
    given.close.assert_called_once_with()


@pytest.mark.parametrize("started", [0, 2], ids=["none", "some"])
def test_a_pool_that_lacked_a_thread_is_opened_anew(started: int) -> None:
    with server_at("PostgreSQL") as (wrapper, _):
        wrapper.settings_dict |= {"OPTIONS": {"pool": {"min_size": 1, "max_size": 2}}}
        with (
            threads_left(started),
            pytest.raises(OperationalError, match="the pool can't be opened: can't"),
        ):
            connect(wrapper, Deadline(30))
        connect(wrapper, Deadline(30))
        assert wrapper.is_usable()
        wrapper.close()
        wrapper.close_pool()  # type: ignore[attr-defined]
