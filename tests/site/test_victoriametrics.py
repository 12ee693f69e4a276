"""The commands of docs/victoriametrics.md accept their options and files."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from django.core.management import call_command

from ..support.parts import newer
from ..support.processes import ROOT
from .test_docs import blocks

PAGE = (ROOT / "docs" / "victoriametrics.md").read_text()
PRINTED = "python manage.py prometheus_rules --for vmalert > "


def test_the_commands_of_the_page_accept_their_options_and_files(
    tmp_path: Path,
) -> None:
    (scrape,) = blocks(PAGE, "yaml")
    (tmp_path / "scrape.yml").write_text(scrape)
    (text,) = blocks(PAGE, "sh")
    prints, *commands = text.replace("\\\n", "").splitlines()
    assert prints.startswith(PRINTED)
    with (tmp_path / prints.removeprefix(PRINTED)).open("w") as file:
        call_command("prometheus_rules", "--for", "vmalert", stdout=file)
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
