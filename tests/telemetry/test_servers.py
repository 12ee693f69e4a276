"""What servers tell of the workers beside one's own."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from otel_sla.fanin import group_of_parent
from otel_sla.fanin.totals_files import process_id
from otel_sla.telemetry.servers import (
    are_several,
    group_of_workers,
    runs_threads,
    sign_of_several,
)

UWSGI = {"numproc": 4, "worker_id": lambda: 3, "has_threads": 1}
DAEMON = {"maximum_processes": 4, "process_group": "site"}


@pytest.fixture(autouse=True)
def unknown_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVER_SOFTWARE", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("multiprocessing.parent_process", lambda: None)


class Worker:
    """A worker of gunicorn's, which is on the stack while it handles a request."""

    def __init__(self, workers: int) -> None:
        self.cfg = Mock(workers=workers)

    def handles(self, work: Any) -> Any:
        return work()


Worker.__module__ = "gunicorn.workers.sync"


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_worker_of_gunicorn_is_one_of_several_if_there_are_more(
    workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "gunicorn/25.1")
    assert Worker(workers).handles(are_several) == (workers > 1)


@pytest.mark.parametrize("parent", [None, Mock()], ids=["alone", "of a manager"])
def test_a_worker_of_another_server_is_one_of_several_if_it_has_a_manager(
    parent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("multiprocessing.parent_process", lambda: parent)
    assert are_several() == (parent is not None)


@pytest.mark.parametrize(
    ("name", "told", "several"),
    [
        pytest.param("uwsgi", UWSGI, True, id="uWSGI"),
        pytest.param("uwsgi", {**UWSGI, "numproc": 1}, False, id="uWSGI alone"),
        pytest.param("uwsgi", {**UWSGI, "worker_id": lambda: 0}, False, id="a mule"),
        pytest.param("uwsgi", {}, False, id="a package of that name"),
        pytest.param("mod_wsgi", DAEMON, True, id="mod_wsgi"),
        pytest.param(
            "mod_wsgi", {**DAEMON, "maximum_processes": 1}, False, id="mod_wsgi alone"
        ),
        pytest.param(
            "mod_wsgi",
            {"maximum_processes": 1, "process_group": ""},
            True,
            id="Apache's first process",
        ),
    ],
)
def test_a_server_s_module_tells_of_others(
    name: str, told: dict[str, Any], several: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(**told))
    assert are_several() == several
    # Who tells the number leaves nothing to suspect.
    assert (sign_of_several({"wsgi.multiprocess": True}) is None) == bool(told)


def test_workers_of_uwsgi_belong_to_its_master_or_to_the_first_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert group_of_workers() == group_of_parent()
    with subprocess.Popen(["sleep", "60"]) as other:
        found = []
        for master in (other.pid, 0):
            workers = [{"pid": 0 if master else other.pid}, {"pid": 1}]
            module = SimpleNamespace(
                **UWSGI,
                masterpid=lambda master=master: master,
                workers=lambda workers=workers: workers,
            )
            monkeypatch.setitem(sys.modules, "uwsgi", module)
            found.append(group_of_workers())
        assert found == [process_id(other.pid)] * 2
        other.kill()


@pytest.mark.parametrize(("threads", "run"), [(1, True), (0, False)])
def test_uwsgi_tells_whether_threads_run(
    threads: int, run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runs_threads()
    module = SimpleNamespace(**{**UWSGI, "has_threads": threads})
    monkeypatch.setitem(sys.modules, "uwsgi", module)
    assert runs_threads() == run


@pytest.mark.parametrize(
    ("environ", "concurrency", "sign"),
    [
        ({}, "1", None),
        ({}, "x", None),
        ({}, "3", "WEB_CONCURRENCY is 3"),
        ({"wsgi.multiprocess": False}, "", None),
        ({"wsgi.multiprocess": True}, "", "wsgi.multiprocess"),
    ],
)
def test_an_unknown_server_shows_signs_of_several_processes(
    environ: dict[str, Any],
    concurrency: str,
    sign: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("otel_sla.telemetry.servers._twin", lambda: None)
    monkeypatch.setenv("WEB_CONCURRENCY", concurrency)
    found = sign_of_several(environ)
    assert found is None if sign is None else sign in (found or "")


FORKS = """
import os
from otel_sla.telemetry.servers import sign_of_several

def fork(work):
    if (pid := os.fork()) == 0:
        work()
        os._exit(0)
    return pid

def tell():
    print(sign_of_several({}), flush=True)

os.waitpid(fork(tell), 0)
waiting, end = os.pipe()
first = fork(lambda: (os.close(end), os.read(waiting, 1)))
os.waitpid(fork(tell), 0)
print(first)
"""


def test_a_process_started_like_its_sibling_is_a_sign() -> None:
    command = [sys.executable, "-c", FORKS]
    alone, of_two, first = subprocess.check_output(command, text=True).splitlines()
    assert alone == "None"
    assert f"process {first} was started likewise" in of_two
