"""Prometheus's rule files: the shipped one adapted, and one with the names of 2019.

The shipped file is adapted as text, so that its comments stay with those who run it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from types import MappingProxyType

import yaml

Labels = Mapping[str, str]

PROBED = 'max by (component) (probe_success{component!=""})'
"""Where the shipped rules take availability from."""

RESERVED = frozenset({"alertname", "burn", "component", "service_hours_gated"})
"""Labels of alerts by which they are told apart, joined or inhibited."""

BOUNDARIES = ("last_start", "last_end", "next_start", "next_end")
PER_GROUP = 1_000
"""Rules in a group: groups are evaluated beside each other, rules one by one."""

_LABELS = re.compile(r"^(?P<begin> +labels: )(?P<labels>\{.*\})$", re.MULTILINE)
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_PLAIN = re.compile(r"[\w.\-]+", re.ASCII)


class InvalidOption(ValueError):
    """What the rules can't be adapted to: the message says what would be right."""


class SameName(ValueError):
    """Two components whose names were the same in 2019."""

    def __init__(self, one: str, other: str, name: str) -> None:
        super().__init__(
            f"{one!r} and {other!r} would both be {name}_service_window_...: rename "
            "one of them, or do without the names of 2019"
        )


def shipped() -> str:
    """Return the rules that come with the package."""
    file = files("otel_sla") / "prometheus" / "service-windows.rules.yml"
    return file.read_text("utf-8")


def adapted(
    availability: str = PROBED,
    labels: Labels = MappingProxyType({}),
    severities: Mapping[str, Labels] = MappingProxyType({}),
) -> str:
    """Return the shipped rules with availability from a PromQL expression, and alerts
    with more labels; and others in place of a severity, which is page or ticket.

    Raises InvalidOption.
    """
    if not availability.strip():
        raise InvalidOption("an expression is needed that gives 1 or 0 by component")
    text = shipped()
    if availability != PROBED:
        text = text.replace(f" {PROBED}\n", f" {quoted(availability)}\n")

    def relabelled(match: re.Match[str]) -> str:
        own: dict[str, str] = yaml.safe_load(match["labels"])
        instead = severities.get(own["severity"], {})
        if instead:
            del own["severity"]
        given = {**own, **labels, **instead}
        pairs = ", ".join(f"{name}: {quoted(value)}" for name, value in given.items())
        return f"{match['begin']}{{{pairs}}}"

    asked = labels or any(severities.values())
    return _LABELS.sub(relabelled, text) if asked else text


def parse_labels(option: str, pairs: Iterable[str]) -> dict[str, str]:
    """Return labels that an option has as NAME=VALUE. Raises InvalidOption."""
    labels: dict[str, str] = {}
    for pair in pairs:
        name, given, value = pair.partition("=")
        if not given or not value:
            raise InvalidOption(f"{option}: write NAME=VALUE, not {pair!r}")
        if not _NAME.fullmatch(name) or name.startswith("__"):
            raise InvalidOption(
                f"{option}: a label's name is of letters, digits and underscores, "
                f"begins with none of the digits and not with __: not {name!r}"
            )
        if name in RESERVED:
            raise InvalidOption(f"{option}: the rules need the label {name} themselves")
        if (option, name) == ("--label", "severity"):
            raise InvalidOption("--label: give severity by --page and --ticket")
        if name in labels:
            raise InvalidOption(f"{option}: {name} is given twice")
        labels[name] = value
    return labels


def of_2019(components: Iterable[tuple[str, Labels]]) -> Iterator[str]:
    """Yield the lines of rules that record what is known of components, which are
    names with the labels to give them, by the names of 2019. Raises SameName."""
    names: dict[str, str] = {}
    known = list(components)
    for component, _ in known:
        name = name_of_2019(component)
        if name in names:
            raise SameName(names[name], component, name)
        names[name] = component
    yield "groups:" if known else "groups: []"
    rules = (rule for one in known for rule in _rules_of_2019(*one))
    for number, rule in enumerate(rules):
        if number % PER_GROUP == 0:
            yield f"- name: service_window_names_of_2019_{number // PER_GROUP + 1}"
            yield "  rules:"
        yield from rule


def name_of_2019(component: str) -> str:
    """Return what the names of a component's metrics began with."""
    name = re.sub(r"[^a-zA-Z0-9_]", "_", component)
    return f"_{name}" if name[:1].isdigit() else name


def _rules_of_2019(component: str, labels: Labels) -> Iterator[list[str]]:
    # PromQL's escapes are those of Go, and JSON's are among them.
    chosen = f"{{component={json.dumps(component, ensure_ascii=False)}}}"
    series = {
        **{name: f"service_window_{name}_seconds" for name in BOUNDARIES},
        "in_window": "service_window_in_window",
    }
    for name, shown in series.items():
        expression = f"max({shown}{chosen})"
        yield [
            f"  - record: {name_of_2019(component)}_service_window_{name}",
            f"    expr: {_scalar(component, expression)}",
            *(["    labels:"] if labels else []),
            *(f"      {label}: {quoted(value)}" for label, value in labels.items()),
        ]


def _scalar(component: str, expression: str) -> str:
    """Quote where the component's name needs it; it takes long for very many."""
    return expression if _PLAIN.fullmatch(component) else quoted(expression)


def quoted(text: str) -> str:
    """Return the text as a scalar of YAML on one line, whatever is in it."""
    written = yaml.safe_dump(text, default_style='"', width=float("inf"))
    return written.removesuffix("\n")
