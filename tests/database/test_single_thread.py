"""Calls on one worker thread: one after another, each with a timeout."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction

from otel_sla.database.single_thread import HeldUp, SingleThread

said: ContextVar[str] = ContextVar("said", default="nothing")


@pytest.fixture
def thread() -> Iterator[SingleThread]:
    thread = SingleThread("the work")
    yield thread
    thread.stop()


def test_all_is_done_in_one_thread_and_in_the_context_of_whoever_asks(
    thread: SingleThread,
) -> None:
    threads = {thread.call(threading.get_ident, 30) for _ in range(3)}
    assert len(threads) == 1
    assert threads != {threading.get_ident()}
    token = said.set("something")
    assert thread.call(said.get, 30) == "something"
    said.reset(token)
    assert thread.call(said.get, 30) == "nothing"


def test_a_failure_is_raised_and_the_next_work_is_done(thread: SingleThread) -> None:
    with pytest.raises(ZeroDivisionError):
        thread.call(lambda: 1 // 0, 30)
    assert thread.call(lambda: 1, 30) == 1


def test_what_would_end_the_thread_is_raised_and_the_next_work_is_done(
    thread: SingleThread,
) -> None:
    with pytest.raises(RuntimeError, match=r"a callback has raised SystemExit\(3\)"):
        thread.call(partial(sys.exit, 3), 30)
    failing = patch(
        "otel_sla.database.single_thread.close_old_connections",
        side_effect=OSError("closed already"),
    )
    with failing, pytest.raises(OSError, match="closed already"):
        thread.call(lambda: 1, 30)
    assert thread.call(lambda: 1, 30) == 1


def test_work_that_is_held_up_is_given_up_and_so_is_what_waits_behind_it(
    thread: SingleThread,
) -> None:
    opened, done = threading.Event(), list[str]()
    with pytest.raises(HeldUp, match=r"the work takes longer than 0\.02 s"):
        thread.call(lambda: opened.wait(30), 0.02)
    # Whoever has more time than it has taken so far waits for it.
    with pytest.raises(HeldUp, match=r"the work takes longer than 0\.50 s"):
        thread.call(lambda: done.append("too late"), 0.5)
    with pytest.raises(HeldUp, match=r"the work is held up for 0\."):
        thread.call(lambda: done.append("at once"), 0.1)
    opened.set()
    thread.call(lambda: done.append("in time"), 30)
    assert done == ["in time"]


def test_nothing_the_database_has_dropped_is_kept(thread: SingleThread) -> None:
    with patch("otel_sla.database.single_thread.close_old_connections") as close:
        assert thread.call(lambda: close.call_count, 30) == 1
        assert close.call_count == 2


@pytest.mark.django_db(transaction=True)
def test_a_call_that_never_leaves_its_transaction_costs_no_later_one(
    thread: SingleThread,
) -> None:
    def ask() -> Any:
        atomic = transaction.atomic()
        atomic.__enter__()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone()

    for _ in range(3):
        assert thread.call(ask, 30) == (1,)
    assert not thread.call(lambda: connection.in_atomic_block, 30)


def test_a_process_that_was_forked_has_a_thread_of_its_own(
    thread: SingleThread,
) -> None:
    before = thread.call(threading.get_ident, 30)
    with patch("os.getpid", return_value=0):
        assert thread.call(threading.get_ident, 30) != before
        thread.stop()


def test_one_that_was_stopped_starts_again_if_asked(
    thread: SingleThread,
) -> None:
    first = thread.call(threading.current_thread, 30)
    thread.stop()
    first.join(30)
    assert not first.is_alive()
    assert thread.call(lambda: 1, 30) == 1


def test_where_no_thread_is_to_be_had_the_work_is_done_all_the_same(
    thread: SingleThread,
) -> None:
    none = patch("threading.Thread.start", side_effect=RuntimeError("at shutdown"))
    with none:
        assert thread.call(threading.get_ident, 30) == threading.get_ident()
    assert thread.call(threading.get_ident, 30) != threading.get_ident()


def test_a_call_that_has_returned_holds_up_nobody_afterwards(
    thread: SingleThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monotonic = time.monotonic
    assert thread.call(lambda: 1, 30) == 1
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + 60)
    assert thread.call(lambda: 2, 30) == 2


def test_one_that_is_stopped_closes_what_its_calls_have_opened(
    thread: SingleThread,
) -> None:
    worker = thread.call(threading.current_thread, 30)
    with patch("django.db.connections.close_all") as close_all:
        thread.stop()
        worker.join(30)
    close_all.assert_called_once_with()
