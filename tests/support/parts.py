"""Real parts that tests need: programs, servers, databases.

What is not installed is skipped by name; with OTEL_SLA_REQUIRE_ALL=1, as in CI, a
missing part is a failure.
"""

from __future__ import annotations

import os
import shutil
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
