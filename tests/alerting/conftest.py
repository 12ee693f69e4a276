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
    """The same, but by the older one only among the long ones: for what has no range of
    its own, beside rules that have been checked by both."""
    return lambda run: run.check(tmp_path, PROMTOOLS[request.param])


@pytest.fixture(params=TOOLS)
def check_by_all(request: pytest.FixtureRequest, tmp_path: Path) -> Check:
    """The same, and by vmalert."""
    return lambda run: run.check(tmp_path, TOOLS[request.param])


@pytest.fixture(params=[*PROMTOOLS, pytest.param("vmalert", marks=pytest.mark.long)])
def check(request: pytest.FixtureRequest, tmp_path: Path) -> Check:
    """The same, but by vmalert only among the long ones: it takes ten times as long,
    because each of its rules works out again what it needs of others."""
    return lambda run: run.check(tmp_path, TOOLS[request.param])
