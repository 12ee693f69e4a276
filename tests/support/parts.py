"""Real parts that tests need: programs, servers, databases.

What is not installed is skipped by name; with OTEL_SLA_REQUIRE_ALL=1, as in CI, a
missing part is a failure.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def missing(part: str) -> NoReturn:
    """Skip the test for want of a part, or fail it where all are required."""
    if os.environ.get("OTEL_SLA_REQUIRE_ALL") == "1":
        pytest.fail(f"{part} is required by OTEL_SLA_REQUIRE_ALL=1", pytrace=False)
    pytest.skip(f"{part} is not installed or not running")


def program(name: str) -> str:
    """Return the path of a program, wherever it is on the PATH."""
    path = shutil.which(name)
    return path if path else missing(name)


def newer(name: str) -> str:
    """Return the path of a program as `.ci/newer-parts` has fetched it: Prometheus 3,
    a newer Alertmanager, or VictoriaMetrics."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(
        os.environ.get("OTEL_SLA_NEWER_PARTS") or f"{caches}/otel_sla/newer-parts"
    )
    path = shutil.which(name, path=folder)
    return path if path else missing(f"{name} (fetched by .ci/newer-parts)")
