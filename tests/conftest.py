from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.utils import translation
from opentelemetry.sdk.metrics import MeterProvider

from otel_sla.bridge import self_metrics, shared_callbacks
from otel_sla.bridge.newest_reading import meeting
from otel_sla.metrics.source import snapshots
from otel_sla.models import feeds
from otel_sla.telemetry import config
from otel_sla.telemetry import setup as telemetry
from otel_sla.telemetry.scrape import Scrapes
from otel_sla.web import feeds as feed_views
from otel_sla.web import health, scrape_auth, unavailable

from .support.databases import drop_databases_of_sites

LONGEST = (
    "test_two_releases",
    "test_pusher",
    "test_rules_periods",
    "test_databases",
    "test_time_zones",
    "test_month",
    "test_same_as_rules",
    "test_brute_force",
    "test_oracles",
    "test_outages",
    "test_wall_clock",
    "test_processes",
    "test_api_schema",
    "test_workers",
    "test_pages_in_browser",
    "test_admin_in_browser",
    "test_source_servers",
    "test_german_in_browser",
    "test_browser",
    "test_same_series",
    "test_reports_in_browser",
    "test_detail_pages_in_browser",
    "test_frame_in_browser",
    "test_foreign_site",
    "test_without_service_windows",
    "test_workers_of_servers",
    "test_hostile_tour",
    "test_recipes",
    "test_rules",
    "test_rules_alerts",
    "test_command_output",
    "test_rows",
    "test_themes",
    "test_hosts",
    "test_packages",
    "test_beside",
    "test_tenants",
    "test_endurance",
    "test_standard_variables",
    "test_upgrade",
    "test_failures",
    "test_deploy",
    "test_evaluation",
    "test_task_queues",
    "test_tutorial",
    "test_rows_tutorial",
    "test_meeting_again",
    "test_newcomer",
    "test_feeds",
    "test_prometheus",
)
"""Files by what they take; what mostly waits takes turns with what computes."""
LOGGED_SPARINGLY = (
    feed_views.refusals,
    feeds.not_noted,
    health.unready,
    unavailable.failures,
    scrape_auth.refusals,
)
# The speed of the machine is not what is tested.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")
CONFIG_FILE = Path(__file__).parent.parent / "otel-config.yaml"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: no worker is left with it at the end."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    yield
    drop_databases_of_sites()


@pytest.fixture
def provider() -> Iterator[MeterProvider]:
    """A provider of the test's own, with no reader."""
    provider = MeterProvider(shutdown_on_exit=False)
    yield provider
    provider.shutdown()


@pytest.fixture
def scrapes(provider: MeterProvider, monkeypatch: pytest.MonkeyPatch) -> Scrapes:
    """What answers /metrics, set up as the reference site's configuration says."""
    active = telemetry.install(provider, config.load(CONFIG_FILE))
    monkeypatch.setattr(telemetry, "_active", active)
    assert active.scrapes is not None
    return active.scrapes


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """The language of a request stays that of its thread until the next request."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def nothing_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is answered with what an earlier one has read, counted, logged or
    declared, or what other workers have."""
    monkeypatch.setattr(meeting, "directory", lambda: None)
    snapshots.forget()
    health.first_reads.forget()
    for counted in (
        self_metrics.collection_errors,
        self_metrics.exports,
        self_metrics.source_errors,
        self_metrics.points_lost,
    ):
        counted.forget()
    for logged in LOGGED_SPARINGLY:
        logged.forget()
    shared_callbacks._declared.clear()
