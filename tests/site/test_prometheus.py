"""What a real Prometheus makes of /metrics, scraping it every two seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from otel_sla.bridge.instruments import PROCESS
from otel_sla.bridge.prometheus_names import names
from otel_sla.metrics.instruments import INSTRUMENTS

from ..support.parts import newer, program
from ..support.processes import (
    GUNICORN,
    WSGI,
    Server,
    Site,
    make_site,
    sample_components,
    until,
)
from ..support.prometheus import Prometheus, complaints, scraping

SCRAPES = 20
MANY = 2_500
CONFIGURATION = """\
global: {{scrape_interval: 2s, scrape_timeout: 2s}}
scrape_configs:
  - job_name: site
    static_configs: [{{targets: ["127.0.0.1:{site}"]}}]
  - job_name: many
    scrape_interval: 5s
    scrape_timeout: 5s
    static_configs: [{{targets: ["127.0.0.1:{many}"]}}]
"""
FAMILIES = (
    "service_window_last_start_seconds",
    "service_window_last_end_seconds",
    "service_window_next_start_seconds",
    "service_window_next_end_seconds",
    "service_window_in_window",
    "service_window_info",
)
ADD_MANY = f"""
from datetime import time
from otel_sla.models import *
schedule = Schedule.objects.create(name="office")
Rule.objects.create(schedule=schedule, start=time(9), end=time(17))
agreement = Agreement.objects.create(name="gold", schedule=schedule, target=99)
Component.objects.bulk_create(
    Component(name=f"component-{{n}}", agreement=agreement, labels={{"team": "a"}})
    for n in range({MANY})
)
"""
REPLACE = """
from django.db import transaction
from otel_sla.models import *
with transaction.atomic():
    gone = Component.objects.get(name="{gone}")
    gone.delete()
    Component.objects.create(name="{new}", agreement=gone.agreement)
"""
ACCEPTS = {
    "text": "text/plain;version=0.0.4",
    "OpenMetrics": "application/openmetrics-text;version=1.0.0",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with the sample catalogue."""
    return make_site(tmp_path_factory.mktemp("site")).load_sample()


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[Server]:
    with site.serving(*GUNICORN, "--workers", "2", WSGI) as server:
        yield server


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with more components than the SDK's default cardinality limit."""
    site = make_site(tmp_path_factory.mktemp("many"))
    site.manage("migrate", "--verbosity", "0")
    site.manage("shell", "-c", ADD_MANY)
    with site.serving(*GUNICORN, WSGI) as server:
        yield server


@pytest.fixture(scope="module")
def prometheus(
    server: Server, many: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """A Prometheus that has scraped both servers."""
    text = CONFIGURATION.format(site=server.port, many=many.port)
    with scraping(tmp_path_factory.mktemp("prometheus"), text) as prometheus:
        until(lambda: len(prometheus.series("up == 1")) == 2, "both targets are up")
        yield prometheus


def components_of(prometheus: Prometheus) -> set[str]:
    series = prometheus.series('service_window_in_window{job="site"}')
    return {labels["component"] for labels in series}


def test_a_deleted_component_is_gone_at_the_next_scrape_and_an_added_one_there(
    prometheus: Prometheus, site: Site
) -> None:
    before = components_of(prometheus)
    names = {"gone": "print-catalogue", "new": "newcomer"}
    assert names["gone"] in before
    site.manage("shell", "-c", REPLACE.format(**names))

    def scraped() -> set[str] | None:
        found = components_of(prometheus)
        return found if names["new"] in found else None

    after = until(scraped, "the component that was added")
    assert after == (before | {names["new"]}) - {names["gone"]}


def test_every_enabled_component_has_a_series(prometheus: Prometheus) -> None:
    found = prometheus.series('service_window_in_window{job="site"}')
    assert len(found) == len(sample_components())


def test_more_components_than_the_default_limit_all_have_a_series(
    prometheus: Prometheus,
) -> None:
    query = 'count(service_window_in_window{job="many"})'
    assert prometheus.value(query) == MANY
    assert prometheus.series('{otel_metric_overflow!=""}') == []


def test_a_series_has_the_component_and_its_labels(prometheus: Prometheus) -> None:
    (labels,) = prometheus.series('service_window_in_window{component="web-shop"}')
    target = labels.pop("instance")
    assert target.startswith("127.0.0.1:")
    assert labels == {
        "__name__": "service_window_in_window",
        "job": "site",
        "component": "web-shop",
        "team": "payments",
        "tier": "1",
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_a_gauge_with_its_help(family: str, prometheus: Prometheus) -> None:
    helps = {
        names(one.name, one.unit, one.kind)[0]: one.description
        for one in (*INSTRUMENTS, *PROCESS)
    }
    (metadata,) = until(
        lambda: prometheus.ask("metadata", metric=family).get(family), "metadata"
    )
    assert metadata["type"] == "gauge"
    assert metadata["help"] == helps[family]


@pytest.mark.parametrize(
    ("size", "part"),
    # Of many, Prometheus 3's takes a minute.
    [("server", program), ("server", newer), ("many", program)],
)
def test_promtool_finds_nothing_to_complain_of(
    size: str, part: Callable[[str], str], request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(size)
    server.get("/admin/login/")
    assert complaints(server.get("/metrics").text, part("promtool")) == ""


@pytest.mark.parametrize("form", ACCEPTS)
def test_a_scrape_names_all_of_many_components_in_every_family(
    form: str, many: Server
) -> None:
    scrape = many.get("/metrics", Accept=ACCEPTS[form])
    assert scrape.status == 200
    assert scrape.content_type.startswith(ACCEPTS[form].partition(";")[0])
    assert scrape.text.endswith("# EOF\n") == (form == "OpenMetrics")
    lines = scrape.text.splitlines()
    for family in FAMILIES:
        prefix = f"{family}{{"
        assert sum(line.startswith(prefix) for line in lines) == MANY, family


def test_no_scrape_fails(prometheus: Prometheus) -> None:
    scraped = 'count_over_time(up{job="site"}[10m])'
    until(lambda: (prometheus.value(scraped) or 0) >= SCRAPES, f"{SCRAPES} scrapes", 60)
    assert prometheus.value("min(min_over_time(up[10m]))") == 1
