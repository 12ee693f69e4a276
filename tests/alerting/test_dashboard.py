"""The Grafana dashboard: what it asks is answered, and the answers are right."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from otel_sla.bridge.instruments import PROCESS
from otel_sla.bridge.prometheus_names import names
from otel_sla.metrics.instruments import INSTRUMENTS
from otel_sla.schedule.agreement_period import bounds
from otel_sla.schedule.open_time_change import open_time

from ..support.make import seconds
from ..support.processes import ROOT
from ..support.prometheus import Prometheus
from ..support.recorded import (
    API,
    COMPONENTS,
    DAYS_BACK,
    HOUR,
    MINUTE,
    MOMENT,
    NIGHTS,
    REPLICAS,
    RULES,
    WEB_SHOP,
    Sampled,
    measured,
    remembering,
    scheduled,
)

FILE = ROOT / "otel_sla" / "alerting" / "grafana" / "service-windows.json"
DASHBOARD = json.loads(FILE.read_text("utf-8"))
ALL = {one.name for one in COMPONENTS}
STEP = 5 * MINUTE
LAST_HOUR = MOMENT - MOMENT % HOUR
"""Up to when spans of more than a day are summed up."""

# What has no answer for a component, or none for any, and why.
UNANSWERED = {
    ("Next changes", "changes_in"): {API.name},  # is open 24x7
    ("Next changes", "opens_in"): {API.name},
    ("Next changes", "closes_in"): {API.name},
    ("Next changes", "next_start"): {API.name},
    ("Next changes", "next_end"): {API.name},
    ("Error budget spent in 1 h, 6 h and 3 d", "A"): {NIGHTS.name},  # was closed
    ("Error budget spent in 1 h, 6 h and 3 d", "B"): {NIGHTS.name},
    ("Alerts that fire now", "A"): {WEB_SHOP.name, NIGHTS.name},  # nothing fires
    ("Alerts over time", "A"): {WEB_SHOP.name, NIGHTS.name},
}


@dataclass(frozen=True)
class Asked:
    """A query of the dashboard, and where it stands."""

    title: str
    ref: str
    expression: str
    instant: bool = False
    per_component: bool = False

    def __str__(self) -> str:
        return f"{self.title}, {self.ref}"


def panels() -> list[dict[str, Any]]:
    return [one for one in DASHBOARD["panels"] if one["type"] != "row"]


def queries() -> list[Asked]:
    return [
        Asked(
            panel["title"],
            one["refId"],
            one["expr"],
            one["instant"],
            panel["type"] == "table" or "{{component}}" in one["legendFormat"],
        )
        for panel in panels()
        for one in panel["targets"]
    ]


def query(title: str, ref: str = "A") -> Asked:
    (found,) = [one for one in queries() if (one.title, one.ref) == (title, ref)]
    return found


def interpolated(expression: str, chosen: Iterable[str] = (), step: int = STEP) -> str:
    """Fill in the variables as Grafana does; nothing chosen is all."""
    names = [re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", name) for name in chosen]
    pattern = f"({'|'.join(names)})" if names[1:] else "".join(names)
    variables = {
        "$component": pattern or component_variable()["allValue"],
        "$__rate_interval": f"{max(step + MINUTE, 4 * MINUTE)}s",
        "$__interval": f"{step}s",
    }
    for name, value in variables.items():
        expression = expression.replace(name, value)
    assert "$" not in expression
    return expression


def component_variable() -> dict[str, Any]:
    (found,) = [
        one for one in DASHBOARD["templating"]["list"] if one["name"] == "component"
    ]
    variable: dict[str, Any] = found
    return variable


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with remembering(tmp_path_factory.mktemp("dashboard")) as prometheus:
        yield prometheus


def answer(
    prometheus: Prometheus, asked: Asked, chosen: Iterable[str] = (), step: int = STEP
) -> list[Any]:
    """Return the answer that a panel gets at MOMENT, or for the two days before."""
    expression = interpolated(asked.expression, chosen, step)
    if asked.instant:
        return prometheus.at(expression, MOMENT)
    return prometheus.between(expression, MOMENT - DAYS_BACK, MOMENT, step)


def by_component(found: list[Any]) -> dict[str, float]:
    values = {one["metric"]["component"]: float(one["value"][1]) for one in found}
    assert len(values) == len(found)
    return values


def number(prometheus: Prometheus, title: str, ref: str = "A") -> float:
    (one,) = answer(prometheus, query(title, ref))
    return float(one["value"][1])


def series(found: list[Any], component: Sampled) -> dict[int, float]:
    """Return the values of the component's only series by moment."""
    (one,) = [one for one in found if one["metric"]["component"] == component.name]
    return {int(at): float(value) for at, value in one["values"]}


def test_the_dashboard_is_what_its_generator_writes() -> None:
    generate = runpy.run_path(str(ROOT / "docs" / "dashboard"))["text"]
    assert FILE.read_text("utf-8") == generate()


def test_grafana_s_schema_knows_every_option() -> None:
    """Grafana drops what it does not know when it reads and writes a dashboard."""
    register_default_plugins()
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(DASHBOARD)))
    # Of annotations it knows no data source's own fields.
    assert again == {**DASHBOARD, "annotations": again["annotations"]}


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: str(panel["title"]))
def test_a_panel_says_what_it_shows_in_which_unit_and_what_it_means_to_be_empty(
    panel: dict[str, Any],
) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert len(panel["description"]) > 20
    assert defaults["unit"]
    assert len(defaults["noValue"]) > 10
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    for target in panel["targets"]:
        assert target["datasource"] == panel["datasource"]
        assert target["legendFormat"] or panel["type"] == "table"


def test_the_page_about_it_says_what_each_panel_answers() -> None:
    page = (ROOT / "docs" / "grafana.md").read_text("utf-8")
    for panel in panels():
        assert f" | {panel['title']} | " in page
    assert DASHBOARD["uid"] in page


def test_no_state_is_told_by_its_colour_alone() -> None:
    found = re.findall(
        r'\{[^{}]*"color": "[^"]+"[^{}]*"index"[^{}]*\}', FILE.read_text()
    )
    assert len(found) >= 10
    for mapping in found:
        assert json.loads(mapping)["text"]


def test_panels_lie_beside_each_other_and_have_numbers_of_their_own() -> None:
    every = DASHBOARD["panels"]
    assert len({one["id"] for one in every}) == len(every)
    for one, other in combinations([panel["gridPos"] for panel in every], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
        assert one["x"] + one["w"] <= 24


def test_every_recorded_series_it_asks_for_is_recorded_by_the_rules() -> None:
    asked = set(re.findall(r"component:\w+:\w+", FILE.read_text("utf-8")))
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    recorded = {rule.get("record") for group in groups for rule in group["rules"]}
    assert asked
    assert asked - recorded == set()


def test_every_other_series_it_asks_for_is_one_of_the_exporter_s() -> None:
    asked = set(re.findall(r"(?<![:\w])service_window_\w+", FILE.read_text("utf-8")))
    exported = {
        names(one.name, one.unit, one.kind)[1] for one in (*INSTRUMENTS, *PROCESS)
    }
    assert asked
    assert asked - exported == set()


def test_a_table_has_a_column_for_each_of_its_queries() -> None:
    tables = [one for one in panels() if one["type"] == "table" and one["targets"][1:]]
    assert tables
    for panel in tables:
        options = {one["id"]: one["options"] for one in panel["transformations"]}
        shown = [f"Value #{one['refId']}" for one in panel["targets"]]
        columns = ["component", *shown]
        assert options["joinByField"]["byField"] == "component"
        assert options["filterFieldsByName"]["include"]["names"] == columns
        assert list(options["organize"]["indexByName"]) == columns
        titles = options["organize"]["renameByName"]
        overridden = panel["fieldConfig"]["overrides"]
        assert [one["matcher"]["options"] for one in overridden] == [
            titles[one] for one in shown
        ]


def test_it_shows_the_alerts_of_the_rules_but_the_one_that_is_for_inhibition() -> None:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    alerts = {rule.get("alert") for group in groups for rule in group["rules"]} - {None}
    expression = query("Alerts that fire now").expression
    (pattern,) = set(re.findall(r'alertname=~"([^"]+)"', expression))
    (but,) = set(re.findall(r'alertname!="([^"]+)"', expression))
    assert {one for one in alerts if not re.fullmatch(pattern, one)} == set()
    assert but == "ServiceWindowClosed"
    assert but in alerts


@pytest.mark.parametrize("asked", queries(), ids=str)
def test_a_query_is_answered_for_the_components_that_are_chosen(
    asked: Asked, prometheus: Prometheus
) -> None:
    for chosen in (ALL, {API.name}, {API.name, NIGHTS.name}):
        found = answer(prometheus, asked, chosen if chosen != ALL else ())
        if asked.per_component:
            named = {one["metric"].get("component") for one in found} - {None}
            assert named == chosen - UNANSWERED.get((asked.title, asked.ref), set())
        else:
            assert found


def test_the_choice_is_of_all_components(prometheus: Prometheus) -> None:
    asked = component_variable()["query"]["query"]
    (metric, label) = re.fullmatch(r"label_values\((.+), (\w+)\)", asked).groups()  # type: ignore[union-attr]
    values = prometheus.ask(
        f"label/{label}/values", **{"match[]": metric, "start": str(MOMENT - HOUR)}
    )
    assert set(values) == ALL


def test_open_and_closed_is_when_the_schedule_is(prometheus: Prometheus) -> None:
    found = answer(prometheus, query("Open and closed"))
    for component in COMPONENTS:
        shown = series(found, component)
        assert len(shown) == DAYS_BACK // STEP + 1
        assert shown == {at: component.is_open(at) for at in shown}


@pytest.mark.parametrize(
    ("component", "moment", "state"),
    [
        (WEB_SHOP, seconds(2026, 3, 30, 9, 15), "DOWN"),
        (WEB_SHOP, seconds(2026, 3, 30, 12), "up"),
        (WEB_SHOP, seconds(2026, 3, 30, 21), "closed"),  # and down
        (WEB_SHOP, seconds(2026, 3, 31, 9, 30), "not measured"),
        (API, MOMENT, "DOWN"),
        (NIGHTS, seconds(2026, 3, 31, 2), "up"),
        (NIGHTS, MOMENT, "closed"),
    ],
)
def test_the_state_is_up_down_closed_or_not_measured(
    component: Sampled, moment: int, state: str, prometheus: Prometheus
) -> None:
    title = "Up and down within service hours"
    (panel,) = [one for one in panels() if one["title"] == title]
    shown = series(answer(prometheus, query(title)), component)[moment]
    texts = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
    assert texts[str(int(shown))]["text"] == state


def test_a_short_outage_shows_in_a_long_step(prometheus: Prometheus) -> None:
    asked = query("Up and down within service hours")
    found = answer(prometheus, asked, step=6 * HOUR)
    # From 07:30 to 13:30; down from 09:00 to 09:30.
    assert series(found, WEB_SHOP)[seconds(2026, 3, 30, 13, 30)] == 2


def test_the_countdowns_are_to_the_schedule_s_next_start_and_end(
    prometheus: Prometheus,
) -> None:
    shown = {
        ref: by_component(answer(prometheus, query("Next changes", ref)))
        for ref in ("changes_in", "opens_in", "closes_in", "next_start", "next_end")
    }
    for component in (WEB_SHOP, NIGHTS):
        state = component.schedule.state(MOMENT)
        assert state.next_start is not None
        assert state.next_end is not None
        name = component.name
        assert shown["opens_in"][name] == state.next_start - MOMENT
        assert shown["closes_in"][name] == state.next_end - MOMENT
        assert shown["changes_in"][name] == state.until - MOMENT
        assert shown["next_start"][name] == 1000 * state.next_start
        assert shown["next_end"][name] == 1000 * state.next_end


def test_the_numbers_of_now_are_those_of_the_components(
    prometheus: Prometheus,
) -> None:
    assert number(prometheus, "Service windows") == 2
    assert number(prometheus, "Service windows", "B") == 3
    assert number(prometheus, "In service hours") == 1
    assert number(prometheus, "In service hours", "B") == 0
    assert number(prometheus, "This period") == 1
    assert number(prometheus, "Alerts") == 2
    assert number(prometheus, "Exporter") == len(REPLICAS)
    assert number(prometheus, "Exporter", "B") == len(COMPONENTS)
    assert number(prometheus, "Exporter", "C") == 0


@pytest.mark.parametrize(
    ("ref", "since", "until"),
    [
        ("period", bounds("month", MOMENT, WEB_SHOP.schedule)[0], LAST_HOUR),
        ("1_day", MOMENT - 24 * HOUR + MINUTE, MOMENT + MINUTE),
        ("7_days", MOMENT - 7 * 24 * HOUR, LAST_HOUR),
        ("30_days", MOMENT - 30 * 24 * HOUR, LAST_HOUR),
    ],
)
def test_availability_is_of_the_measured_service_time(
    ref: str, since: int, until: int, prometheus: Prometheus
) -> None:
    asked = query("Availability within service hours", ref)
    shown = by_component(answer(prometheus, asked))
    for component in COMPONENTS:
        known, up = measured(component, since, until)
        assert shown[component.name] == pytest.approx(up / known, abs=2e-4)


def test_coverage_is_how_much_of_the_service_time_was_measured(
    prometheus: Prometheus,
) -> None:
    asked = query("Availability within service hours", "coverage")
    shown = by_component(answer(prometheus, asked))
    for component in COMPONENTS:
        since, _ = bounds("month", MOMENT, component.schedule)
        known, _ = measured(component, since, LAST_HOUR)
        share = known / scheduled(component, since, LAST_HOUR)
        assert shown[component.name] == pytest.approx(share)
    assert shown[WEB_SHOP.name] < 1


def test_the_verdict_is_on_the_period_against_the_target(
    prometheus: Prometheus,
) -> None:
    asked = query("Availability within service hours", "verdict")
    shown = by_component(answer(prometheus, asked))
    assert shown == {WEB_SHOP.name: 1, API.name: 0, NIGHTS.name: 0}


def test_the_budget_is_what_the_target_allows_of_the_whole_period(
    prometheus: Prometheus,
) -> None:
    title = "Error budget in time"
    shown = {
        ref: by_component(answer(prometheus, query(title, ref)))
        for ref in ("since", "allowed", "spent", "left")
    }
    share = by_component(answer(prometheus, query("Error budget left")))
    for component in COMPONENTS:
        name = component.name
        start, end = bounds("month", MOMENT, component.schedule)
        allowed = (1 - component.target) * open_time(
            component.schedule, start, end
        ).seconds
        assert shown["since"][name] == 1000 * start
        assert shown["allowed"][name] == pytest.approx(allowed)
        left = allowed - shown["spent"][name]
        assert shown["left"][name] == pytest.approx(left)
        assert share[name] == pytest.approx(left / allowed)
    assert shown["spent"][WEB_SHOP.name] == pytest.approx(1.5 * HOUR, abs=MINUTE)


def test_an_alert_is_shown_for_as_long_as_it_fires(prometheus: Prometheus) -> None:
    found = answer(prometheus, query("Alerts that fire now"))
    shown = {one["metric"]["alertname"]: float(one["value"][1]) for one in found}
    assert shown == {"ComponentDown": 300, "ServiceWindowSnapshotStale": 300}
    (panel,) = [one for one in panels() if one["title"] == "Alerts that fire now"]
    columns = panel["transformations"][0]["options"]["include"]["names"]
    there = {label for one in found for label in one["metric"]} | {"Value"}
    assert set(columns) <= there


def test_the_time_is_marked_where_every_component_that_is_chosen_is_closed(
    prometheus: Prometheus,
) -> None:
    (closed,) = DASHBOARD["annotations"]["list"]
    asked = Asked("Closed", "Anno", closed["target"]["expr"])
    for chosen in ([NIGHTS], [NIGHTS, WEB_SHOP], [NIGHTS, API]):
        found = answer(prometheus, asked, [one.name for one in chosen])
        (one,) = found
        # Grafana marks what is greater than 0.
        marked = {at for at, value in one["values"] if float(value) > 0}
        times = range(MOMENT - DAYS_BACK, MOMENT + 1, STEP)
        assert marked == {
            at for at in times if not any(one.is_open(at) for one in chosen)
        }
