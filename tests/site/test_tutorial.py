"""The tutorial, command by command, with a site and a Prometheus of its own."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..support.parts import program
from ..support.processes import ROOT, free_port, make_site
from ..support.shell import Shell

PAGE = ROOT / "docs" / "tutorial.md"
_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r" @\[[0-9.]+\]$", re.MULTILINE)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in what looks like a checkout with the environment active."""
    (tmp_path / "manage.py").symlink_to(ROOT / "manage.py")
    inherited = make_site(tmp_path).environment
    active = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
    into = "> tutorial/service-windows.rules.yml"
    instead = {
        "8000": str(free_port()),
        "9090": str(free_port()),
        # Evaluated as often as the scrapes are, so as not to wait minutes.
        into: f"| sed 's/interval: 1m/interval: 5s/' {into}",
    }
    shell = Shell(tmp_path, {**inherited, "PATH": active}, instead)
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
            shell.expect(text, _TIME)
