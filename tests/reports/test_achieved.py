"""What lists show of components is what the shipped rules have recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from otel_sla.reports.achieved import Achieved, achieved
from otel_sla.reports.background import Failed, Pending, background

from ..support.measured import forget
from ..support.processes import free_port
from ..support.sampled import SERVERS, START, every_minute, sampled

NOW = START + 3_600
PATIENCE = 60.0


def recorded(component: str, **values: float) -> list[Any]:
    """Series as the rules record them, by the name of what is recorded."""
    names = {
        "up": "component:service_up_seconds:sum_period",
        "measured": "component:service_measured_seconds:sum_period",
        "scheduled": "component:service_scheduled_seconds:sum_period",
        "budget": "component:service_error_budget:seconds",
        "left": "component:service_error_budget_remaining:seconds",
    }
    return [
        sampled(component, every_minute([value] * 60), names[name])
        for name, value in values.items()
    ]


def asked_at(url: str) -> Any:
    """What is known once the background has asked that server."""
    setting = {**settings.OTEL_SLA, "PROMETHEUS": {"URL": url, "TIMEOUT": 20}}
    with override_settings(OTEL_SLA=setting):
        forget()
        try:
            assert isinstance(achieved(NOW), Pending)
            background.wait(PATIENCE)
            return achieved(NOW)
        finally:
            forget()


@pytest.mark.parametrize("server", SERVERS)
def test_one_question_answers_for_all_components(server: str, tmp_path: Path) -> None:
    series = [
        *recorded("shop", up=99, measured=100, scheduled=200, budget=5, left=4),
        *recorded("never measured", scheduled=200, budget=5, left=5),
        *recorded("always closed", budget=0, left=0),
        # Measured a little longer than scheduled, by a mark that came late.
        *recorded("late", up=201, measured=201, scheduled=200, budget=5, left=5),
    ]
    with SERVERS[server](tmp_path, series) as running:
        found = asked_at(running.url)
    assert found == {
        "shop": Achieved(0.99, 0.5, 5, 4),
        "never measured": Achieved(None, 0, 5, 5),
        "always closed": Achieved(None, None, 0, 0),
        "late": Achieved(1, 1, 5, 5),
    }


def test_a_server_that_is_away_is_a_failure_and_no_error() -> None:
    found = asked_at(f"http://127.0.0.1:{free_port()}")
    assert isinstance(found, Failed)
    assert "can't be" in found.sentence or "127.0.0.1" in found.sentence
