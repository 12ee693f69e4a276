"""The lowest and the newest OpenTelemetry: tests/support/two_releases.py."""

from __future__ import annotations

import subprocess
import sys

from ..support import two_releases
from ..support.processes import ROOT


def test_the_lowest_and_the_newest_opentelemetry_say_the_same_but_for_times() -> None:
    done = subprocess.run(
        [sys.executable, "-m", two_releases.__name__],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    for kind in ("text", "OpenMetrics", "OTLP"):
        assert f"\n{kind}: 1.44.0 and " in done.stdout
