"""manage.py prometheus_rules prints a rule file, or nothing."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from otel_sla.alerting.legacy_names import COMPONENTS_IN_A_GROUP, METRICS
from otel_sla.models import Component

from ..site.test_docs import blocks
from ..support.make import make_agreement, make_component
from ..support.processes import MANAGE, make_site
from ..support.promtool import RULES, Run, check_rules

pytestmark = pytest.mark.django_db

AWKWARD = (
    'max by (component) (up{job=~"a|b\\\\.c", x!="# no comment", y="\N{SNOWMAN}"})',
    "min by (component) (\n  up == 1  # a comment\n)",
    "up: '\\''",
)


def printed(*arguments: str) -> str:
    out = io.StringIO()
    call_command("prometheus_rules", *arguments, stdout=out)
    return out.getvalue()


def refusal(*arguments: str) -> str:
    """Return the error with which the command refuses, having printed nothing."""
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("prometheus_rules", *arguments, stdout=out)
    assert out.getvalue() == ""
    return str(caught.value)


def rules(text: str) -> list[dict[str, Any]]:
    return [one for group in yaml.safe_load(text)["groups"] for one in group["rules"]]


def alerts(text: str) -> dict[str, list[dict[str, str]]]:
    """Return the labels of alerts by name."""
    found: dict[str, list[dict[str, str]]] = {}
    for rule in rules(text):
        if "alert" in rule:
            found.setdefault(rule["alert"], []).append(rule["labels"])
    return found


def test_the_shipped_file_is_printed_to_the_letter() -> None:
    assert printed() == RULES.read_text()


def test_nothing_is_asked_of_the_database_for_the_shipped_rules(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(0):
        printed("--label", "team=platform")


@pytest.mark.parametrize("expression", [*AWKWARD[:2], "1 - absent(up{job='a'})"])
def test_availability_is_replaced_in_its_one_line(
    expression: str, tmp_path: Path
) -> None:
    text = printed("--availability", expression)
    check_rules(text, tmp_path)
    before, after = RULES.read_text().splitlines(), text.splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    found = {rule.get("record"): rule["expr"] for rule in rules(text)}
    assert found["component:availability:bool"] == expression


@pytest.mark.parametrize("expression", AWKWARD)
def test_availability_is_quoted_whatever_it_holds(expression: str) -> None:
    found = {
        rule.get("record"): rule["expr"]
        for rule in rules(printed("--availability", expression))
    }
    assert found["component:availability:bool"] == expression


@pytest.mark.parametrize("expression", ["", " \n", "up\0", "up \udc80"])
def test_availability_that_is_no_expression_is_refused(expression: str) -> None:
    assert "is not a valid expression" in refusal("--availability", expression)


@pytest.mark.parametrize(
    "expression",
    ["sum by (", 'up{component="x"', "up)", "(up]", "up{a='b}", "up{a=\"b'}"],
)
def test_availability_with_a_bracket_or_a_quote_left_open_is_refused(
    expression: str,
) -> None:
    assert "is left open" in refusal("--availability", expression)


@pytest.mark.parametrize(
    "expression",
    ['up{a=")"}', "up{a='\\'('}", "up # (", "up{a=`\\`}", "(up) == bool (1)"],
)
def test_brackets_in_strings_and_comments_are_none(expression: str) -> None:
    assert (
        expression
        == {
            rule.get("record"): rule["expr"]
            for rule in rules(printed("--availability", expression))
        }["component:availability:bool"]
    )


def test_labels_are_added_to_every_alert(tmp_path: Path) -> None:
    awkward = "a: b, {c} #d 'e' \"f\" =g \N{SNOWMAN}"
    text = printed("--label", "team=yes", "--label", f"_route={awkward}")
    check_rules(text, tmp_path)
    for name, labels in alerts(text).items():
        for before, after in zip(alerts(printed())[name], labels, strict=True):
            assert after == {**before, "team": "yes", "_route": awkward}
    recorded = [rule for rule in rules(text) if "record" in rule]
    assert recorded == [rule for rule in rules(printed()) if "record" in rule]


def test_pages_and_tickets_get_a_site_s_own_labels_for_their_severity(
    tmp_path: Path,
) -> None:
    text = printed(
        *("--page-label", "severity=critical", "--page-label", "pager=yes"),
        *("--ticket-label", "priority=P3"),
    )
    check_rules(text, tmp_path)
    found = alerts(text)
    assert found["ComponentDown"] == [{"severity": "critical", "pager": "yes"}]
    assert found["ServiceCoverageLow"] == [{"priority": "P3"}]
    assert found["ServiceWindowClosed"] == [{"severity": "none"}]
    assert [one.get("severity") for one in found["ServiceErrorBudgetBurn"]] == [
        "critical",
        "critical",
        None,
    ]
    # Comments and everything else are as they were.
    assert text.count("#") == RULES.read_text().count("#")


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        ("team", "NAME=VALUE"),
        ("=platform", "is not a valid label name"),
        ("1team=platform", "is not a valid label name"),
        ("te-am=platform", "is not a valid label name"),
        ("t\u00e9am=platform", "is not a valid label name"),
        ("team=", "has no value"),
        ("team={{ $labels.team }}", "template"),
        ("team=\udc80", "is not valid UTF-8"),
        ("team=a\0", "is not valid UTF-8"),
        ("__name__=x", "is taken"),
        ("alertname=x", "is taken"),
        ("component=x", "is taken"),
        ("instance=x", "is taken"),
        ("burn=x", "is taken"),
    ],
)
@pytest.mark.parametrize("option", ["--label", "--page-label", "--ticket-label"])
def test_a_label_that_prometheus_would_refuse_is_refused(
    option: str, pair: str, why: str
) -> None:
    assert why in refusal(option, pair)


def test_severity_is_no_label_of_every_alert() -> None:
    assert "is taken" in refusal("--label", "severity=critical")


@pytest.mark.parametrize("other", ["--label", "--page-label", "--ticket-label"])
def test_a_label_is_given_once(other: str) -> None:
    said = refusal("--label", "team=a", other, "team=b")
    assert "'team' is given" in said


def test_legacy_names_are_recorded_for_every_enabled_component(tmp_path: Path) -> None:
    make_component("web-shop", labels={"team": "payments"})
    make_component("off", enabled=False)
    text = printed("--legacy-names")
    assert "SUCCESS: 5 rules" in check_rules(text, tmp_path)
    assert text.startswith(
        "groups:\n"
        "  - name: service_window_legacy_names_1\n"
        "    rules:\n"
        "      - record: web_shop_service_window_last_start\n"
        '        expr: max(service_window_last_start_seconds{component="web-shop"})\n'
    )
    assert {rule["record"] for rule in rules(text)} == {
        f"web_shop_service_window_{ending}" for ending in METRICS
    }
    assert all("labels" not in rule for rule in rules(text))


def test_legacy_labels_are_the_component_s_own(tmp_path: Path) -> None:
    make_component("web-shop", labels={"my.team": "a: b", "tier": "1", "empty": ""})
    text = printed("--legacy-labels")
    check_rules(text, tmp_path)
    for rule in rules(text):
        assert rule["labels"] == {"my_team": "a: b", "tier": "1"}


NAMES = {
    "web-shop": "web_shop",
    "24/7 desk": "_24_7_desk",
    "Caf\u00e9": "Caf_",
    'quote"back\\slash': "quote_back_slash",
    "new\nline\ttab": "new_line_tab",
    "it's: a #hash": "it_s__a__hash",
    "\N{GRINNING FACE}\u0085\u2028": "___",
    "{{ $labels }}": "____labels___",
}


def test_any_name_is_found_by_its_rule(tmp_path: Path) -> None:
    for name in NAMES:
        make_component(name)
    text = printed("--legacy-names")
    check_rules(text, tmp_path)
    run = Run(text=text)
    for number, name in enumerate(NAMES):
        for metric in METRICS.values():
            for instance in "ab":
                labels = {"component": name, "team": "a", "instance": instance}
                run.add(metric, labels, [number] * 3)
    for number, legacy in enumerate(NAMES.values()):
        for ending in METRICS:
            run.expect(f"{legacy}_service_window_{ending}", 60, {"": number})
    run.check(tmp_path)


def test_two_components_of_one_legacy_name_are_both_named() -> None:
    make_component("web-shop")
    make_component("web_shop")
    said = refusal("--legacy-names")
    assert "'web-shop'" in said
    assert "'web_shop'" in said


def test_a_component_that_is_not_reported_takes_no_name() -> None:
    make_component("web-shop")
    make_component("web_shop", enabled=False)
    assert printed("--legacy-names")


def test_labels_written_past_all_validation_are_refused_whole() -> None:
    make_component("a")
    make_component("web-shop")
    Component.objects.filter(name="web-shop").update(labels={"job": "x"})
    assert "'web-shop'" in refusal("--legacy-labels")
    assert printed("--legacy-names")


def test_without_components_there_are_no_legacy_names(tmp_path: Path) -> None:
    assert "0 rules" in check_rules(printed("--legacy-names"), tmp_path)


def test_groups_of_many_components_are_of_a_size_that_prometheus_evaluates_well(
    tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    agreement = make_agreement()
    many = 2 * COMPONENTS_IN_A_GROUP + 1
    Component.objects.bulk_create(
        Component(name=f"component-{n:04}", agreement=agreement) for n in range(many)
    )
    with django_assert_max_num_queries(2):
        text = printed("--legacy-names")
    check_rules(text, tmp_path)
    groups = yaml.safe_load(text)["groups"]
    assert [len(group["rules"]) for group in groups] == [1000, 1000, 5]
    assert len({group["name"] for group in groups}) == 3


@pytest.mark.parametrize("option", ["--availability", "--label", "--page-label"])
def test_legacy_names_are_printed_alone(option: str) -> None:
    assert option in refusal("--legacy-names", option, "a=b")


def test_the_database_s_refusal_says_what_to_do(tmp_path: Path) -> None:
    done = make_site(tmp_path).run(*MANAGE, "prometheus_rules", "--legacy-names")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Database error" in done.stderr
    assert "manage.py migrate" in done.stderr


def test_the_output_of_the_command_is_a_file_that_prometheus_loads(
    tmp_path: Path,
) -> None:
    site = make_site(tmp_path).load_sample().of_any_year()
    for options in (("--availability", 'up{component!=""}'), ("--legacy-names",)):
        done = site.run(*MANAGE, "prometheus_rules", *options)
        assert done.stderr == ""
        check_rules(done.stdout, tmp_path)


PAGE = (RULES.parents[2] / "docs" / "prometheus.md").read_text()


def test_the_page_has_every_recorded_series_and_no_other() -> None:
    recorded = {rule["record"] for rule in rules(printed()) if "record" in rule}
    assert set(re.findall(r"`(component:\w+:\w+)`", PAGE)) == recorded


def test_the_page_has_every_alert_with_its_severities() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \|", PAGE, re.MULTILINE))
    assert told == {
        name: ", ".join(dict.fromkeys(one["severity"] for one in labels))
        for name, labels in alerts(printed()).items()
    }


def test_the_page_s_expression_is_the_shipped_one() -> None:
    shipped = next(
        rule["expr"]
        for rule in rules(printed())
        if rule.get("record") == "component:availability:bool"
    )
    assert f"```\n{shipped}\n```" in PAGE


def test_the_page_s_commands_print_what_it_says(tmp_path: Path) -> None:
    make_component("web-shop")
    commands = re.findall(r"python manage.py prometheus_rules(.*?)>", PAGE, re.DOTALL)
    assert len(commands) == 4
    for command in commands:
        text = printed(*shlex.split(command.replace("\\\n", "")))
        if "vmalert" not in command:
            check_rules(text, tmp_path)
    example = next(one for one in blocks(PAGE, "yaml") if "legacy" in one)
    assert text.startswith(example)
