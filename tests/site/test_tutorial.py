"""The tutorial, command by command, with a site and a Prometheus of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from ..support.parts import program
from ..support.processes import DEADLINE, ROOT, free_port, make_site, until

PAGE = ROOT / "docs" / "tutorial.md"
_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r" @\[[0-9.]+\]$", re.MULTILINE)
_EXPORT = re.compile(r"^export .*$", re.MULTILINE)


class Shell:
    """Types commands, with ports that are free, and keeps what they export.

    The rules are evaluated as often as the scrapes are, so as not to wait minutes.
    """

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._environment = environment
        self._exported: list[str] = []
        self._groups: list[int] = []
        into = "> tutorial/service-windows.rules.yml"
        self._instead = {
            "8000": str(free_port()),
            "9090": str(free_port()),
            into: f"| sed 's/interval: 1m/interval: 5s/' {into}",
        }

    def type(self, commands: str) -> str:
        """Return what the commands print. They have to succeed."""
        for written, instead in self._instead.items():
            commands = commands.replace(written, instead)
        script = "\n".join([*self._exported, commands])
        # A file, because what runs on in the background would hold a pipe open.
        output = self._directory / "output.txt"
        with output.open("w") as file:
            shell = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", script],
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._groups.append(shell.pid)
        code = shell.wait(4 * DEADLINE)
        said = output.read_text()
        assert code == 0, f"{commands}\n{said}"
        self._exported += _EXPORT.findall(commands)
        return said

    def close(self) -> None:
        """End what still runs in the background."""
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in what looks like a checkout with the environment active."""
    (tmp_path / "manage.py").symlink_to(ROOT / "manage.py")
    inherited = make_site(tmp_path).environment
    active = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
    shell = Shell(tmp_path, {**inherited, "PATH": active})
    yield shell
    shell.close()


def test_every_command_of_the_tutorial_prints_what_it_says(shell: Shell) -> None:
    for needed in ("curl", "prometheus", "promtool"):
        program(needed)
    install, *blocks = _BLOCK.findall(PAGE.read_text())
    assert "pip install" in install[1]
    for kind, text in blocks:
        if kind == "sh":
            shell.type(text)
        else:
            _expect(shell, *text.removeprefix("$ ").split("\n", 1))


def _expect(shell: Shell, command: str, printed: str) -> None:
    """Type the command again and again, until it prints that, whatever the time."""
    until(
        # || true: at first the site does not answer yet.
        lambda: _timeless(shell.type(f"{command} || true")) == _timeless(printed),
        f"{command!r} prints {printed!r}",
        2 * DEADLINE,
    )


def _timeless(printed: str) -> str:
    """Without moments, and without the empty line that promtool has for nothing."""
    return _TIME.sub("", printed).strip()
