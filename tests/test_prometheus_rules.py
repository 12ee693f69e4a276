"""manage.py prometheus_rules: the shipped rules adapted, and the names of 2019."""

from __future__ import annotations

import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from otel_sla import rule_files
from otel_sla.rule_files import PROBED, name_of_2019

from .make import make_component
from .parts import program
from .promtool import RULES, check_rules

AVAILABILITY = "component:availability:bool"


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("prometheus_rules", *arguments, stdout=out)
    return out.getvalue()


def rules(text: str) -> list[dict[str, Any]]:
    """The rules of a file, whatever their group."""
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def alerts(text: str) -> dict[str, list[dict[str, str]]]:
    """The labels of the alerts of each name."""
    found: dict[str, list[dict[str, str]]] = {}
    for rule in rules(text):
        if "alert" in rule:
            found.setdefault(rule["alert"], []).append(rule["labels"])
    return found


def availability(text: str) -> str:
    (found,) = [r["expr"] for r in rules(text) if r.get("record") == AVAILABILITY]
    return str(found)


def test_the_shipped_rules_are_printed_as_they_are() -> None:
    assert printed() == RULES.read_text()


def test_the_line_to_adapt_is_there_once_and_alone() -> None:
    assert RULES.read_text().count(PROBED) == 1
    assert availability(RULES.read_text()) == PROBED


@pytest.mark.parametrize(
    "expression",
    [
        'min by (component) (up{job="shop"})',
        "max by (component) (label_replace(up, \"component\", \"$1\", 'app', '(.*)'))",
        'up{path="C:\\\\x", note="# no comment: really"}',
        "avg by (component) (\n  up\n) > bool 0.5",
        'up{component="Büro 🚀"}',
        "{__name__=~'up|probe_success'}",
    ],
)
def test_availability_comes_from_any_expression(
    expression: str, tmp_path: Path
) -> None:
    text = printed("--availability", expression)
    assert availability(text) == expression
    adapted = [line for line in text.splitlines() if "expr:" in line]
    original = [line for line in RULES.read_text().splitlines() if "expr:" in line]
    assert sum(map(str.__ne__, adapted, original)) == 1
    check_rules(text, tmp_path)


def test_comments_stay() -> None:
    comments = [line for line in RULES.read_text().splitlines() if "# " in line]
    text = printed("--label", "team=sre", "--availability", "up")
    assert [line for line in text.splitlines() if "# " in line] == comments


def test_every_alert_has_the_labels_and_severities_that_are_asked_for(
    tmp_path: Path,
) -> None:
    before = alerts(RULES.read_text())
    text = printed(
        *("--label", "team=sre", "--label", 'note=a "quoted": {value}'),
        *("--page", "priority=P1", "--page", "severity=critical"),
        *("--ticket", "priority=P3"),
    )
    instead = {
        "page": {"priority": "P1", "severity": "critical"},
        "ticket": {"priority": "P3"},
        "none": {"severity": "none"},
    }
    expected = {
        name: [
            {
                **{key: value for key, value in own.items() if key != "severity"},
                "team": "sre",
                "note": 'a "quoted": {value}',
                **instead[own["severity"]],
            }
            for own in each
        ]
        for name, each in before.items()
    }
    assert alerts(text) == expected
    check_rules(text, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--availability", " "], "gives 1 or 0 by component"),
        (["--label", "team"], "--label: write NAME=VALUE, not 'team'"),
        (["--label", "team="], "--label: write NAME=VALUE, not 'team='"),
        (["--label", "1=a"], "not '1'"),
        (["--page", "a-b=c"], "--page: a label's name is of letters"),
        (["--label", "__a=b"], "not '__a'"),
        (["--ticket", "component=x"], "--ticket: the rules need the label component"),
        (["--label", "severity=x"], "give severity by --page and --ticket"),
        (["--label", "a=1", "--label", "a=2"], "--label: a is given twice"),
        (["--legacy-labels"], "--legacy-labels needs --legacy-names"),
        (["--legacy-names", "--label", "a=1"], "--label means nothing with"),
    ],
)
def test_an_option_that_means_nothing_is_refused(
    arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError) as refused:
        printed(*arguments)
    assert message in str(refused.value)


@pytest.mark.django_db
def test_the_names_of_2019_are_recorded_for_every_enabled_component(
    tmp_path: Path,
) -> None:
    make_component(labels={"team": "payments"})
    make_component("24h-desk")
    make_component("retired", enabled=False)
    text = printed("--legacy-names")
    found = {rule["record"]: rule for rule in rules(text)}
    assert sorted(found) == sorted(
        f"{name}_service_window_{metric}"
        for name in ("web_shop", "_24h_desk")
        for metric in (*rule_files.BOUNDARIES, "in_window")
    )
    assert found["web_shop_service_window_last_start"] == {
        "record": "web_shop_service_window_last_start",
        "expr": 'max(service_window_last_start_seconds{component="web-shop"})',
    }
    assert found["web_shop_service_window_in_window"] == {
        "record": "web_shop_service_window_in_window",
        "expr": 'max(service_window_in_window{component="web-shop"})',
    }
    check_rules(text, tmp_path)


@pytest.mark.django_db
def test_the_names_of_2019_may_have_the_component_s_labels(tmp_path: Path) -> None:
    make_component(labels={"team": "payments", "cost.centre": 'a "b"'})
    text = printed("--legacy-names", "--legacy-labels")
    labels = {"cost_centre": 'a "b"', "team": "payments"}
    assert [rule["labels"] for rule in rules(text)] == [labels] * 5
    check_rules(text, tmp_path)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ['a "b" \\ c', "a: b # c", "Büro 🚀", "line\nline", "\u2028", "$1 {{.}}", "-"],
)
def test_a_recorded_series_is_that_of_the_component_whatever_its_name(
    name: str, tmp_path: Path
) -> None:
    make_component(name)
    file = tmp_path / "2019.rules.yml"
    file.write_text(printed("--legacy-names"))
    # A label that the test's own notation can't hold is told as a function has it.
    query = f"{name_of_2019(name)}_service_window_in_window"
    told = subprocess.run(
        [program("promtool"), "check", "rules", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    (expression,) = [r["expr"] for r in rules(file.read_text()) if r["record"] == query]
    start, _, end = expression.partition("component=")
    assert start == "max(service_window_in_window{"
    assert yaml.safe_load(end.removesuffix("})")) == name


@pytest.mark.django_db
def test_two_components_of_one_name_in_2019_are_refused_and_nothing_is_printed() -> (
    None
):
    make_component("web-shop")
    make_component("web_shop")
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("prometheus_rules", "--legacy-names", stdout=out)
    for part in ("'web-shop'", "'web_shop'", "web_shop_service_window_..."):
        assert part in str(refused.value)
    assert not out.getvalue()


@pytest.mark.django_db
def test_without_components_there_are_no_groups(tmp_path: Path) -> None:
    text = printed("--legacy-names")
    assert yaml.safe_load(text) == {"groups": []}
    check_rules(text, tmp_path)


def test_many_are_in_groups_that_are_evaluated_beside_each_other() -> None:
    lines = rule_files.of_2019((f"c{n}", {}) for n in range(1_001))
    groups = yaml.load("\n".join(lines), yaml.CSafeLoader)["groups"]
    assert [len(group["rules"]) for group in groups] == [1_000] * 5 + [5]
    assert len({group["name"] for group in groups}) == 6
