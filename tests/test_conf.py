"""Paths in the settings: where they begin, and what a site need not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from otel_sla.conf import SHIPPED_CONFIG_FILE, conf, has_service_windows
from otel_sla.telemetry import process_role

KEYS = ("CONFIG_FILE", "METRICS_TOKEN_FILE", "RUNTIME_DIR")


@pytest.mark.parametrize("kind", [str, Path])
def test_the_site_s_own_file_is_found_in_a_base_dir_of_any_type(
    kind: Any, tmp_path: Path
) -> None:
    with override_settings(OTEL_SLA={}, BASE_DIR=kind(tmp_path)):
        assert conf.CONFIG_FILE == SHIPPED_CONFIG_FILE
        (tmp_path / "otel-config.yaml").touch()
        assert tmp_path / "otel-config.yaml" == conf.CONFIG_FILE


@pytest.mark.parametrize("base", [None, 1, lambda: "called"])
def test_without_a_base_dir_the_working_directory_is_not_searched(
    base: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "otel-config.yaml").touch()
    with override_settings(OTEL_SLA={}, BASE_DIR=base):
        assert conf.CONFIG_FILE == SHIPPED_CONFIG_FILE
        del settings.BASE_DIR
        assert conf.CONFIG_FILE == SHIPPED_CONFIG_FILE


@pytest.mark.parametrize("key", KEYS)
def test_a_path_is_absolute_and_may_begin_in_the_home(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with override_settings(OTEL_SLA={key: "~/shop/file"}):
        assert getattr(conf, key) == tmp_path / "shop/file"
    monkeypatch.chdir(tmp_path)
    for given in ("shop/file", Path("shop/file"), tmp_path / "shop/file"):
        with override_settings(OTEL_SLA={key: given}):
            assert getattr(conf, key) == tmp_path / "shop/file"


@pytest.mark.parametrize(
    "given", [{"METRICS_MODULE": 3}, {"SOURCES": []}, {"SERVICE_WINDOWS": "no"}]
)
def test_a_value_that_no_source_can_be_registered_by_stops_a_server_and_no_check(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = apps.get_app_config("otel_sla").ready
    with override_settings(OTEL_SLA=given):
        assert has_service_windows(), "what is imported before does not fail"
        with pytest.raises(ImproperlyConfigured):
            ready()
        monkeypatch.setattr(process_role, "running_command", lambda: "check")
        ready()
