"""The wheel in somebody else's site: tests/support/foreign_site.py, also alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ..support import foreign_site
from ..support.databases import POSTGRES, postgres_url
from ..support.parts import program


def test_a_new_site_with_the_wheel_in_it_is_scraped_by_prometheus() -> None:
    script = str(Path(foreign_site.__file__))
    with postgres_url():
        done = subprocess.run(
            [
                *(sys.executable, script, "--postgres", POSTGRES),
                *("--prometheus", program("prometheus")),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert "Prometheus: count(service_window_in_window) is 63" in done.stdout
    assert "passed in" in done.stdout
