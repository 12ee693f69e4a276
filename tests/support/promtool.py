"""Rules as Prometheus and vmalert evaluate them: their unit tests, from Python."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_sla.alerting.vmalert import for_vmalert

from .parts import newer, program
from .processes import ROOT

RULES = ROOT / "otel_sla" / "alerting" / "service-windows.rules.yml"
MINUTE = 60
STALE = "stale"
"""What a series has after its last sample, until it has one again."""

Value = int | float | str | None


@dataclass(frozen=True)
class Tool:
    """A program that evaluates rules; its path skips the test where it is not."""

    path: Callable[[], str]
    of_vmalert: bool = False

    def command(self, file: Path) -> list[str]:
        if self.of_vmalert:
            return [self.path(), "unittest", f"-files={file}"]
        return [self.path(), "test", "rules", str(file)]


DEBIAN_S = Tool(partial(program, "promtool"))
PROMTOOLS = {
    "prometheus-2.42": DEBIAN_S,
    "prometheus-3": Tool(partial(newer, "promtool")),
}
"""Before 3.0 a range includes both of its ends, since then only the later."""
TOOLS = {
    **PROMTOOLS,
    "vmalert": Tool(partial(newer, "vmalert-tool"), of_vmalert=True),
}

_NAME = re.compile(r"component:\w+:\w+")


@cache
def shipped(of_vmalert: bool = False) -> dict[str, list[dict[str, Any]]]:
    """The rules of the shipped file, by the name of their group."""
    text = RULES.read_text()
    groups = yaml.safe_load(for_vmalert(text) if of_vmalert else text)["groups"]
    return {group["name"]: group["rules"] for group in groups}


def recorded() -> dict[str, str]:
    """The expressions of the recording rules, by name."""
    rules = (rule for group in shipped().values() for rule in group)
    return {rule["record"]: rule["expr"] for rule in rules if "record" in rule}


def inlined(name: str, component: str) -> str:
    """The expression of a ratio, sum or budget in what the first group records.

    A test over a month asks for it where it needs it: evaluated every minute, as
    promtool does with all groups, the sums over a month would take hours.
    """
    first = {rule.get("record") for rule in shipped()["service_window"]}

    def replaced(match: re.Match[str]) -> str:
        if match[0] in first:
            return f'{match[0]}{{component="{component}"}}'
        return f"({inlined(match[0], component)})"

    lines = recorded()[name].splitlines()
    return _NAME.sub(replaced, "\n".join(one for one in lines if "#" not in one))


@dataclass
class Run:
    """Series with a sample every interval from 0 on, and what the rules make of them.

    `groups` are those that are evaluated: promtool takes all of them every minute,
    and sums over a month take milliseconds each time. `more` is put after every
    recording expression, the rules named in `without` are left out, and `own` are
    groups that come after these. `text` is a rule file to take instead.
    """

    groups: Sequence[str] = ("service_window",)
    text: str = ""
    more: str = ""
    own: Sequence[Mapping[str, Any]] = ()
    alerts: bool = True
    without: Sequence[str] = ()
    interval: str = "1m"
    series: list[dict[str, str]] = field(default_factory=list)
    _samples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, labels: dict[str, str], values: Sequence[Value]) -> None:
        """Add a series by its sample of every minute."""
        self.series.append({"series": _series(name, labels), "values": runs(values)})

    def drop(self, name: str) -> None:
        """Take out all series of the name."""
        self.series = [
            one for one in self.series if not one["series"].startswith(f"{name}{{")
        ]

    def expect(
        self, query: str, second: int, found: Mapping[str, float] | None
    ) -> None:
        """Expect what a query finds by component, to six decimals; None for nothing.

        "" is for what is of no component.
        """
        self.ask(
            f"round({query}, 0.000001)",
            second,
            [
                ({"component": name} if name else {}, _rounded(value))
                for name, value in (found or {}).items()
            ],
        )

    def firing(self, alert: str, second: int, *labels: dict[str, str]) -> None:
        """Expect the alert to fire so many times, with these labels and no others."""
        own = {"__name__": "ALERTS", "alertname": alert, "alertstate": "firing"}
        self.ask(
            f'ALERTS{{alertname="{alert}",alertstate="firing"}}',
            second,
            [({**own, **one}, 1) for one in labels],
        )

    def ask(
        self, query: str, second: int, found: list[tuple[dict[str, str], float]]
    ) -> None:
        """Expect exactly what a query finds: labels and values."""
        samples = [
            {"labels": _series("", labels), "value": value} for labels, value in found
        ]
        self._samples.append(
            {"expr": query, "eval_time": f"{second}s", "exp_samples": samples}
        )

    def check(self, directory: Path, tool: Tool = DEBIAN_S) -> None:
        """Let the tool compare; fail with what it says."""
        file = directory / "rules.test.yml"
        rules = directory / "tested.rules.yml"
        shipped_groups = shipped(tool.of_vmalert)
        groups: list[Mapping[str, Any]] = [
            {"name": name, "rules": self._changed(shipped_groups[name])}
            for name in self.groups
        ]
        groups += self.own
        shortened = yaml.safe_dump({"groups": groups}, width=1_000_000)
        rules.write_text(self.text or shortened)
        text = {
            "rule_files": [str(rules)],
            "evaluation_interval": self.interval,
            # Otherwise in any order.
            "group_eval_order": [group["name"] for group in groups],
            "tests": [self._test(tool)],
        }
        file.write_text(yaml.safe_dump(text, sort_keys=False, width=1_000_000))
        done = subprocess.run(
            tool.command(file),
            # Months make much garbage; collecting less often saves a tenth.
            env={**os.environ, "GOGC": "400"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = f"{done.stdout}{done.stderr}"
            pytest.fail(f"ended with {done.returncode}:\n{said}", pytrace=False)

    def _test(self, tool: Tool) -> dict[str, Any]:
        """The test in the tool's words."""
        asked = "metricsql_expr_test" if tool.of_vmalert else "promql_expr_test"
        return {
            "interval": self.interval,
            "input_series": self.series,
            asked: [
                {**one, "expr": _in_metricsql(one["expr"])} if tool.of_vmalert else one
                for one in self._samples
            ],
        }

    def _changed(self, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rules with more put after each recording expression."""
        return [
            {**rule, "expr": f"({rule['expr']}) {self.more}"}
            if self.more and "record" in rule
            else rule
            for rule in rules
            if (self.alerts or "record" in rule)
            and rule.get("record") not in self.without
        ]


Check = Callable[[Run], None]
"""Has a run evaluated and compared; fails the test with what is not as expected."""


def check_rules(text: str, directory: Path, tool: Tool = DEBIAN_S) -> str:
    """Return what promtool says of a rule file: it has to be a good one."""
    file = directory / "checked.rules.yml"
    file.write_text(text)
    done = subprocess.run(
        [tool.path(), "check", "rules", "--lint-fatal", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{done.stdout}{done.stderr}\n{text}", pytrace=False)
    return done.stdout


def runs(values: Sequence[Value]) -> str:
    """Write samples as promtool reads them; what goes on evenly is one word.

    None is no sample.
    """
    words: list[str] = []
    at = 0
    while at < len(values):
        first = values[at]
        step, length = _even(values, at)
        if first is None:
            words.append(f"_x{length}")
        elif first == STALE or length == 1:
            words += [str(first)] * length
        else:
            words.append(f"{first}{step:+}x{length - 1}")
        at += length
    return " ".join(words)


def _even(values: Sequence[Value], at: int) -> tuple[int | float, int]:
    """The step by which values go on evenly from one of them, and for how many."""
    first = values[at]
    after = values[at + 1] if at + 1 < len(values) else None
    if not isinstance(first, int | float):
        same = takewhile(lambda one: one == first, islice(values, at, None))
        return 0, sum(1 for _ in same)
    step = after - first if isinstance(after, int | float) else 0
    length = 1
    while at + length < len(values) and values[at + length] == first + length * step:
        length += 1
    return step, length


def _in_metricsql(query: str) -> str:
    """A query whose answer has the labels that PromQL gives it: round() keeps the name
    of a series, and vmalert-tool always adds the group to alerts."""
    if query.startswith("round("):
        return f'label_del({query}, "__name__")'
    if query.startswith("ALERTS{"):
        return f'label_del({query}, "alertgroup")'
    return query


def _series(name: str, labels: dict[str, str]) -> str:
    pairs = (
        f"{key}={json.dumps(value, ensure_ascii=False)}"
        for key, value in labels.items()
    )
    return f"{name}{{{', '.join(pairs)}}}"


def _rounded(value: float) -> float:
    """As PromQL's round() does to six decimals."""
    return math.floor(value * 1e6 + 0.5) / 1e6
