"""Every recipe of docs/recipes.md does what it says."""

from __future__ import annotations

import re
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from otel_sla.schedule import DAY, Schedule

from ..site.test_docs import blocks
from ..support.make import make_agreement, make_component, make_schedule, seconds
from ..support.parts import program
from ..support.processes import ROOT
from ..support.promtool import Check, Run
from ..support.rule_cases import HOUR, Service, opens

PAGE = (ROOT / "docs" / "recipes.md").read_text()
RECIPES = dict(
    re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
)
THURSDAY = seconds(2026, 1, 1)
DAWN = THURSDAY + 7 * HOUR
"""When the runs of that day begin: rules take their time for every minute."""
OFFICE = opens(("mon-fri", "09:00", "17:00"))
ALWAYS = Schedule(OFFICE.zone, always_open=True)
ERRORS = "checkout_errors:ratio_5m"


def queries(recipe: str) -> list[str]:
    return blocks(RECIPES[recipe], "promql")


def recipe_run(recipe: str, *groups: str) -> Run:
    """A run of the recipe's own rules after groups of the shipped ones."""
    (text,) = blocks(RECIPES[recipe], "yaml")
    return Run(groups=groups, own=yaml.safe_load(text)["groups"])


def a_day(name: str, run: Run, until: str = "11:30", **fields: Any) -> Service:
    """A component on a Thursday, in UTC, that fails all the time."""
    fields = {"schedule": OFFICE, **fields}
    one = Service(name, origin=DAWN, until=DAWN + at(until), **fields)
    one.tell(run)
    failing(run, {"component": name}, at(until) // 60)
    return one


def failing(run: Run, labels: dict[str, str], minutes: int) -> None:
    run.add(ERRORS, labels, [0.5] * (minutes + 1))


def at(clock: str) -> int:
    """Seconds since dawn."""
    return hour(clock) - hour("07:00")


def hour(clock: str) -> int:
    """Seconds since midnight."""
    hours, minutes = map(int, clock.split(":"))
    return hours * HOUR + minutes * 60


@pytest.mark.parametrize(
    ("recipe", "groups"),
    [
        ("Hold back an alert outside service hours", ["service_window"]),
        ("Hold back an alert without the rules", []),
    ],
)
def test_an_alert_is_held_back_outside_service_hours_and_of_nothing_unknown(
    recipe: str, groups: list[str], check_by_prometheus: Check
) -> None:
    run = recipe_run(recipe, *groups)
    a_day("web-shop", run, until="17:01")
    failing(run, {"component": "orphan"}, 18 * 60)
    shop, orphan = {"component": "web-shop"}, {"component": "orphan"}
    run.firing("CheckoutFailing", at("08:59"), orphan)
    run.firing("CheckoutFailing", at("09:00"), orphan, shop)
    run.firing("CheckoutFailing", at("16:59"), orphan, shop)
    run.firing("CheckoutFailing", at("17:00"), orphan)
    check_by_prometheus(run)


def test_an_alert_that_knows_no_component_is_held_back(
    check_by_prometheus: Check,
) -> None:
    run = recipe_run("Hold back an alert without a component", "service_window")
    a_day("web-shop", run)
    run.add("shop_queue_age_seconds", {"queue": "orders"}, [700] * (18 * 60))
    labels = {"component": "web-shop", "queue": "orders"}
    run.firing("ShopQueueStuck", at("08:59"))
    run.firing("ShopQueueStuck", at("09:00"), labels)
    check_by_prometheus(run)


def test_an_alert_is_left_some_time_after_opening(check_by_prometheus: Check) -> None:
    run = recipe_run("Leave some time after opening", "service_window")
    a_day("web-shop", run)
    a_day("always", run, schedule=ALWAYS)
    shop, always = {"component": "web-shop"}, {"component": "always"}
    run.firing("CheckoutFailing", at("09:09"), always)
    run.firing("CheckoutFailing", at("09:10"), always, shop)
    check_by_prometheus(run)


def test_last_month_s_availability_is_what_a_person_works_out(
    check_by_newest: Check,
) -> None:
    """November 2026, watched from its last day on, a Monday: 8 hours, an outage from
    10:00 to 10:24, and one after hours that is none."""
    recipe = "Last month's availability in service hours"
    start, ratio, sums = queries(recipe)
    monday, december = seconds(2026, 11, 30), seconds(2026, 12, 1)
    assert f"that was {december}" in RECIPES[recipe]
    run = Run(groups=["service_window", "service_window_slo"])
    outages = [(hour("10:00"), hour("10:24")), (hour("20:00"), hour("21:00"))]
    Service(
        "web-shop",
        opens(("mon-fri", "09:00", "17:00"), timezone="Europe/London"),
        monday,
        december + HOUR,
        down=[(monday + begin, monday + end) for begin, end in outages],
    ).tell(run)

    def found(query: str, value: float) -> None:
        half_past = december + HOUR // 2
        moved = query.replace(str(half_past), str(half_past - monday))
        run.expect(moved, DAY + 50 * 60, {"web-shop": value})

    found(f"max by (component) ({start})", december - monday)
    found(ratio, (8 * 60 - 24) / (8 * 60))
    expected = (8 * HOUR - 24 * 60, 8 * HOUR, 8 * HOUR)
    for query, value in zip(sums.splitlines(), expected, strict=True):
        found(query, value)
    check_by_newest(run)


def test_the_counter_tells_how_long_it_was_open_in_a_week(
    check_by_prometheus: Check,
) -> None:
    (query,) = queries("How long it was to be open, exactly")
    odd = opens(("mon-fri", "09:00:17", "17:03:41"))
    run = Run(groups=[])
    one = Service("web-shop", odd, THURSDAY, THURSDAY + 8 * DAY)
    one.tell_windows(run)
    week = 5 * (8 * HOUR + 3 * 60 + 24)
    run.expect(f"sum by (component) ({query})", 8 * DAY, {"web-shop": week})
    check_by_prometheus(run)


def test_what_opens_soon_is_listed(check_by_prometheus: Check) -> None:
    (query,) = queries("What opens soon")
    run = Run(groups=["service_window"])
    a_day("web-shop", run)
    a_day("later", run, schedule=opens(("mon-fri", "09:40", "17:00")))
    a_day("always", run, schedule=ALWAYS)
    run.expect(query, at("08:30"), {"web-shop": 1800})
    check_by_prometheus(run)


def test_what_is_left_of_the_budget_is_listed_worst_first(
    check_by_newest: Check,
) -> None:
    seconds_left, share = queries("How much of the error budget is left")[
        0
    ].splitlines()
    run = Run(groups=["service_window", "service_window_slo"])
    down = [(THURSDAY + hour("10:00"), THURSDAY + hour("10:24"))]
    one = a_day("web-shop", run, down=down)
    a_day("always", run, schedule=ALWAYS)
    budget = one.budget(THURSDAY)
    left = {"web-shop": budget - 24 * 60, "always": 31 * DAY * 0.005}
    run.expect(seconds_left, at("11:00"), left)
    expected = {"web-shop": 1 - 24 * 60 / budget, "always": 1}
    run.expect(share, at("11:00"), expected)
    check_by_newest(run)


def test_an_alert_is_given_the_window_s_labels(check_by_prometheus: Check) -> None:
    (query,) = queries("The window's labels on an alert")
    run = Run(groups=["service_window"])
    one = a_day(
        "web-shop",
        run,
        labels={"team": "payments", "tier": "1"},
        down=[(THURSDAY, THURSDAY + DAY)],
    )
    one.instance = "exporter-2"
    one.tell_windows(run)
    labels = {"component": "web-shop", "team": "payments", "tier": "1"}
    run.ask(query, at("10:00"), [(labels, 0)])
    run.ask(query, at("08:00"), [(labels, 0)])
    check_by_prometheus(run)


@pytest.mark.django_db
def test_alertmanager_takes_the_route_with_the_printed_intervals(
    tmp_path: Path,
) -> None:
    make_component(agreement=make_agreement(schedule=make_schedule()))
    out = StringIO()
    call_command("alertmanager_intervals", stdout=out)
    (route,) = blocks(RECIPES["Route by window"], "yaml")
    file = tmp_path / "alertmanager.yml"
    file.write_text(f"{route}{out.getvalue()}")
    checked = told(program("amtool"), "check-config", str(file))
    assert "SUCCESS" in checked


def test_prometheus_takes_the_relabelling_for_rules_that_can_t_be_edited(
    tmp_path: Path,
) -> None:
    (text,) = blocks(RECIPES["Silence rules that you can't edit"], "yaml")
    file = tmp_path / "prometheus.yml"
    file.write_text(text)
    assert "SUCCESS" in told(program("promtool"), "check", "config", str(file))


def told(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}"


def test_every_recipe_is_tested() -> None:
    tested = Path(__file__).read_text()
    assert [name for name in RECIPES if f'"{name}"' not in tested] == []
