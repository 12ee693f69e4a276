"""Work in the background: once for all who ask, kept, and never at the start."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from otel_sla.reports import background as module
from otel_sla.reports.background import Background, Failed, Pending, Progress

from ..support.processes import ROOT

CLOCK = "otel_sla.reports.background.time.monotonic"


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    yield made
    made.wait(30)


class Work:
    """Work that waits until it may end, and counts how often it is done."""

    def __init__(self) -> None:
        self.times = 0
        self.has_begun = threading.Event()
        self.may_end = threading.Event()
        self.failure: Exception | None = None

    def __call__(self, tell: Progress) -> str:
        self.times += 1
        tell("3 of 31 days")
        self.has_begun.set()
        assert self.may_end.wait(60)
        if self.failure:
            raise self.failure
        return f"made {self.times}"


def test_it_is_done_once_for_all_who_ask_meanwhile(background: Background) -> None:
    work = Work()
    assert background.ask("key", work) == Pending("")
    assert work.has_begun.wait(60)
    assert background.ask("key", work) == Pending("3 of 31 days")
    work.may_end.set()
    background.wait(60)
    assert background.ask("key", work) == "made 1"
    assert work.times == 1


def test_one_thread_does_one_thing_after_another(background: Background) -> None:
    first, second = Work(), Work()
    second.may_end.set()
    background.ask("first", first)
    assert first.has_begun.wait(60)
    background.ask("second", second)
    assert not second.has_begun.is_set()
    first.may_end.set()
    background.wait(60)
    assert background.ask("second", second) == "made 1"


def test_what_is_old_is_made_again_and_returned_meanwhile(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 0.0
    monkeypatch.setattr(CLOCK, lambda: clock)
    work = Work()
    work.may_end.set()
    background.ask("key", work)
    background.wait(60)
    clock = 299.0
    assert background.ask("key", work) == "made 1"
    clock = 301.0
    assert background.ask("key", work) == "made 1"
    background.wait(60)
    assert background.ask("key", work) == "made 2"
    # Too old to be shown.
    clock = 10_000.0
    assert background.ask("key", work) == Pending("")


def test_an_old_result_outlives_a_failure(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 0.0
    monkeypatch.setattr(CLOCK, lambda: clock)
    work = Work()
    work.may_end.set()
    background.ask("key", work)
    background.wait(60)
    work.failure = ValueError("no")
    clock = 400.0
    background.ask("key", work)
    background.wait(60)
    assert background.ask("key", work) == "made 1"
    clock = 4_100.0
    background.ask("key", work)
    background.wait(60)
    failed = background.ask("key", work)
    assert isinstance(failed, Failed)
    assert failed.sentence == "The report can't be made. The site's log says why."


def test_an_unexpected_error_is_logged_with_its_traceback(
    background: Background, caplog: pytest.LogCaptureFixture
) -> None:
    module.failures.forget()
    work = Work()
    work.may_end.set()
    work.failure = KeyError("secret")
    background.ask("key", work)
    background.wait(60)
    (record,) = caplog.records
    assert record.exc_info
    assert "KeyError" in record.getMessage()


def test_only_so_many_results_are_kept(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    works = {key: Work() for key in "abc"}
    for key, work in works.items():
        work.may_end.set()
        background.ask(key, work)
        background.wait(60)
    background.ask("a", works["a"])
    background.wait(60)
    assert works["a"].times == 2
    assert works["c"].times == 1


def test_a_system_without_threads_is_asked_again(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work()
    work.may_end.set()

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as limited:
        limited.setattr(threading.Thread, "start", refuse)
        assert background.ask("key", work) == Pending("")
    assert work.times == 0
    background.ask("key", work)
    background.wait(60)
    assert background.ask("key", work) == "made 1"


def test_a_forked_process_starts_a_thread_of_its_own() -> None:
    program = """
import os
from otel_sla.reports.background import Background
background = Background()
work = lambda tell: os.getpid()
background.ask("key", work); background.wait(60)
assert background.ask("key", work) == os.getpid()
child = os.fork()
if not child:
    background.ask("key", work); background.wait(60)
    os._exit(0 if background.ask("key", work) == os.getpid() else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    run(program)


@pytest.mark.parametrize("arguments", [("check",), ("migrate", "--check")])
def test_nothing_starts_with_the_site(arguments: tuple[str, ...]) -> None:
    program = f"""
import sys, threading
from django.core.management import call_command
try:
    call_command(*{arguments!r}, verbosity=0)
except SystemExit:
    pass
import sla_site.urls
assert [one.name for one in threading.enumerate()] == ["MainThread"]
assert "requests" not in sys.modules
from otel_sla.reports.background import background
assert background._thread is None
"""
    run(program)


def run(program: str) -> None:
    """Run a program in a site that has a Prometheus, which nobody listens at."""
    begin = "import django, warnings; django.setup()\n"
    ended = subprocess.run(
        [sys.executable, "-c", begin + program],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "sla_site.settings",
            "DJANGO_PROMETHEUS_URL": "http://127.0.0.1:9",
            "DATABASE_URL": "sqlite://:memory:",
            "DJANGO_SECRET_KEY": "tests only",
            "OTEL_METRICS_EXPORTER": "prometheus",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
