from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry

from otel_sla import configuration, telemetry

CONFIG_FILE = Path(__file__).parent.parent / "otel-config.yaml"


@pytest.fixture
def provider() -> Iterator[MeterProvider]:
    """A provider of the test's own, with no reader."""
    provider = MeterProvider(shutdown_on_exit=False)
    yield provider
    provider.shutdown()


@pytest.fixture
def registry(
    provider: MeterProvider, monkeypatch: pytest.MonkeyPatch
) -> CollectorRegistry:
    """What /metrics serves, set up as the reference site's configuration says."""
    active = telemetry.install(provider, configuration.load(CONFIG_FILE))
    monkeypatch.setattr(telemetry, "_active", active)
    assert active.registry is not None
    return active.registry
