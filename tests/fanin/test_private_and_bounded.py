"""What workers share is private to their user, whole, and waited for only so long."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import IO, Any
from unittest.mock import Mock, patch

import pytest
from opentelemetry.sdk.resources import Resource

from otel_sla.fanin import FanIn, UnusableDirectory, check_base
from otel_sla.fanin.incidents import ASKING, SAVING, Incidents
from otel_sla.fanin.memory import Incomplete
from otel_sla.fanin.sockets import TotalsServer, ask
from otel_sla.fanin.totals_files import TotalsFiles

from .test_worker import TOTALS, Worker

SAID = json.dumps(TOTALS).encode()


@pytest.fixture
def base() -> Iterator[Path]:
    """A directory whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="fanin-") as directory:
        yield Path(directory)


another_user = patch("os.getuid", return_value=os.getuid() + 1)
"""What this process makes of a peer that is the user's who runs it."""


@contextmanager
def asking(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(path))
        yield client


def test_totals_are_given_to_nobody_but_the_same_user(base: Path) -> None:
    server = TotalsServer(base / "s")
    for given in (SAID, b""):
        with asking(base / "s") as client:
            if given:
                server.serve(0.01, lambda: SAID)
            else:
                with another_user:
                    server.serve(0.01, lambda: SAID)
            assert client.recv(1 << 16) == given
    server.close()


def test_totals_are_taken_from_nobody_but_the_same_user(base: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(base / "s"))
        listening.listen()

        def answer() -> None:
            with listening.accept()[0] as connection, suppress(OSError):
                connection.sendall(SAID)

        for said in ({"a": TOTALS}, {}):
            thread = Thread(target=answer)
            thread.start()
            if said:
                assert ask({"a": base / "s"}, 10) == said
            else:
                with another_user:
                    assert ask({"a": base / "s"}, 0.1) == said
            thread.join(10)


def test_one_that_asks_and_never_reads_does_not_hold_up_those_who_do(
    base: Path,
) -> None:
    server = TotalsServer(base / "s")
    large = json.dumps({"x" * (1 << 22): {}}).encode()
    heard: list[bytes] = []
    with asking(base / "s"), asking(base / "s") as client:

        def answer() -> None:
            # The second has to be asked for anew where the first has taken long.
            server.serve(0.01, lambda: large)
            server.serve(0.01, lambda: SAID)

        thread = Thread(target=answer, daemon=True)
        thread.start()
        heard.append(client.recv(1 << 16))
        thread.join(10)
        assert not thread.is_alive()
    assert heard == [SAID]
    server.close()


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
@pytest.mark.parametrize("which", ["base", "group"])
def test_a_directory_that_others_can_enter_is_refused_though_it_is_made_meanwhile(
    which: str, mode: int, base: Path
) -> None:
    files = TotalsFiles(base / "base", "1-1")
    made = {"base": files.base, "group": files.directory}[which]

    def made_meanwhile(path: Path) -> None:
        made.parent.mkdir(mode=0o700, exist_ok=True)
        made.mkdir()
        made.chmod(mode)

    with (
        patch("otel_sla.fanin.totals_files.check_base", made_meanwhile),
        pytest.raises(UnusableDirectory, match="this user's alone, with mode 0700"),
    ):
        files.open()


def test_what_is_made_is_for_this_user_alone(base: Path) -> None:
    before = os.umask(0)
    try:
        files = TotalsFiles(base / "base", "1-1")
        files.open()
    finally:
        os.umask(before)
    modes = [one.stat().st_mode & 0o777 for one in (files.base, files.directory)]
    assert modes == [0o700, 0o700]


@pytest.mark.parametrize("fails", ["write_bytes", "replace"])
def test_a_full_disk_keeps_the_totals_of_before_and_no_half_of_the_new_ones(
    fails: str, base: Path
) -> None:
    files = TotalsFiles(base, "1-1")
    files.open()
    files.save("1-1", SAID)
    write = Path.write_bytes

    def half(path: Path, given: bytes | Path) -> int:
        if isinstance(given, bytes):
            write(path, given[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    with (
        patch.object(Path, fails, half),
        pytest.raises(OSError, match="No space left"),
    ):
        files.save("1-1", b"{}" * 1_000)
    assert files.read("1-1") == TOTALS
    assert [one.name for one in files.directory.iterdir()] == ["1-1.json"]


def test_a_process_that_a_worker_has_forked_leaves_the_worker_s_totals_alone(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otel_sla.fanin.worker.SAVES_EVERY", 20.0)
    worker = Worker()
    fan_in = FanIn(worker.collect, Resource({}), base)
    worker.requests.add(2)
    fan_in.start()
    assert fan_in.gather() is not None
    (file,) = base.glob("*/*.json")
    before = file.read_bytes()
    worker.requests.add(5)
    with patch("os.getpid", return_value=0), patch("threading.Thread.start") as start:
        fan_in.stop()
        fan_in.save_until_the_end()
    assert file.read_bytes() == before
    start.assert_not_called()
    fan_in.stop()
    assert file.read_bytes() != before, "the worker's own end saves"
    worker.provider.shutdown()


def test_every_failure_is_told_and_once_none_is_left_that_it_is_over() -> None:
    failed, recovered = Mock(), Mock()
    incidents = Incidents(failed, recovered)
    incidents.succeed(ASKING)
    for over in (1, 2):
        incidents.fail(ASKING, "a")
        incidents.fail(ASKING, "a")
        incidents.fail(SAVING, "b")
        incidents.succeed(ASKING)
        incidents.succeed(ASKING)
        assert recovered.call_count == over - 1
        incidents.succeed(SAVING)
        assert recovered.call_count == over
        assert failed.call_count == 3 * over


def test_want_of_a_descriptor_leaves_the_next_to_be_answered(base: Path) -> None:
    server, accept = TotalsServer(base / "s"), socket.socket.accept
    failures = [OSError(errno.EMFILE, "Too many open files")]

    def accepts(listening: socket.socket) -> Any:
        if failures:
            raise failures.pop()
        return accept(listening)

    with patch.object(socket.socket, "accept", accepts), asking(base / "s") as client:
        server.serve(0.15, lambda: SAID)
        assert client.recv(1 << 16) == SAID
    server.close()
    assert not (base / "s").exists()


def test_a_socket_that_was_left_behind_is_replaced(base: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(base / "s"))
    server = TotalsServer(base / "s")
    with asking(base / "s") as client:
        server.serve(0.05, lambda: SAID)
        assert client.recv(1 << 16) == SAID
    server.close()


def test_a_lock_whose_file_was_replaced_meanwhile_locks_nothing(base: Path) -> None:
    """Another worker may have that of the file in its place."""
    files = TotalsFiles(base, "1-1")
    files.open()
    flock = fcntl.flock

    def replaced(file: IO[str], operation: int) -> None:
        lock = files.directory / "lock"
        lock.rename(base / "elsewhere")
        lock.touch()
        flock(file, operation)

    with (
        patch("fcntl.flock", replaced),
        pytest.raises(Incomplete, match="lock has been removed"),
    ):
        files.ended()
    assert files.ended() == ({}, set())


def test_the_longest_directory_that_is_taken_holds_the_longest_names(
    base: Path,
) -> None:
    def is_taken(length: int) -> bool:
        try:
            check_base(base / ("x" * length))
        except UnusableDirectory:
            return False
        return True

    longest = max(filter(is_taken, range(1, 100)))
    worker = "4194304-9999999999"
    group = base / ("x" * longest) / f"group-4294967295-{worker}-ffff"
    group.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(group / f"{worker}.socket"))
    shorter = group.with_name(f"{group.name}-") / f"{worker}.socket"
    shorter.parent.mkdir()
    with (
        socket.socket(socket.AF_UNIX) as listening,
        pytest.raises(OSError, match="too long"),
    ):
        listening.bind(str(shorter))
