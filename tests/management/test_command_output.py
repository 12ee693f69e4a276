"""Commands whose output can't be written end in one sentence, which is true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import pytest

from ..support.processes import MANAGE, ROOT, Site, free_port, make_site

CATALOGUE = """\
schedules:
  Bürozeiten: {timezone: UTC, rules: [{days: mon-fri, start: "09:00", end: "17:00"}]}
agreements:
  gold: {schedule: Bürozeiten, target: 99, period: month}
components:
  lädchen: {agreement: gold}
"""
MORE = CATALOGUE.replace("09:00", "08:00") + "  kiosk: {agreement: gold}\n"
EVENTS = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:upgrade
SUMMARY:Störung
DTSTART:20990603T020000Z
DTEND:20990603T043000Z
END:VEVENT
END:VCALENDAR
"""
NOTHING = "Nothing was applied."
LOADED, IMPORTED = "The catalogue was applied.", "The calendar was applied."
NO_SPACE, UNREAD = "No space left on device", "Broken pipe"
ASCII = "its encoding, ascii, has no '\\xfc'; set PYTHONIOENCODING=utf-8"
ONTO = ("changes.ics", "--component", "lädchen")

QUIET = 141
"""What `cat` ends with where nobody reads on."""


FORKING = """
import gc, io, json, os, signal, sys
import django
from django.core.management import call_command, execute_from_command_line
from django.core.management import get_commands, load_command_class
from django.db import connections

django.setup()
# What all of them need is imported once.
call_command("check", stdout=io.StringIO(), stderr=io.StringIO())
for name, app in get_commands().items():
    if app == "otel_sla":
        load_command_class(app, name)
connections.close_all()
# Without this, the garbage collection of each child would copy every page.
gc.collect()
gc.freeze()

def end_of_a_pipe_that_nobody_reads():
    unread, written = os.pipe()
    os.close(unread)
    return written

for line in sys.stdin:
    asked = json.loads(line)
    if child := os.fork():
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps(status), flush=True)
        continue
    # A pusher, or a demo, that does not end.
    signal.alarm(60)
    if asked["stdout"]:
        stdout = os.open(asked["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    else:
        stdout = end_of_a_pipe_that_nobody_reads()
    os.dup2(stdout, 1)
    os.dup2(os.open(asked["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    at_once = asked["at once"]
    sys.stdout = io.TextIOWrapper(
        open(1, "wb", 0) if at_once else open(1, "wb"),
        encoding=asked["encoding"],
        write_through=at_once,
    )
    sys.argv = ["manage.py", *asked["command"]]
    execute_from_command_line(sys.argv)
    sys.exit()
"""
"""Runs commands in processes of their own, for which Django is imported once."""


class Ended(NamedTuple):
    """How a command ended, and what it said of it."""

    status: int
    said: str


@dataclass(frozen=True)
class Terminal:
    """A site, and somebody who types commands there."""

    site: Site
    process: subprocess.Popen[str]

    def run(self, kind: str, *command: str, at_once: bool = False) -> Ended:
        """Run a command whose stdout is full, unread, ascii, or a file's name."""
        there, said = self.site.directory, self.site.directory / "stderr"
        files = {"full": "/dev/full", "unread": "", "ascii": os.devnull}
        asked = {
            "stdout": files.get(kind, kind),
            "stderr": str(said),
            "encoding": "ascii" if kind == "ascii" else "utf-8",
            "at once": at_once,
            "command": [
                f"{there}/{one}" if one.endswith((".yaml", ".ics")) else one
                for one in command
            ],
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        status = json.loads(self.process.stdout.readline())
        return Ended(status, said.read_text("utf-8"))

    def succeed(self, *command: str) -> str:
        """Run a command that has to succeed, and return what it prints."""
        out = self.site.directory / "stdout"
        assert self.run(str(out), *command) == (0, "")
        return out.read_text("utf-8")

    def restore(self) -> None:
        self.succeed("load_catalogue", "catalogue.yaml", "--prune")


@contextmanager
def _terminal(site: Site) -> Iterator[Terminal]:
    with subprocess.Popen(
        [sys.executable, "-c", FORKING],
        cwd=ROOT,
        env={**site.environment, "PYTHONUNBUFFERED": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        terminal = Terminal(site, process)
        terminal.succeed("migrate", "--verbosity", "0")
        yield terminal


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    site = make_site(tmp_path_factory.mktemp("site"), OTEL_METRICS_EXPORTER="otlp")
    site = site.having(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9").of_any_year()
    site.write("catalogue.yaml", CATALOGUE)
    site.write("more.yaml", MORE)
    site.write("changes.ics", EVENTS)
    with _terminal(site) as terminal:
        terminal.restore()
        yield terminal


def _sentence(why: str, consequence: str = "") -> str:
    said = f"CommandError: The output can't be written: {why}. {consequence}"
    return f"{said.strip()}\n"


READERS: list[tuple[str, ...]] = [
    ("dump_catalogue",),
    ("windows", "lädchen"),
    ("windows", "lädchen", "--format", "json"),
    ("prometheus_rules",),
    ("prometheus_rules", "--legacy-names"),
    ("alertmanager_intervals",),
]


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_a_command_that_prints_ends_in_one_sentence_or_in_silence(
    terminal: Terminal, command: tuple[str, ...], at_once: bool
) -> None:
    said = _sentence(NO_SPACE)
    assert terminal.run("full", *command, at_once=at_once) == (1, said)
    assert terminal.run("unread", *command, at_once=at_once) == (QUIET, "")


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        (("dump_catalogue",), "\\xfc"),
        (("windows", "lädchen"), "\\xe4"),
        (("alertmanager_intervals",), "\\xfc"),
    ],
)
def test_what_an_encoding_lacks_is_named(
    terminal: Terminal, command: tuple[str, ...], missing: str
) -> None:
    said = _sentence(ASCII.replace("\\xfc", missing))
    assert terminal.run("ascii", *command) == (1, said)


@pytest.mark.parametrize(
    ("kind", "why"), [("full", NO_SPACE), ("unread", UNREAD), ("ascii", ASCII)]
)
@pytest.mark.parametrize("at_once", [False, True])
def test_a_load_says_whether_the_catalogue_was_applied(
    terminal: Terminal, kind: str, why: str, at_once: bool
) -> None:
    ended = terminal.run(kind, "load_catalogue", "more.yaml", at_once=at_once)
    after = terminal.succeed("dump_catalogue")
    terminal.restore()
    applied = not (kind == "ascii" or at_once)
    assert ended == (1, _sentence(why, LOADED if applied else NOTHING))
    assert ("kiosk" in after, "08:00" in after) == (applied, applied)


def test_a_load_that_was_to_apply_nothing_says_that_it_did_not(
    terminal: Terminal,
) -> None:
    load = ("load_catalogue", "more.yaml")
    for option in ("--dry-run", "--check"):
        ended = terminal.run("full", *load, option, at_once=True)
        assert ended == (1, _sentence(NO_SPACE, NOTHING))
    ended = terminal.run("full", *load, "--dry-run")
    assert ended == (1, _sentence(NO_SPACE, NOTHING))
    status, said = terminal.run("full", *load, "--check")
    assert status == 1
    assert said.startswith("CommandError: ")
    assert said.endswith("differ. Loading it would make the changes above.\n")


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("full", NO_SPACE),
        ("unread", UNREAD),
        ("ascii", ASCII.replace("\\xfc", "\\xe4")),
    ],
)
def test_an_import_says_whether_the_calendar_was_applied(
    terminal: Terminal, kind: str, why: str
) -> None:
    dry = terminal.run(kind, "import_calendar", *ONTO, "--dry-run")
    assert "upgrade" not in terminal.succeed("dump_catalogue")
    ended = terminal.run(kind, "import_calendar", *ONTO)
    assert "upgrade" in terminal.succeed("dump_catalogue")
    terminal.restore()
    assert dry == (1, _sentence(why, NOTHING))
    assert ended == (1, _sentence(why, IMPORTED))


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize(("kind", "why"), [("full", NO_SPACE), ("unread", UNREAD)])
def test_a_token_that_can_not_be_shown_is_not_made(
    terminal: Terminal, kind: str, why: str, at_once: bool
) -> None:
    ended = terminal.run(kind, "feed_token", "ops", at_once=at_once)
    assert ended == (1, _sentence(why, "No token was made."))
    revoked = terminal.run(os.devnull, "feed_token", "ops", "--revoke")
    assert "No valid token is named 'ops'." in revoked.said


def test_a_revocation_that_can_not_be_told_has_happened(terminal: Terminal) -> None:
    terminal.succeed("feed_token", "Büro")
    revoke = ("feed_token", "Büro", "--revoke")
    said = _sentence(NO_SPACE, "The tokens of 'Büro' were revoked.")
    assert terminal.run("full", *revoke) == (1, said)
    assert terminal.run(os.devnull, *revoke).status == 1


def test_a_token_is_not_made_where_stdout_is_closed(terminal: Terminal) -> None:
    closed = ("sh", "-c", 'exec "$0" "$@" >&-', *MANAGE, "feed_token", "ops")
    done = terminal.site.run(*closed)
    said = _sentence("stdout is closed", "No token was made.")
    assert (done.returncode, done.stderr) == (1, said)


@pytest.mark.parametrize("verbosity", ["1", "2"])
@pytest.mark.parametrize(("kind", "why"), [("full", NO_SPACE), ("unread", UNREAD)])
def test_a_pusher_that_can_not_say_what_it_does_ends(
    terminal: Terminal, kind: str, why: str, verbosity: str
) -> None:
    ended = terminal.run(kind, "export_metrics", "--verbosity", verbosity)
    assert ended == (1, _sentence(why, "Pushing has stopped."))


def test_a_demo_that_can_not_say_its_password_is_not_served(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    site = make_site(tmp_path_factory.mktemp("demo")).of_any_year()
    said = "The sample catalogue was loaded. Nothing is served."
    with _terminal(site) as terminal:
        for more in (["--no-serve"], ["--port", str(free_port())]):
            ended = terminal.run("full", "demo", *more)
            assert ended == (1, _sentence(NO_SPACE, said))
        assert "web-shop" in terminal.succeed("dump_catalogue")
