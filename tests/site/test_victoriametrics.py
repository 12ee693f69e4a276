"""The commands of docs/victoriametrics.md accept their options and files."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from ..support.parts import newer
from ..support.processes import ROOT
from .test_docs import blocks

PAGE = (ROOT / "docs" / "victoriametrics.md").read_text()
RULES = "groups: [{name: one, rules: [{record: one, expr: vector(1)}]}]"


def test_the_commands_of_the_page_accept_their_options_and_files(
    tmp_path: Path,
) -> None:
    (scrape,) = blocks(PAGE, "yaml")
    (tmp_path / "scrape.yml").write_text(scrape)
    (tmp_path / "service-windows.vmalert.yml").write_text(RULES)
    (text,) = blocks(PAGE, "sh")
    commands = text.replace("\\\n", "").splitlines()
    assert len(commands) == 2
    for program, *options in map(shlex.split, commands):
        tried = subprocess.run(
            [newer(program), *options, "-dryRun"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert tried.returncode == 0, tried.stderr
