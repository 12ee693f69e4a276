"""All that scrape the site or receive its pushes store the series of /metrics.

They are Prometheus 2.42 and 3, by every protocol, VictoriaMetrics and vmagent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ..support.parts import newer, program
from ..support.processes import (
    DEADLINE,
    GUNICORN,
    ROOT,
    WSGI,
    Server,
    Site,
    make_site,
    until,
)
from ..support.prometheus import Prometheus, scraping
from ..support.victoria import OTLP, victoria, vmagent
from .test_docs import blocks

Series = dict[frozenset[tuple[str, str]], float]

PROTOCOLS = (
    "PrometheusProto",
    "OpenMetricsText1.0.0",
    "OpenMetricsText0.0.1",
    "PrometheusText1.0.0",
    "PrometheusText0.0.4",
)
ESCAPINGS = ("allow-utf-8", "underscores", "dots", "values")
OF_THE_MOMENT = {
    "service_window_collection_duration_seconds",
    "service_window_exports_total",
    "service_window_open_time_seconds_total",
    # Of periods that end now.
    "service_window_period_scheduled_seconds",
    "service_window_period_start_seconds",
    "service_window_snapshot_timestamp_seconds",
}
"""Differ by the seconds between a scrape and the next."""
OF_A_SCRAPE = ("up", "scrape_")
OF_A_TARGET = {"job", "instance"}

PAGE = (ROOT / "docs" / "otlp.md").read_text()
(OPTIONS,) = (
    re.findall("-opentelemetry[^ ]*", one)
    for one in blocks(PAGE, "sh")
    if "relabelConfig" in one
)
(RELABELLING,) = (one for one in blocks(PAGE, "yaml") if "target_label" in one)
"""The relabelling of pushes that docs/otlp.md gives VictoriaMetrics and vmagent."""

ODD_LABELS = """
from otel_sla.models import Component
Component.objects.filter(name="web-shop").update(
    labels={"a.b": 'é "quoted" \\\\\\n', "none": "", "Team": "payments"}
)
"""
JOB = """
  - job_name: "{name}"
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
BY_PROTOCOL = JOB + (
    "    scrape_protocols: [{protocol}]\n    metric_name_escaping_scheme: {escaping}\n"
)


def scrape(*jobs: str) -> str:
    interval = "global: {scrape_interval: 1s, scrape_timeout: 1s}"
    return f"{interval}\nscrape_configs:{''.join(jobs)}"


def exposed(text: str) -> Series:
    """The series of an exposition: name and labels, and the value."""
    return {
        frozenset({"__name__": one.name, **one.labels}.items()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def stored(prometheus: Prometheus, selector: str) -> Series:
    """The same of what is stored, without what scraping or pushing has added."""
    series = {}
    for labels, value in prometheus.now(selector):
        if labels["__name__"].startswith(OF_A_SCRAPE):
            continue
        key = frozenset(
            (name, text) for name, text in labels.items() if name not in OF_A_TARGET
        )
        assert key not in series, "twice"
        series[key] = value
    return series


def differing(ours: Series, theirs: Series) -> list[object]:
    """What only one side has, or has with another value."""
    return [
        (*sorted(one), ours.get(one), theirs.get(one))
        for one in ours.keys() | theirs.keys()
        if not (one in ours and one in theirs and same(one, ours[one], theirs[one]))
    ]


def same(series: frozenset[tuple[str, str]], ours: float, theirs: float) -> bool:
    name = dict(series)["__name__"]
    return abs(ours - theirs) <= (2 * DEADLINE if name in OF_THE_MOMENT else 0)


def agree(server: Server, prometheus: Prometheus, selector: str) -> None:
    """Wait until both sides have the same, as they do soon also after an edge."""
    last: list[object] = []

    def is_same() -> bool:
        text = server.get("/metrics").text
        last[:] = differing(exposed(text), stored(prometheus, selector))
        return not last

    with suppress(pytest.fail.Exception):
        until(is_same, "both sides have the same series")
    assert last == []


def with_odd_labels(site: Site) -> Site:
    """The site with the sample catalogue, one component of which has odd labels."""
    site.load_sample().manage("shell", "--no-imports", "-c", ODD_LABELS)
    return site


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    site = with_odd_labels(make_site(tmp_path_factory.mktemp("site")))
    with site.serving(*GUNICORN, "--threads", "4", WSGI) as server:
        yield server


@pytest.fixture(scope="module")
def scrapers(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Prometheus]]:
    """Those that scrape the server, started together: the first scrape takes 5 s."""

    def directory(name: str) -> Path:
        return tmp_path_factory.mktemp(name)

    alone, by_agent = (
        scrape(JOB.format(name=name, port=server.port)) for name in ("site", "agent")
    )
    by_protocol = scrape(
        *(
            BY_PROTOCOL.format(
                name=f"{protocol} {escaping}",
                port=server.port,
                protocol=protocol,
                escaping=escaping,
            )
            for protocol in PROTOCOLS
            for escaping in ESCAPINGS
        )
    )
    file = directory("configuration") / "scrape.yml"
    file.write_text(alone)
    option = f"-promscrape.config={file}"
    receives = "--web.enable-remote-write-receiver"
    with ExitStack() as stack:
        start = stack.enter_context
        old = start(scraping(directory("old"), alone, receives))
        write_to = f"{old.url}/api/v1/write"
        start(vmagent(directory("agent"), write_to, configuration=by_agent))
        yield {
            "Prometheus 2.42": old,
            "Prometheus 3": start(
                scraping(directory("new"), by_protocol, command=newer("prometheus"))
            ),
            "VictoriaMetrics": start(victoria(directory("victoria"), option)),
        }


@pytest.mark.parametrize(
    ("scraper", "job"),
    [
        ("Prometheus 2.42", "site"),
        ("Prometheus 2.42", "agent"),
        *(
            ("Prometheus 3", f"{one} {other}")
            for one in PROTOCOLS
            for other in ESCAPINGS
        ),
        ("VictoriaMetrics", "site"),
    ],
)
def test_what_is_scraped_is_the_exposition(
    scraper: str, job: str, server: Server, scrapers: dict[str, Prometheus]
) -> None:
    prometheus = scrapers[scraper]
    until(lambda: prometheus.value(f'up{{job="{job}"}}') == 1, "a scrape")
    agree(server, prometheus, f'{{job="{job}"}}')


def pushes_are_the_exposition(
    directory: Path, endpoint: str, prometheus: Prometheus
) -> None:
    site = make_site(
        directory,
        OTEL_METRICS_EXPORTER="prometheus,otlp",
        OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        OTEL_METRIC_EXPORT_INTERVAL="1000",
        OTEL_SERVICE_INSTANCE_ID="site",
    )
    with with_odd_labels(site).serving(*GUNICORN, WSGI) as server:
        agree(server, prometheus, '{job="otel-sla"}')
    (one,) = prometheus.series('service_window_info{component="web-shop"}')
    assert (one["instance"], one["a_b"]) == ("site", 'é "quoted" \\\n')


@pytest.fixture
def relabelling(tmp_path: Path) -> Path:
    file = tmp_path / "otlp-relabel.yml"
    file.write_text(RELABELLING)
    return file


def test_what_is_pushed_to_victoriametrics_is_the_exposition(
    tmp_path: Path, relabelling: Path
) -> None:
    with victoria(tmp_path, *OPTIONS, f"-relabelConfig={relabelling}") as database:
        pushes_are_the_exposition(tmp_path, database.url + OTLP, database)


@pytest.mark.parametrize("part", [program, newer])
def test_what_is_pushed_through_vmagent_into_prometheus_is_the_exposition(
    part: Callable[[str], str], tmp_path: Path, relabelling: Path
) -> None:
    receives, command = "--web.enable-remote-write-receiver", part("prometheus")
    with ExitStack() as stack:
        start = stack.enter_context
        prometheus = start(scraping(tmp_path, "{}", receives, command=command))
        write_to = f"{prometheus.url}/api/v1/write"
        relabels = f"-remoteWrite.relabelConfig={relabelling}"
        agent = start(vmagent(tmp_path, write_to, *OPTIONS, relabels))
        endpoint = f"http://127.0.0.1:{agent.port}{OTLP}"
        pushes_are_the_exposition(tmp_path, endpoint, prometheus)
