"""What a row costs that evaluation breaks on, and how often the log tells of it."""

from __future__ import annotations

import logging
from typing import Any
from unittest.mock import patch

import pytest

from otel_sla import checks
from otel_sla.metrics.source import Snapshots
from otel_sla.models import Component
from otel_sla.schedule import Schedule, State, from_text

from ..support.make import make_agreement, make_component, make_schedule, seconds

pytestmark = pytest.mark.django_db

NOON = seconds(2026, 3, 27, 12)
ERRORS = [
    ValueError("odd"),
    TypeError("odd"),
    KeyError("odd"),
    IndexError("odd"),
    OverflowError("odd"),
    ZeroDivisionError("odd"),
    RecursionError("odd"),
    AssertionError("odd"),
]


@pytest.fixture
def hit() -> str:
    """The name of a component that is hit by what is wrong with its schedule, UTC."""
    make_component()
    schedule = make_schedule("odd", timezone="UTC")
    return make_component("hit", agreement=make_agreement("o", schedule=schedule)).name


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_whatever_a_schedule_makes_of_evaluation_costs_its_own_components_only(
    error: Exception, hit: str, caplog: pytest.LogCaptureFixture
) -> None:
    state = Schedule.state

    def fails(schedule: Schedule, moment: int) -> State:
        if schedule.zone.key == "UTC":
            raise error
        return state(schedule, moment)

    with patch.object(Schedule, "state", fails):
        snapshot = Snapshots().take(NOON)
    assert [row.component for row in snapshot.rows] == ["web-shop"]
    assert snapshot.dropped == {"schedule": 1}
    assert f"left out of the metrics: component '{hit}'" in caplog.text


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_the_check_names_a_schedule_whatever_is_raised_for_it(
    error: Exception, hit: str
) -> None:
    schedule = from_text.schedule

    def fails(timezone: str, *arguments: Any, **parts: Any) -> Schedule:
        if timezone == "UTC":
            raise error
        return schedule(timezone, *arguments, **parts)

    with patch.object(from_text, "schedule", fails):
        found = checks.check_stored_schedules(None, ["default"])
        dropped = Snapshots().take(NOON).dropped
    assert [one.id for one in found] == ["otel_sla.E003"]
    assert "Schedule 'odd': " in found[0].msg
    assert dropped == {"schedule": 1}


def test_a_fault_is_logged_when_it_turns_up_changes_and_comes_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    component = make_component(labels={})
    snapshots = Snapshots()
    labels: list[tuple[object, int]] = [
        ({"tier": 1}, 1),
        ({"tier": 1}, 0),
        (["tier"], 1),
        ({"tier": "1"}, 0),
        ({"tier": 1}, 1),
        ({"tier": "1"}, 0),
    ]
    for value, lines in labels:
        Component.objects.filter(pk=component.pk).update(labels=value)
        caplog.clear()
        with caplog.at_level(logging.WARNING, "otel_sla"):
            snapshots.take(NOON)
        assert len(caplog.messages) == lines, value
