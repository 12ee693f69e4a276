"""Who is notified of what, by a real Prometheus and a real Alertmanager: those of
Debian, and newer ones.

Components are probed by a real blackbox exporter. All intervals are a second, not a
minute or two as shipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..support.alerting import (
    Alertmanager,
    Pager,
    Shops,
    alertmanager,
    blackbox,
    listening,
)
from ..support.alertmanager import refusal
from ..support.parts import newer, program
from ..support.processes import GUNICORN, ROOT, WSGI, Site, make_site, until
from ..support.prometheus import Prometheus, scraping

SHIPPED = ROOT / "otel_sla" / "alerting"
FASTER = {
    "interval: 1m": "interval: 1s",
    "interval: 2m": "interval: 1s",
    "[4m59s999ms]": "[1s999ms]",
    "offset 4m ": "offset 1s ",
}
BOTH = "ComponentDown", "PlainDown"
CLOSED, ALWAYS = ("closed", "opening"), ("open", "closing")
PLAIN_RULES = """\
groups:
  - name: plain
    interval: 1s
    rules:
      - alert: PlainDown
        expr: probe_success == 0
        labels: {service_hours_gated: "true"}
"""
SCRAPES = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [service-windows.rules.yml, plain.rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
scrape_configs:
  - job_name: site
    static_configs: [{{targets: ["127.0.0.1:{site}"]}}]
  - job_name: probes
    metrics_path: /probe
    params: {{module: [http_2xx]}}
    static_configs: [{{targets: [{shops}]}}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - source_labels: [__address__]
        regex: .*/(.+)
        target_label: component
      - {{target_label: __address__, replacement: "127.0.0.1:{blackbox}"}}
"""
SET_UP = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("load_catalogue", {catalogue!r}, verbosity=0)
call_command("alertmanager_intervals")
"""
ADD_OVERRIDE = """
from datetime import UTC, datetime, timedelta
from otel_sla.models import *
now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
start = now + timedelta(seconds={seconds})
Override.objects.create(
    component=Component.objects.get(name="{component}"),
    start=start, end=start + timedelta(hours=1), kind="{kind}",
)
print(start.isoformat())
"""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that runs."""

    site: Site
    prometheus: Prometheus
    alertmanager: Alertmanager
    shops: Shops
    pager: Pager

    def override(self, component: str, kind: str, seconds: int) -> datetime:
        """Let a window open or close in so many seconds, for an hour."""
        code = ADD_OVERRIDE.format(component=component, kind=kind, seconds=seconds)
        printed = self.site.manage("shell", "--no-imports", "-c", code)
        return datetime.fromisoformat(printed.strip()).replace(tzinfo=UTC)

    def until_told(self, component: str, *statuses: str) -> None:
        """Wait until both rules, with a gate and without, have been told so."""

        def told() -> bool:
            said = [self.pager.told(alert, component) for alert in BOTH]
            return said == [[*statuses]] * len(BOTH)

        until(told, f"{component} is {statuses}")

    def gate(self, component: str) -> float | None:
        query = f'component:service_window_open:bool{{component="{component}"}}'
        return self.prometheus.value(query)


@pytest.fixture(scope="module", params=[program, newer])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    part: Callable[[str], str] = request.param

    def directory(name: str) -> Path:
        return tmp_path_factory.mktemp(name)

    site = make_site(directory("site"))
    catalogue = site.write("catalogue.yaml", yaml.safe_dump(_catalogue()))
    intervals = site.manage(
        "shell", "--no-imports", "-c", SET_UP.format(catalogue=str(catalogue))
    )
    shops, pager = Shops(), Pager()
    with ExitStack() as running:
        start = running.enter_context
        start(listening(shops))
        start(listening(pager))
        manager = start(
            alertmanager(
                directory("alerts"),
                _alerting(intervals, pager),
                part("prometheus-alertmanager"),
            )
        )
        probes = start(blackbox(directory("blackbox")))
        server = start(site.serving(*GUNICORN, WSGI))
        scrapes = SCRAPES.format(
            alertmanager=manager.address,
            site=server.port,
            blackbox=probes.port,
            shops=", ".join(
                f'"127.0.0.1:{shops.port}/{name}"' for name in (*CLOSED, *ALWAYS)
            ),
        )
        rules, command = _with_rules(directory("prometheus")), part("prometheus")
        prometheus = start(scraping(rules, scrapes, command=command))
        sources = {"alertname": "ServiceWindowClosed"}
        until(lambda: len(manager.alerts(**sources)) == len(CLOSED), "all are closed")
        until(lambda: len(prometheus.series("probe_success == 1")) == 4, "all are up")
        yield World(site, prometheus, manager, shops, pager)


def _catalogue() -> dict[str, Any]:
    """Components always open and never, and schedules that differ around now."""
    now = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
    # Kolkata is ahead of UTC by five hours and a half, and never changes its clocks.
    local = now + timedelta(hours=5, minutes=30)
    around = {
        "from": (local - timedelta(hours=1)).isoformat("T", "minutes"),
        "to": (local + timedelta(hours=1)).isoformat("T", "minutes"),
    }
    zone = {"timezone": "Asia/Kolkata"}
    return {
        "schedules": {
            "always": {"timezone": "UTC", "always_open": True},
            "never": {"timezone": "UTC", "rules": []},
            "around-now": {**zone, "overrides": [{**around, "kind": "open"}]},
            "not-now": {
                **zone,
                "always_open": True,
                "overrides": [{**around, "kind": "closed"}],
            },
        },
        "agreements": {
            name: {"schedule": name, "target": 99.9} for name in ("always", "never")
        },
        "components": {
            **{name: {"agreement": "always"} for name in ALWAYS},
            **{name: {"agreement": "never"} for name in CLOSED},
        },
    }


def _alerting(intervals: str, pager: Pager) -> str:
    """The shipped configuration, faster, with a receiver and time intervals."""
    shipped = yaml.safe_load((SHIPPED / "alertmanager.yml").read_text("utf-8"))
    route, receivers = shipped["route"], shipped["receivers"]
    soon = {"group_wait": "1s", "group_interval": "1s"}
    for one in (route, *route["routes"]):
        one |= soon
    route["routes"] += [
        {
            "matchers": [f'alertname="{name}"'],
            "active_time_intervals": [f"service-window-{name}"],
        }
        for name in ("around-now", "not-now")
    ]
    receivers[0]["webhook_configs"] = [{"url": f"http://127.0.0.1:{pager.port}/"}]
    return f"{yaml.safe_dump(shipped)}{intervals}"


def _with_rules(directory: Path) -> Path:
    text = (SHIPPED / "service-windows.rules.yml").read_text("utf-8")
    for shipped, faster in FASTER.items():
        assert shipped in text
        text = text.replace(shipped, faster)
    (directory / "service-windows.rules.yml").write_text(text, "utf-8")
    (directory / "plain.rules.yml").write_text(PLAIN_RULES, "utf-8")
    return directory


def test_amtool_accepts_the_shipped_configuration() -> None:
    assert refusal(SHIPPED / "alertmanager.yml") == ""


def test_down_inside_the_window_is_notified_and_so_is_recovery(world: World) -> None:
    world.shops.down.add("open")
    world.until_told("open", "firing")
    world.shops.down.remove("open")
    world.until_told("open", "firing", "resolved")


def test_down_outside_the_window_is_silent(world: World) -> None:
    """The rule that knows nothing of windows fires: Alertmanager holds it back."""
    world.shops.down.add("closed")
    plain = {"alertname": "PlainDown", "component": "closed"}
    until(lambda: world.alertmanager.inhibited(**plain), "PlainDown is held back")
    # Evaluated, and more than the two seconds that ComponentDown looks back.
    down = 'count_over_time((probe_success{component="closed"} == 0)[10s:1s])'
    until(lambda: (world.prometheus.value(down) or 0) >= 5, "it is down for long")
    assert world.gate("closed") == 0
    assert (
        world.prometheus.series('ALERTS{alertname="ComponentDown",component="closed"}')
        == []
    )
    assert world.alertmanager.inhibited(**plain)
    assert world.pager.about("closed") == []


def test_a_window_that_opens_while_its_component_is_down(world: World) -> None:
    world.shops.down.add("opening")
    plain = {"alertname": "PlainDown", "component": "opening"}
    until(lambda: world.alertmanager.inhibited(**plain), "PlainDown is held back")
    assert world.pager.about("opening") == []
    opens = world.override("opening", "open", seconds=6)
    soon = "ServiceWindowOpensSoonAndDown"
    until(lambda: world.pager.told(soon, "opening"), "a warning before it opens")
    world.until_told("opening", "firing")
    notices = world.pager.about("opening")
    (started,) = {one.started for one in notices if one.alert == "ComponentDown"}
    assert started >= opens


def test_a_window_that_closes_while_its_component_is_down(world: World) -> None:
    """A rule with a gate is resolved. Of one without, nothing is heard any more."""
    world.shops.down.add("closing")
    world.until_told("closing", "firing")
    world.override("closing", "closed", seconds=2)
    resolved = ["firing", "resolved"]
    until(lambda: world.pager.told("ComponentDown", "closing") == resolved, "resolved")
    plain = {"alertname": "PlainDown", "component": "closing"}
    until(lambda: world.alertmanager.inhibited(**plain), "PlainDown is held back")
    world.shops.down.remove("closing")
    until(lambda: not world.alertmanager.alerts(**plain), "PlainDown is over")
    assert world.pager.told("PlainDown", "closing") == ["firing"]


def test_a_route_by_time_for_alerts_without_a_component(world: World) -> None:
    for name in ("around-now", "not-now"):
        world.alertmanager.fire(alertname=name)
    until(lambda: world.pager.told("around-now") == ["firing"], "inside")
    muted = "route is not within active time"
    until(lambda: muted in world.alertmanager.output, "outside")
    assert world.pager.told("not-now") == []
