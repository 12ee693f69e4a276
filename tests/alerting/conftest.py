from __future__ import annotations

from pathlib import Path

import pytest

from ..support.promtool import PROMTOOLS, TOOLS, Check


@pytest.fixture(params=PROMTOOLS)
def check_by_prometheus(request: pytest.FixtureRequest, tmp_path: Path) -> Check:
    """The check of a run, once by each version of Prometheus."""
    return lambda run: run.check(tmp_path, PROMTOOLS[request.param])


@pytest.fixture(
    params=[pytest.param("prometheus-2.42", marks=pytest.mark.long), "prometheus-3"]
)
def check_by_newest(request: pytest.FixtureRequest, tmp_path: Path) -> Check:
    """The check by the newest version, and in long tests by the older one as well.

    For rules without a range of their own: both versions check the others.
    """
    return lambda run: run.check(tmp_path, PROMTOOLS[request.param])


@pytest.fixture(params=TOOLS)
def check_by_all(request: pytest.FixtureRequest, tmp_path: Path) -> Check:
    """The check by each version of Prometheus and by vmalert."""
    return lambda run: run.check(tmp_path, TOOLS[request.param])


@pytest.fixture(params=[*PROMTOOLS, pytest.param("vmalert", marks=pytest.mark.long)])
def check(request: pytest.FixtureRequest, tmp_path: Path) -> Check:
    """The check by each version of Prometheus, and in long tests by vmalert.

    vmalert takes ten times as long, because each of its rules computes again what it
    needs of others.
    """
    return lambda run: run.check(tmp_path, TOOLS[request.param])
