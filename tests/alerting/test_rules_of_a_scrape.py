"""The shipped rules, fed by scrapes of a known catalogue: no value is restated here.

The day is Monday, 30 March 2026; the office in London opens at 08:00 UTC.
"""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from otel_sla.schedule.notation import format_weekdays
from otel_sla.telemetry.scrape import Scrapes

from ..support import recorded
from ..support.make import make_agreement, make_component, make_schedule, seconds
from ..support.promtool import MINUTE, Check, Run, Value
from ..support.rule_cases import Service

SEVEN = seconds(2026, 3, 30, 7)
MINUTES = 130
"""From 07:00 to 09:10."""

CATALOGUE = """
schedules:
  office:
    timezone: Europe/London
    rules: [{days: mon-fri, start: "09:00", end: "17:00"}]
  nights:
    timezone: America/New_York
    rules: [{days: mon-fri, start: "22:00", end: "06:00"}]
  always: {timezone: UTC, always_open: true}
agreements:
  gold: {schedule: office, target: 99.9, period: month}
  strict: {schedule: nights, target: 100, period: week}
  bronze: {schedule: always, target: 99.5, period: 30d}
components:
  shop: {agreement: gold, labels: {team: payments}}
  batch: {agreement: strict}
  power: {agreement: bronze}
"""

MOMENTS = (
    "service_window_last_start_seconds",
    "service_window_last_end_seconds",
    "service_window_next_start_seconds",
    "service_window_next_end_seconds",
    "service_window_period_start_seconds",
    "service_window_snapshot_timestamp_seconds",
)
"""What is in Unix time. promtool's begins at 0, which is 07:00 here."""

pytestmark = pytest.mark.django_db


def at(clock: str) -> int:
    """A time of the day, in promtool's seconds."""
    hour, minute = map(int, clock.split(":"))
    return ((hour - 7) * 60 + minute) * MINUTE


@pytest.fixture
def run(
    client: Client, scrapes: Scrapes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """A Prometheus that scrapes /metrics every two minutes, and a probe of the shop."""
    file = tmp_path / "catalogue.yaml"
    file.write_text(CATALOGUE)
    call_command("load_catalogue", str(file), verbosity=0)
    series: dict[tuple[tuple[str, str], ...], list[Value]] = defaultdict(
        lambda: [None] * (MINUTES + 1)
    )
    for minute in range(0, MINUTES + 1, 2):
        moment = float(SEVEN + minute * MINUTE)
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        text = client.get("/metrics").content.decode()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                shift = SEVEN if sample.name in MOMENTS else 0
                labels = {"__name__": sample.name, **sample.labels}
                series[tuple(labels.items())][minute] = sample.value - shift
    run = Run(("service_window", "service_window_slo", "service_window_health"))
    for key, values in series.items():
        labels = {**dict(key), "job": "otel-sla", "instance": "a:8000"}
        name = labels.pop("__name__")
        if name.startswith("service_window_"):
            run.add(name, labels, values)
    up: list[Value] = [1] * (MINUTES + 1)
    for since, until in (("07:40", "07:50"), ("08:10", "08:20")):
        first, last = at(since) // MINUTE, at(until) // MINUTE
        up[first:last] = [0] * (last - first)
    run.add("probe_success", {"component": "shop"}, up)
    return run


def test_gates_hours_and_budgets_are_those_of_the_catalogue(
    run: Run, check: Check
) -> None:
    """22 days of 8 hours in March, five nights of 8 hours, 30 days."""
    for clock, query, found in (
        (
            "07:15",
            "component:service_window_next_start:seconds - time()",
            {"shop": 45 * 60, "batch": 18.75 * 3600},
        ),
        (
            "07:59",
            "component:service_window_open:bool",
            {"shop": 0, "batch": 0, "power": 1},
        ),
        (
            "08:00",
            "component:service_window_open:bool",
            {"shop": 1, "batch": 0, "power": 1},
        ),
        (
            "09:00",
            "component:service_scheduled_seconds:sum1h",
            {"shop": 3600, "batch": 0, "power": 3600},
        ),
        (
            "09:05",
            "component:service_error_budget:seconds",
            {"shop": 633.6, "batch": 0, "power": 12_960},
        ),
        # Of the ten minutes in which it was down and open.
        ("09:05", "component:service_availability:ratio_period", {"shop": 5 / 6}),
        (
            "09:05",
            "component:service_error_budget_remaining:seconds",
            {"shop": 33.6, "batch": 0, "power": 12_960},
        ),
    ):
        run.expect(query, at(clock), found)
    check(run)


def test_alerts_fire_for_the_outages_and_for_nothing_else(
    run: Run, check: Check
) -> None:
    shop = {"component": "shop"}
    page = {**shop, "severity": "page"}
    run.firing("ServiceWindowOpensSoonAndDown", at("07:43"))
    run.firing("ServiceWindowOpensSoonAndDown", at("07:44"), page)
    run.firing("ComponentDown", at("07:44"))
    run.firing("ComponentDown", at("08:13"))
    run.firing("ComponentDown", at("08:14"), page)
    burns = ("page", "2% in 1h"), ("page", "5% in 6h"), ("ticket", "10% in 3d")
    run.firing(
        "ServiceErrorBudgetBurn",
        at("08:16"),
        *({**shop, "severity": severity, "burn": burn} for severity, burn in burns),
    )
    firing = 'group by (alertname) (ALERTS{alertstate="firing", severity!="none"})'
    run.ask(firing, at("07:30"), [])
    check(run)


@pytest.mark.parametrize("sampled", recorded.COMPONENTS, ids=lambda one: one.name)
def test_what_other_tests_of_rules_and_dashboard_are_told_is_what_a_scrape_says(
    sampled: recorded.Sampled,
    client: Client,
    scrapes: Scrapes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment, definition = recorded.MOMENT, sampled.schedule
    rules = tuple(
        {
            "weekdays": format_weekdays(rule.weekdays),
            "start": rule.start,
            "end": rule.end,
        }
        for rule in definition.rules
    )
    schedule = make_schedule("s", rules, always_open=definition.always_open)
    target = str(round(sampled.target * 100, 4))
    agreement = make_agreement(schedule=schedule, target=target)
    make_component(sampled.name, agreement=agreement)
    monkeypatch.setattr(time, "time", lambda: float(moment))
    text = client.get("/metrics").content.decode()
    said = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels.keys() == {"component"}
    }
    lines = [line.rsplit(" ", 2) for line in recorded.exported(sampled)]
    assert said == {
        series.partition("{")[0]: float(value)
        for series, value, at in lines
        if int(at) == moment and recorded.REPLICAS[0] in series
    }
    service = Service(sampled.name, definition, moment, moment, target)
    told = {f"service_window_{name}": one for name, (one,) in service.told().items()}
    # A counter that has begun elsewhere: what matters is by how much it grows.
    said.pop("service_window_open_time_seconds_total")
    told.pop("service_window_open_time_seconds_total")
    assert told == {
        name: value - moment if name in MOMENTS else value
        for name, value in said.items()
    } | dict.fromkeys(told.keys() - said.keys())
