"""Which processes are those of a test runner, of a command, or of neither."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from django.test import override_settings

from otel_sla.telemetry import process_role


@pytest.mark.parametrize(
    ("package", "runs"),
    [("unittest", True), ("pytest", False), (None, False), ("site", False)],
)
def test_unittest_is_known_by_its_program(
    package: str | None, runs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "_pytest.main")
    monkeypatch.setitem(
        sys.modules,
        "__main__",
        SimpleNamespace(__package__=package),
    )
    with override_settings(OTEL_SLA={"ENABLED": None}):
        assert process_role.under_test_runner() == runs
        assert bool(process_role.idle_reason()) == runs


@pytest.mark.parametrize(("enabled", "idle"), [(True, False), (False, True)])
@pytest.mark.parametrize("command", [None, "migrate", "runserver"])
def test_the_setting_decides_in_every_process(
    command: str | None, enabled: bool, idle: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_role, "running_command", lambda: command)
    with override_settings(OTEL_SLA={"ENABLED": enabled}):
        assert bool(process_role.idle_reason()) == idle
