"""`prometheus_rules --for vmalert`: the shipped rules, as vmalert can evaluate them."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from otel_sla.alerting.vmalert import MAX_BYTES

from ..support.make import make_component
from ..support.parts import newer
from .test_prometheus_rules import printed

RECORDED = re.compile(r"component:\w+:\w+")
AWKWARD = (
    'max by (component) (up{job=~"a|b", x!="# component:service_up:bool"})  # it\'s',
    "min by (component) (\n  up == 1  # a comment, (\n)",
    "max by (component) (up{x=`\N{SNOWMAN}\\(`})",
)


def groups(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(text)["groups"]
    return found


def expressions(text: str) -> Iterator[str]:
    for group in groups(text):
        yield from (rule["expr"] for rule in group["rules"])


def accepted(text: str, directory: Path) -> str:
    """Return what vmalert complains of in a rule file: nothing in a good one."""
    file = directory / "checked.rules.yml"
    file.write_text(text)
    done = subprocess.run(
        [newer("vmalert"), "-dryRun", "-loggerLevel=WARN", f"-rule={file}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{done.stdout}{done.stderr}{done.returncode or ''}"


def test_no_rule_reads_what_is_recorded_in_the_same_evaluation() -> None:
    text = printed("--for", "vmalert")
    for expression in expressions(text):
        for found in RECORDED.finditer(expression):
            rest = expression[found.end() :]
            assert re.match(r"\[| offset \d", rest), f"{found[0]}{rest[:20]}"
    # And there are such that were recorded before.
    assert "component:service_mark:seconds[" in text


def test_changes_are_counted_as_in_promql() -> None:
    """MetricsQL's changes() counts one from the sample before the range, too."""
    text = printed("--for", "vmalert")
    assert "changes(" not in text
    assert "changes_prometheus(" in text


def test_only_expressions_differ_from_the_rules_for_prometheus() -> None:
    bare = [
        [
            {
                **group,
                "rules": [{**rule, "expr": None} for rule in group["rules"]],
            }
            for group in groups(printed(*options))
        ]
        for options in (["--for", "vmalert"], [])
    ]
    assert bare[0] == bare[1]
    assert printed("--for", "prometheus") == printed()


@pytest.mark.parametrize("availability", AWKWARD)
def test_vmalert_accepts_them_however_they_are_adapted(
    availability: str, tmp_path: Path
) -> None:
    text = printed("--for", "vmalert", "--availability", availability)
    assert accepted(text, tmp_path) == ""
    first = next(
        rule["expr"]
        for rule in groups(text)[0]["rules"]
        if rule.get("record") == "component:availability:bool"
    )
    assert first == availability


def test_labels_are_added_to_every_alert(tmp_path: Path) -> None:
    text = printed("--for", "vmalert", "--label", "team=a", "--page-label", "pager=b")
    assert accepted(text, tmp_path) == ""
    labels = [
        rule["labels"]
        for group in groups(text)
        for rule in group["rules"]
        if "alert" in rule
    ]
    assert {one["team"] for one in labels} == {"a"}
    assert {"pager": "b", "team": "a"} in labels


def test_no_expression_is_longer_than_victoriametrics_takes() -> None:
    longest = max(len(one.encode()) for one in expressions(printed("--for", "vmalert")))
    # What is left is for an availability of the site's own.
    assert longest < MAX_BYTES / 4


def test_an_availability_that_makes_them_too_long_is_refused() -> None:
    many = " or ".join(f'up{{job="{"x" * 100}{number}"}}' for number in range(140))
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"than the 16384 bytes"):
        call_command(
            *("prometheus_rules", "--for", "vmalert", "--availability", many),
            stdout=out,
        )
    assert out.getvalue() == ""


@pytest.mark.django_db
def test_legacy_names_are_the_same_for_vmalert(tmp_path: Path) -> None:
    make_component("web-shop")
    text = printed("--for", "vmalert", "--legacy-names")
    assert text == printed("--legacy-names")
    assert accepted(text, tmp_path) == ""
