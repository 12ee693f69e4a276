"""The tutorial of rows as metrics, block by block, in a new site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..support.hosts import OF_THE_TESTS, append, site_in
from ..support.parts import program
from ..support.processes import ROOT, free_port
from ..support.shell import Shell

PAGE = ROOT / "docs" / "rows-tutorial.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\S+?)(: append)?\n")
INSTALL = re.compile(r"^pip install .*\n", re.MULTILINE)
VARYING = re.compile(r"\d+ ms|\b\d{10}\.\d+")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    (tmp_path / "shop").mkdir()
    environment = site_in(tmp_path / "shop").environment
    # The command that makes the site finds no settings yet, and manage.py names them.
    environment = {
        name: value
        for name, value in environment.items()
        if name != "DJANGO_SETTINGS_MODULE"
    }
    shell = Shell(tmp_path / "shop", environment, {"8000": str(free_port())})
    yield shell
    shell.close()


def test_every_block_of_the_tutorial_of_rows_does_what_it_says(
    shell: Shell, tmp_path: Path
) -> None:
    for needed in ("curl", "promtool"):
        program(needed)
    project = tmp_path / "shop"
    for kind, text in BLOCK.findall(PAGE.read_text()):
        if kind == "sh":
            shell.type(INSTALL.sub("", text))
        elif kind == "console":
            shell.expect(text, VARYING)
        else:
            path, appended = FILE.match(text).groups()  # type: ignore[union-attr]
            if not appended:
                (project / path).write_text(text)
                continue
            append(project / path, text)
            if path.endswith("settings.py"):
                append(project / path, OF_THE_TESTS)
