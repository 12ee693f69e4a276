"""The wheel in somebody else's site: tests/support/foreign_site.py, also alone."""

from __future__ import annotations

import subprocess
import sys

from ..support import foreign_site
from ..support.databases import POSTGRES, postgres_url
from ..support.parts import program
from ..support.processes import ROOT


def test_a_new_site_with_the_wheel_in_it_is_scraped_by_prometheus() -> None:
    with postgres_url():
        done = subprocess.run(
            [
                *(sys.executable, "-m", foreign_site.__name__),
                *("--postgres", POSTGRES),
                *("--prometheus", program("prometheus")),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert "Prometheus: count(service_window_in_window) is 63" in done.stdout
    assert "passed in" in done.stdout
