from __future__ import annotations

from pathlib import Path

import pytest

from ..support.promtool import PROMTOOLS, Check


@pytest.fixture(params=PROMTOOLS)
def check(request: pytest.FixtureRequest, tmp_path: Path) -> Check:
    """The check of a run, once by each version of Prometheus."""
    return lambda run: run.check(tmp_path, PROMTOOLS[request.param])
