"""The page for those who come from Icinga 2 shows what the command prints."""

import io
import re
from pathlib import Path

from django.core.management import call_command

from ...support.processes import ROOT

PAGE = (ROOT / "docs" / "from-icinga.md").read_text()


def test_the_file_of_the_page_becomes_what_the_page_shows(tmp_path: Path) -> None:
    file = tmp_path / "timeperiods.conf"
    (text,) = re.findall(r"^```icinga2\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (shown,) = re.findall(r"^\$ .*\n([^`]*)^```", PAGE, re.MULTILINE)
    file.write_text(text)
    out = io.StringIO()
    call_command(
        "convert_schedules",
        str(file),
        zone="Europe/Berlin",
        stdout=out,
        stderr=io.StringIO(),
    )
    assert out.getvalue() == shown
