"""Siblings that end, are slow or come late; and what one worker saves, and where."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest
from opentelemetry.sdk.resources import Resource

from otel_sla.fanin import FanIn, default_base
from otel_sla.fanin.aggregation import Totals, totals_of
from otel_sla.fanin.membership import Membership
from otel_sla.fanin.memory import KEPT_NAMES, Incomplete
from otel_sla.fanin.own_totals import OwnTotals
from otel_sla.fanin.totals_files import TotalsFiles, is_alive, process_id

from ..support.processes import until
from .test_worker import Worker, seen


@pytest.fixture
def base() -> Iterator[Path]:
    """A directory whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="fanin-") as directory:
        yield Path(directory)


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    worker.requests.add(2)
    yield worker
    worker.provider.shutdown()


class Group:
    """This process as a worker, of the group of the process that has started it."""

    def __init__(self, worker: Worker, base: Path) -> None:
        self.worker = worker
        self.failures: list[str] = []
        self.fan_in = FanIn(worker.collect, Resource({}), base, self.failures.append)

    def count(self) -> int:
        """Return the requests that all workers have counted."""
        found = seen(self.fan_in.gather())
        return sum(found["requests"].values())


@pytest.fixture
def group(
    worker: Worker, base: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Group]:
    # Its thread does nothing meanwhile.
    monkeypatch.setattr("otel_sla.fanin.worker.SAVES_EVERY", 20.0)
    group = Group(worker, base)
    group.fan_in.start()
    yield group
    group.fan_in.stop()


@pytest.fixture
def sibling() -> Iterator[Process]:
    sibling = Process()
    yield sibling
    sibling.end()


class Process:
    """A process that has ended when it is told to."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "open(0).read()"], stdin=subprocess.PIPE
        )
        self.name = process_id(self._process.pid) or ""
        assert is_alive(self.name)

    def end(self) -> None:
        self._process.communicate()


def saved(base: Path, name: str, totals: Totals) -> None:
    """Have a worker save totals."""
    (directory,) = base.iterdir()
    (directory / f"{name}.json").write_text(json.dumps(totals))


def counted(number: int) -> Totals:
    """What a worker has counted that has answered so many requests."""
    worker = Worker()
    worker.requests.add(number)
    totals = totals_of(worker.collect())
    worker.provider.shutdown()
    copied: Totals = json.loads(json.dumps(totals))
    return {key: points for key, points in copied.items() if '"requests"' in key}


def answering(answer: Callable[[], Mapping[str, Totals]]) -> Any:
    """Have siblings that are asked give this answer."""
    return patch("otel_sla.fanin.worker.ask", lambda sockets, seconds: answer())


@pytest.mark.parametrize("has_saved", [5, 3, 0], ids=["all", "less", "nothing"])
def test_a_sibling_that_ends_once_it_has_answered_counts_once(
    has_saved: int, group: Group, sibling: Process, base: Path
) -> None:
    saved(base, sibling.name, counted(has_saved))

    def answers_and_ends() -> Mapping[str, Totals]:
        sibling.end()
        return {sibling.name: counted(5)}

    with answering(answers_and_ends):
        assert group.count() == 2 + 5
    assert group.count() == 2 + 5
    assert group.failures == []


def test_a_sibling_that_answers_nothing_counts_by_its_file_and_is_told(
    group: Group, sibling: Process, base: Path
) -> None:
    saved(base, sibling.name, counted(3))
    with answering(dict):
        assert group.count() == 2 + 3
    assert group.failures == [f"worker {sibling.name} did not answer in time"]
    group.failures.clear()

    def ends() -> Mapping[str, Totals]:
        sibling.end()
        return {}

    with answering(ends):
        assert group.count() == 2 + 3
    assert group.failures == [], "one that has ended is not slow"


def test_it_is_known_whether_the_answer_is_complete(
    group: Group, sibling: Process, base: Path
) -> None:
    assert group.fan_in.is_complete
    with (
        patch.object(TotalsFiles, "ended", side_effect=Incomplete("something is gone")),
        pytest.raises(Incomplete),
    ):
        group.count()
    assert group.fan_in.is_complete is False
    assert group.failures == ["something is gone"]
    assert group.count() == 2
    assert group.fan_in.is_complete
    with (
        patch.object(OwnTotals, "collect", side_effect=Incomplete),
        pytest.raises(Incomplete),
    ):
        group.count()
    assert group.fan_in.is_complete is False
    with patch("os.getpid", return_value=0):
        assert group.fan_in.is_complete is None, "a process that was forked"


def test_what_is_shown_is_saved_first_and_what_is_saved_is_not_written_again(
    group: Group, worker: Worker, base: Path
) -> None:
    def file() -> Path:
        return next(base.glob("*/[0-9]*.json"))

    worker.requests.add(40)
    assert group.count() == 42
    (points,) = (
        value
        for key, value in json.loads(file().read_text()).items()
        if '"requests"' in key
    )
    assert list(points.values()) == [42 << 64]
    before = file().stat().st_ino, file().stat().st_mtime_ns
    assert group.count() == 42
    assert (file().stat().st_ino, file().stat().st_mtime_ns) == before


def test_a_worker_that_could_not_join_joins_a_second_later(
    worker: Worker, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = Group(worker, base)
    base.chmod(0o755)
    group.fan_in.start()
    assert len(group.failures) == 1
    assert not group.fan_in.takes_part
    assert group.fan_in.is_complete is False
    base.chmod(0o700)
    assert group.count() == 2
    assert not group.fan_in.takes_part, "not at every scrape"
    monotonic = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + 2)
    assert group.count() == 2
    assert group.fan_in.takes_part
    assert group.fan_in.is_complete
    group.fan_in.stop()


def test_a_worker_without_a_thread_leaves_no_socket_and_joins_later(
    worker: Worker, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = Group(worker, base)
    with patch.object(Thread, "start", side_effect=RuntimeError("no new thread")):
        group.fan_in.start()
    assert group.failures == ["no new thread"]
    assert not list(base.glob("*/*.socket"))
    monotonic = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + 2)
    assert group.count() == 2
    assert group.fan_in.takes_part
    group.fan_in.stop()


def test_a_worker_that_has_stopped_leaves_its_totals_and_makes_nothing_anew(
    worker: Worker, base: Path
) -> None:
    before = set(threading.enumerate())
    group = Group(worker, base)
    group.fan_in.start()
    (thread,) = set(threading.enumerate()) - before
    assert list(base.glob("*/*.socket"))
    worker.requests.add(40)
    group.fan_in.stop()
    (file,) = base.glob("*/[0-9]*.json")
    assert str(42 << 64) in file.read_text()
    shutil.rmtree(file.parent)
    thread.join(10)
    assert not thread.is_alive()
    # As at the exit of the process.
    group.fan_in.stop()
    assert list(base.iterdir()) == []


def test_workers_meet_where_the_user_may_write(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"otel_sla-{os.getuid()}"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
    assert default_base() == base / name
    monkeypatch.setattr("os.access", lambda path, mode: str(path) != str(base))
    elsewhere = Path(tempfile.gettempdir()) / name
    assert default_base() == elsewhere
    for missing in ("", str(base / "gone")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", missing)
        assert default_base() == elsewhere


@pytest.mark.parametrize(("removed", "enters"), [(1, True), (2, True), (3, False)])
def test_a_directory_that_is_removed_while_it_is_made_is_made_again(
    removed: int, enters: bool, base: Path
) -> None:
    """Cleaners give up some time; one that doesn't is no reason to try for ever."""
    opened, gone = TotalsFiles.open, [FileNotFoundError("gone")] * removed

    def opens(files: TotalsFiles) -> None:
        if gone:
            raise gone.pop()
        opened(files)

    member = Membership(lambda: base, "1-1")
    with patch.object(TotalsFiles, "open", opens):
        if enters:
            member.enter()
        else:
            with pytest.raises(FileNotFoundError):
                member.enter()
    assert member.is_in() == enters


def test_a_sibling_s_latest_totals_are_remembered_however_often_it_saves(
    base: Path, sibling: Process
) -> None:
    member = Membership(lambda: base, process_id(os.getpid()) or "")
    member.enter()
    for number in (3, 5, 5, 8):
        # As workers do: another file in its place.
        member.files.save(sibling.name, json.dumps(counted(number)).encode())
        member.check_files()
    assert member.memory.known() == {sibling.name: counted(8)}
    sibling.end()
    member.files.file_of(sibling.name).unlink()
    member.check_files()
    assert member.files.ended()[0] == counted(8)


def test_one_that_was_asked_is_named_among_the_ended_though_many_end_with_it(
    base: Path, sibling: Process
) -> None:
    """Or it would be missed, and count twice while its file is there."""
    files = TotalsFiles(base, process_id(os.getpid()) or "")
    files.open()
    files.save(sibling.name, json.dumps(counted(3)).encode())
    sibling.end()
    others = [f"{os.getpid()}-{n}" for n in range(1, KEPT_NAMES + 10)]
    with patch.object(TotalsFiles, "remove_files_of"):
        assert sibling.name in files.ended()[1]
        for name in others:
            files.save(name, b"{}")
        for _ in range(3):
            totals, who = files.ended([sibling.name])
            assert sibling.name in who
            assert totals == counted(3)


@pytest.mark.parametrize("name", ["odd) S 1", "two words", "((", "é"])
def test_a_process_is_known_whatever_its_program_is_called(
    name: str, base: Path
) -> None:
    program = base / name
    program.symlink_to("/bin/cat")
    with subprocess.Popen([str(program)], stdin=subprocess.PIPE) as process:
        named = process_id(process.pid)
        assert named is not None
        assert is_alive(named)
        assert named.split("-")[0] == str(process.pid)
        assert int(named.split("-")[1]) > 0
        process.stdin.close()  # type: ignore[union-attr]
        until(lambda: not is_alive(named), "one that has ended and is not reaped")
    assert not is_alive(named)


def test_the_lock_is_of_one_worker_at_a_time_and_of_the_file_that_is_there(
    base: Path,
) -> None:
    one, other = (TotalsFiles(base, process_id(os.getpid()) or "") for _ in range(2))
    one.open()
    other.open()
    with one._locked(1):
        with pytest.raises(TimeoutError):
            other.ended(patience=0)
        (one.directory / "lock").unlink()
        (one.directory / "lock").touch()
        other.ended(patience=0)
    one.ended(patience=0)
