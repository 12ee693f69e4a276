"""Totals of workers: added up, saved, found again, and asked for over sockets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricsData
from opentelemetry.sdk.resources import Resource

from otel_sla.fanin import FanIn, UnusableDirectory, check_base
from otel_sla.fanin import worker as fan_in_worker
from otel_sla.fanin.aggregation import Totals, add_up, collected_of, totals_of
from otel_sla.fanin.membership import Membership
from otel_sla.fanin.memory import KEPT_NAMES, Incomplete
from otel_sla.fanin.sockets import TotalsServer, ask
from otel_sla.fanin.totals_files import TotalsFiles, is_alive, process_id

from ..support.processes import until


@pytest.fixture
def base() -> Iterator[Path]:
    """A directory whose path is short enough for sockets; pytest's are not."""
    with tempfile.TemporaryDirectory(prefix="fanin-") as directory:
        yield Path(directory)


class Worker:
    """What a worker has of OpenTelemetry."""

    def __init__(self) -> None:
        self.reader = InMemoryMetricReader()
        self.provider = MeterProvider([self.reader], shutdown_on_exit=False)
        meter = self.provider.get_meter("host", "1.0", "https://schema")
        self.requests = meter.create_counter("requests", "1", "Requests.")
        self.active = meter.create_up_down_counter("active")
        self.duration = meter.create_histogram("duration", "s")
        meter.create_observable_gauge("memory", [self._memory])
        self.memory = 0

    def _memory(self, options: CallbackOptions) -> list[Observation]:
        return [Observation(self.memory)]

    def collect(self) -> MetricsData | None:
        data = self.reader.get_metrics_data()
        assert data is None or isinstance(data, MetricsData)
        return data


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    workers = [Worker(), Worker()]
    for number, one in enumerate(workers, 1):
        one.requests.add(number, {"route": "/", "tags": ("a", "b")})
        one.active.add(number)
        one.duration.record(number)
        one.memory = 100 * number
    yield workers
    for one in workers:
        one.provider.shutdown()


def seen(data: MetricsData | None) -> dict[str, dict[tuple[Any, ...], Any]]:
    """The values by metric and attributes; of histograms count, sum, least and most."""
    found: dict[str, dict[tuple[Any, ...], Any]] = {}
    for resource in data.resource_metrics if data else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    key = tuple(sorted((point.attributes or {}).items()))
                    value: Any = getattr(point, "value", None)
                    if value is None:
                        one: Any = point
                        value = (one.count, one.sum, one.min, one.max)
                    found.setdefault(metric.name, {})[key] = value
    return found


def test_totals_survive_the_way_through_plain_data(workers: list[Worker]) -> None:
    collected = workers[0].collect()
    totals = json.loads(json.dumps(totals_of(collected)))
    again = collected_of(totals, Resource({"a": "b"}), 5)
    assert seen(again) == seen(collected)
    assert collected is not None
    (theirs,) = collected.resource_metrics[0].scope_metrics
    (ours,) = again.resource_metrics[0].scope_metrics
    assert (ours.scope.name, ours.scope.version) == ("host", "1.0")
    for one, other in zip(ours.metrics, theirs.metrics, strict=True):
        assert (one.name, one.unit, one.description) == (
            other.name,
            other.unit,
            other.description,
        )
        assert type(one.data) is type(other.data)


def test_counts_add_up_and_a_gauge_tells_whose_it_is(workers: list[Worker]) -> None:
    living = {f"w{n}": totals_of(one.collect()) for n, one in enumerate(workers)}
    found = seen(collected_of(add_up(living), Resource({}), 5))
    route = (("route", "/"), ("tags", ("a", "b")))
    assert found["requests"] == {route: 3}
    assert found["active"] == {(): 3}
    assert found["duration"] == {(): (2, 3, 1, 2)}
    assert found["memory"] == {(("worker", "w0"),): 100, (("worker", "w1"),): 200}


def test_of_workers_that_have_ended_only_what_has_happened_counts(
    workers: list[Worker],
) -> None:
    living, ended = (totals_of(one.collect()) for one in workers)
    found = seen(collected_of(add_up({"w0": living}, [ended]), Resource({}), 5))
    assert list(found["requests"].values()) == [3]
    assert found["duration"] == {(): (2, 3, 1, 2)}
    assert found["active"] == {(): 1}
    assert found["memory"] == {(("worker", "w0"),): 100}


def test_a_metric_counted_otherwise_by_another_release_is_there_once(
    workers: list[Worker],
) -> None:
    ours = totals_of(workers[0].collect())
    theirs = {one.replace('"s"', '"ms"'): points for one, points in ours.items()}
    data = collected_of(add_up({"w0": ours, "w1": theirs}), Resource({}), 5)
    names = [one.name for one in data.resource_metrics[0].scope_metrics[0].metrics]
    assert sorted(names) == ["active", "duration", "memory", "requests"]


@pytest.fixture
def ended() -> str:
    """The name of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = process_id(process.pid)
    process.communicate(b"\n")
    assert name is not None
    return name


def test_a_process_is_told_from_one_that_has_its_number_later(ended: str) -> None:
    own = process_id(os.getpid())
    assert own is not None
    assert is_alive(own)
    assert not is_alive(f"{os.getpid()}-1")
    assert not is_alive(ended)
    assert not is_alive("lost+found")


TOTALS = {'{"kind": "counter", "name": "n"}': {"[]": 2}}
TWICE = {'{"kind": "counter", "name": "n"}': {"[]": 4}}


def test_the_ended_are_added_up_in_one_file_and_count_once(
    base: Path, ended: str
) -> None:
    files = TotalsFiles(base, fan_in_worker.group_of_parent())
    files.open()
    files.save(ended, json.dumps(TOTALS).encode())
    files.save(f"{os.getpid()}-1", json.dumps(TOTALS).encode())
    files.socket_of(ended).touch()
    own = process_id(os.getpid()) or ""
    files.save(own, json.dumps(TOTALS).encode())
    for _ in range(3):
        totals, who = files.ended()
        assert totals == TWICE
        assert who == {ended, f"{os.getpid()}-1"}
    assert files.workers() == [own]
    names = {file.name for file in files.directory.iterdir()}
    assert names == {"ended.json", "lock", f"{own}.json"}


def test_a_file_that_could_not_be_removed_counts_once(
    base: Path, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = TotalsFiles(base, fan_in_worker.group_of_parent())
    files.open()
    files.save(ended, json.dumps(TOTALS).encode())
    with monkeypatch.context() as patch:
        patch.setattr(TotalsFiles, "remove_files_of", lambda self, worker: None)
        assert files.ended() == (TOTALS, {ended})
    assert files.file_of(ended).exists()
    assert files.ended() == (TOTALS, {ended})
    assert not files.file_of(ended).exists()


def test_a_file_cut_off_counts_nothing_and_breaks_nothing(
    base: Path, ended: str
) -> None:
    files = TotalsFiles(base, fan_in_worker.group_of_parent())
    files.open()
    files.save(ended, b'{"half')
    assert files.read(ended) == {}
    assert files.ended() == ({}, {ended})


def test_groups_of_a_site_that_has_ended_are_removed(base: Path, ended: str) -> None:
    old = TotalsFiles(base, ended)
    TotalsFiles(base, fan_in_worker.group_of_parent()).open()
    old.directory.mkdir()
    old.save(ended, b"{}")
    TotalsFiles(base, fan_in_worker.group_of_parent()).open()
    assert not old.directory.exists()


def test_what_others_keep_in_the_directory_stays(base: Path, ended: str) -> None:
    for name in ("keys", ended, "2024-05"):
        (base / name).mkdir()
        (base / name / "precious").touch()
    TotalsFiles(base, fan_in_worker.group_of_parent()).open()
    for name in ("keys", ended, "2024-05"):
        assert (base / name / "precious").exists()


def test_sums_are_the_same_whoever_answers_and_whoever_has_ended() -> None:
    def totals(number: float) -> Totals:
        worker = Worker()
        worker.requests.add(number)
        worker.duration.record(number)
        found = totals_of(worker.collect())
        worker.provider.shutdown()
        return found

    of = {f"w{n}": totals(number) for n, number in enumerate((0.1, 0.2, 0.7, 1.3))}
    answers = set()
    for order in permutations(of):
        for alive in range(1, len(order) + 1):
            living = {name: of[name] for name in order[:alive]}
            compacted = add_up({}, [of[name] for name in order[alive:]])
            sums = add_up(living, [json.loads(json.dumps(compacted))])
            found = seen(collected_of(sums, Resource({}), 5))
            answers.add((found["requests"][()], found["duration"][()][1]))
    assert len(answers) == 1


def test_one_that_was_asked_and_has_been_added_up_meanwhile_is_named(
    base: Path, ended: str
) -> None:
    """Two compactions may pass while a slow sibling is waited for."""
    files = TotalsFiles(base, fan_in_worker.group_of_parent())
    files.open()
    files.save(ended, json.dumps(TOTALS).encode())
    assert files.ended() == (TOTALS, {ended})
    files.save(f"{os.getpid()}-1", json.dumps(TOTALS).encode())
    files.ended()
    totals, who = files.ended([ended])
    assert totals == TWICE
    assert ended in who


def test_a_lock_that_is_never_let_go_of_holds_up_nobody_for_long(base: Path) -> None:
    files = TotalsFiles(base, fan_in_worker.group_of_parent())
    files.open()
    with files._locked(1), pytest.raises(TimeoutError):
        files.ended(patience=0.05)


def test_odd_attributes_and_numbers_are_counted_as_well(
    workers: list[Worker],
) -> None:
    odd: Any = {"raw": b"abc", "list": [1, 2], "none": None}
    workers[0].requests.add(Decimal("1.5"), odd)  # type: ignore[arg-type]
    totals = json.loads(json.dumps(totals_of(workers[0].collect())))
    found = seen(collected_of(add_up({"w0": totals}), Resource({}), 5))
    assert 1.5 in found["requests"].values()


def test_a_label_worker_of_the_gauge_s_own_is_kept(workers: list[Worker]) -> None:
    def observe(options: CallbackOptions) -> list[Observation]:
        return [Observation(n, {"worker": name}) for n, name in enumerate("ab")]

    workers[0].provider.get_meter("q").create_observable_gauge("queue", [observe])
    living = {"w0": totals_of(workers[0].collect())}
    found = seen(collected_of(add_up(living), Resource({}), 5))
    assert sorted(found["queue"].values()) == [0, 1]


def test_a_directory_that_others_can_reach_is_refused(base: Path) -> None:
    shared, link = base / "shared", base / "link"
    shared.mkdir(0o755)
    with pytest.raises(UnusableDirectory, match="this user's alone, with mode 0700"):
        check_base(shared)
    shared.chmod(0o700)
    check_base(shared)
    link.symlink_to(shared)
    with pytest.raises(UnusableDirectory):
        check_base(link)
    with pytest.raises(UnusableDirectory, match="too long a path"):
        check_base(base / ("x" * 100))


def test_the_directory_of_a_user_with_a_long_number_is_short_enough(base: Path) -> None:
    longest = len("/run/user/4294967294/otel_sla-4294967294")
    check_base(base / ("x" * (longest - len(f"{base}/"))))


def test_a_sibling_that_comes_back_while_the_others_are_asked_is_missed(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker()
    fan_in = FanIn(worker.collect, Resource({}), base)
    fan_in.start()
    sibling = process_id(os.getppid()) or ""
    (group,) = base.iterdir()
    workers = TotalsFiles.workers

    def comes_back(files: TotalsFiles) -> list[str]:
        listed = workers(files)
        (group / f"{sibling}.json").write_text("{}")
        return listed

    assert fan_in.gather() is not None
    membership = fan_in._membership
    assert membership is not None
    membership.memory.expect([sibling])
    monkeypatch.setattr(TotalsFiles, "workers", comes_back)
    with pytest.raises(Incomplete, match=sibling):
        fan_in.gather()
    assert fan_in.gather() is not None
    fan_in.stop()
    worker.provider.shutdown()


def test_a_worker_takes_part_whatever_fails_for_once(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, failures, over = Worker(), list[str](), list[int]()
    fan_in = FanIn(
        worker.collect, Resource({}), base, failures.append, lambda: over.append(1)
    )
    check, errors = Membership.check_files, [MemoryError(), ValueError("odd")]

    def fails_at_first(membership: Membership) -> None:
        # The thread of an earlier test may check once more.
        if errors and membership.files.base == base:
            raise errors.pop()
        check(membership)

    monkeypatch.setattr(Membership, "check_files", fails_at_first)
    fan_in.start()
    until(over.copy, "a check that succeeds")
    assert failures == ["odd", "MemoryError"]
    fan_in.stop()
    worker.provider.shutdown()


def test_looking_whether_a_directory_can_be_made_makes_none(base: Path) -> None:
    check_base(base / "not" / "yet")
    file = base / "file"
    file.touch()
    with pytest.raises(UnusableDirectory, match=r"file can't be written to"):
        check_base(file / "in it")
    assert list(base.iterdir()) == [file]


def test_those_that_answer_in_time_are_heard(tmp_path: Path) -> None:
    stop = Event()
    path = tmp_path / "s"
    server = TotalsServer(path)

    def answer() -> None:
        while not stop.is_set():
            server.serve(0.05, lambda: json.dumps(TOTALS).encode())
        server.close()

    thread = Thread(target=answer)
    thread.start()
    hung = TotalsServer(tmp_path / "hung")
    sockets = {"a": path, "hung": tmp_path / "hung", "gone": tmp_path / "gone"}
    try:
        assert ask(sockets, 0.5) == {"a": TOTALS}
        assert ask({}, 0.5) == {}
    finally:
        stop.set()
        thread.join()
        hung.close()
    assert not path.exists()


SIBLING = """
import sys
from pathlib import Path
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from otel_sla.fanin import FanIn

reader = InMemoryMetricReader()
meter = MeterProvider([reader]).get_meter("host", "1.0", "https://schema")
counter = meter.create_counter("requests", "1", "Requests.")
fan_in = FanIn(reader.get_metrics_data, Resource({}), Path(sys.argv[1]))
counter.add(5)
fan_in.start()
print("ready", flush=True)
sys.stdin.readline()
"""


def test_a_program_without_django_sees_what_its_siblings_count(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test is a worker as well: of the manager that is its own process."""
    group = process_id(os.getpid())
    monkeypatch.setattr("otel_sla.fanin.worker.group_of_parent", lambda: group)
    worker = Worker()
    failures: list[str] = []
    fan_in = FanIn(worker.collect, Resource({}), base, failures.append)
    worker.requests.add(2)
    fan_in.start()
    command = [sys.executable, "-c", SIBLING, str(base)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as sibling:
        assert sibling.stdout is not None
        assert sibling.stdout.readline() == "ready\n"

        def count() -> int:
            found = seen(fan_in.gather())
            return sum(found["requests"].values())

        assert count() == 7
        assert failures == []
        sibling.kill()
        sibling.wait()
        assert count() == 7
    fan_in.stop()
    worker.provider.shutdown()


def test_a_directory_that_fails_costs_the_siblings_and_is_told(tmp_path: Path) -> None:
    worker = Worker()
    failures: list[str] = []
    shared = tmp_path / "shared"
    shared.mkdir(0o755)
    fan_in = FanIn(worker.collect, Resource({}), shared, failed=failures.append)
    worker.requests.add(2)
    fan_in.start()
    assert seen(fan_in.gather())["requests"] == {(): 2}
    assert len(failures) == 1
    worker.provider.shutdown()


def test_a_collection_that_hangs_holds_up_no_answer_for_long(base: Path) -> None:
    hangs, opened, failures = Event(), Event(), list[str]()

    def collect() -> None:
        hangs.set()
        assert opened.wait(60)

    fan_in = FanIn(collect, Resource({}), base, failures.append)
    fan_in.start()
    assert hangs.wait(30)
    began = time.monotonic()
    with pytest.raises(Incomplete) as raised:
        fan_in.gather(patience=0.1)
    assert time.monotonic() - began < 30
    said = (
        "what this worker has counted can't be saved: another thread has collected it "
        "for 0.10 s"
    )
    assert failures == [str(raised.value)] == [said]
    opened.set()
    fan_in.stop()


@pytest.fixture
def member(base: Path, monkeypatch: pytest.MonkeyPatch) -> Membership:
    """This process as a worker that has seen one that has ended, and entered."""
    member = Membership(lambda: base, process_id(os.getpid()) or "")
    member.enter()
    return member


def totals_of_ended(member: Membership) -> Totals:
    return member.files.ended()[0]


def test_what_the_ended_have_left_is_restored_whoever_remembers_more(
    base: Path, ended: str, member: Membership
) -> None:
    other = Membership(lambda: base, process_id(os.getpid()) or "")
    other.enter()
    member.files.save(ended, json.dumps(TOTALS).encode())
    other.check_files()
    assert totals_of_ended(member) == TOTALS
    member.files.save(f"{os.getpid()}-1", json.dumps(TOTALS).encode())
    assert totals_of_ended(member) == TWICE
    for one, two in ((member, other), (other, member)):
        shutil.rmtree(base / member.files.directory.name)
        assert [not one.reenter_if_removed(), not two.reenter_if_removed()] == [
            True,
            True,
        ]
        assert totals_of_ended(one) == totals_of_ended(two) == TWICE
        other.check_files()


def test_a_worker_moves_where_the_others_meet_and_leaves_nothing_of_its_own(
    base: Path, ended: str
) -> None:
    where = base / "first"
    member = Membership(lambda: where, process_id(os.getpid()) or "")
    member.enter()
    member.files.save(ended, json.dumps(TOTALS).encode())
    assert totals_of_ended(member) == TOTALS
    member.files.save(member.name, b"{}")
    where = base / "second"
    assert not member.reenter_if_removed()
    assert totals_of_ended(member) == TOTALS
    assert member.files.directory.parent == where
    assert not list(base.glob(f"first/*/{member.name}.*"))
    where = base / "first"
    assert not member.reenter_if_removed()
    assert totals_of_ended(member) == TOTALS
    assert member.reenter_if_removed()


def test_a_sum_that_is_removed_is_missed_and_restored(
    ended: str, member: Membership
) -> None:
    member.files.save(ended, json.dumps(TOTALS).encode())
    assert totals_of_ended(member) == TOTALS
    member.files.file_of_ended().unlink()
    with pytest.raises(Incomplete, match="of workers that have ended are missing"):
        totals_of_ended(member)
    member.check_files()
    assert totals_of_ended(member) == TOTALS


def test_of_a_worker_that_is_gone_the_most_that_anybody_saw_is_restored(
    ended: str, member: Membership
) -> None:
    member.memory.remember({ended: TWICE})
    member.files.save(ended, json.dumps(TOTALS).encode())
    member.check_files()
    assert totals_of_ended(member) == TWICE


def test_nothing_is_known_until_a_living_sibling_has_come_back(
    base: Path, member: Membership
) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as process:
        sibling = process_id(process.pid) or ""
        member.files.save(sibling, json.dumps(TOTALS).encode())
        member.check_files()
        shutil.rmtree(member.files.directory)
        member.reenter_if_removed()
        with pytest.raises(Incomplete, match=f"workers are missing: {sibling}"):
            member.check_files()
        process.communicate(b"\n")
    # It has ended without coming back: what was seen of it counts.
    member.check_files()
    assert totals_of_ended(member) == TOTALS


def test_a_new_worker_finds_siblings_whose_directory_was_removed(
    base: Path, member: Membership
) -> None:
    command = [sys.executable, "-c", BOUND, str(member.files.directory)]
    with subprocess.Popen(command, stdin=-1, stdout=-1) as sibling:
        assert sibling.stdout is not None
        sibling.stdout.readline()
        shutil.rmtree(base / member.files.directory.name)
        new = Membership(lambda: base, process_id(os.getpid()) or "")
        new.enter()
        with pytest.raises(Incomplete, match=f"workers are missing: {sibling.pid}-"):
            new.files.ended()
        sibling.communicate(b"\n")
    new.check_files()
    assert totals_of_ended(new) == {}


BOUND = """
import os, sys
from pathlib import Path
from otel_sla.fanin.sockets import TotalsServer
from otel_sla.fanin.totals_files import process_id
server = TotalsServer(Path(sys.argv[1]) / f"{process_id(os.getpid())}.socket")
print("bound", flush=True)
sys.stdin.readline()
"""


def test_one_that_was_stopped_while_many_ended_counts_none_of_them_twice(
    member: Membership, ended: str
) -> None:
    member.memory.remember({ended: TOTALS})
    names = [f"{os.getpid()}-{n}" for n in range(1, KEPT_NAMES + 1)]
    kept = {"totals": TWICE, "workers": names}
    member.files.file_of_ended().write_text(json.dumps(kept))
    member.check_files()
    assert totals_of_ended(member) == TWICE


@pytest.mark.parametrize("removed", ["json", "socket"])
def test_a_file_of_one_worker_that_is_removed_is_there_again(
    removed: str, base: Path
) -> None:
    worker, failures, over = Worker(), list[str](), list[int]()
    fan_in = FanIn(
        worker.collect, Resource({}), base, failures.append, lambda: over.append(1)
    )
    fan_in.start()

    def file() -> Path | None:
        return next(base.glob(f"*/[0-9]*.{removed}"), None)

    found = until(file, "the file")
    assert found is not None
    found.unlink()
    until(file, "the file again")
    assert (failures, over) == ([], [])
    # A second incident is told as the first was.
    for _ in range(2):
        shutil.rmtree(found.parent)
        until(over.copy, "it is over")
        assert failures
        failures.clear()
        over.clear()
    fan_in.stop()
    worker.provider.shutdown()


def test_a_worker_that_ends_saves_in_a_directory_made_again(base: Path) -> None:
    command = [sys.executable, "-c", SIBLING, str(base)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as sibling:
        assert sibling.stdout is not None
        assert sibling.stdout.readline() == "ready\n"
        (group,) = base.iterdir()
        shutil.rmtree(group)
        sibling.communicate("\n")
    (file,) = group.glob(f"{sibling.pid}-*.json")
    (points,) = json.loads(file.read_text()).values()
    assert list(points.values()) == [5 << 64]


def test_sites_of_one_manager_are_groups_of_their_own(base: Path, ended: str) -> None:
    group = process_id(os.getpid()) or ""
    members = [Membership(lambda: base, group, site) for site in ("a", "b", "")]
    for one in members:
        one.enter()
    assert len({one.files.directory for one in members}) == 3
    gone = Membership(lambda: base, ended, "a")
    gone.files.directory.mkdir()
    members[0].enter()
    assert {one.name for one in base.iterdir()} == {
        one.files.directory.name for one in members
    }
