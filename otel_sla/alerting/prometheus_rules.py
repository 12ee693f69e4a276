"""Read the shipped rules, and adapt them to a site. Pure."""

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files

import yaml

from ..text import is_text
from ..yaml_writer import to_yaml
from .messages import InvalidRules

TAKEN = frozenset(
    {
        "alertname",
        "burn",
        "component",
        "instance",
        "job",
        "reason",
        "service_hours_gated",
        "severity",
    }
)
"""Labels that alerts have already, and the one that inhibits other alerts."""

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_AVAILABILITY = re.compile(r"(- record: component:availability:bool\n +expr: ).*")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_TOKEN = re.compile(
    r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|\#[^\n]*|[()\[\]{}"'`]"""
)
_LABELS = re.compile(r"^( +labels: )(\{.*\})$", re.MULTILINE)


def shipped() -> str:
    """Return the text of the rule file that comes with the app."""
    file = files(__package__) / "service-windows.rules.yml"
    return file.read_text("utf-8")


def adapted(
    text: str,
    availability: str | None = None,
    labels: Mapping[str, str] | None = None,
    severities: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """Return the rule file with a site's own availability and labels of alerts.

    `labels` are added to every alert. `severities` has for a severity, page or ticket,
    the labels that replace it. Everything else stays as it is, also the comments.
    Raises InvalidRules.
    """
    more, instead = labels or {}, severities or {}
    for name in more:
        if any(name in given for given in instead.values()):
            raise InvalidRules("label_given_for_all_and_some", name=name)

    def relabelled(found: re.Match[str]) -> str:
        before: dict[str, str] = yaml.safe_load(found[2])
        after = {**before, **more}
        if replaced := instead.get(before["severity"]):
            del after["severity"]
            after = {**replaced, **after}
        return found[0] if after == before else f"{found[1]}{inline(after)}"

    if availability is not None:
        text = _AVAILABILITY.sub(lambda found: found[1] + _quoted(availability), text)
    return _LABELS.sub(relabelled, text)


def parse_labels(pairs: Iterable[str], *, severity: bool = False) -> dict[str, str]:
    """Return the labels of an alert from texts such as team=platform.

    A label `severity` is allowed only if the argument is true. Raises InvalidRules.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InvalidRules("not_name_and_value", text=pair)
        _check(name, value, TAKEN - {"severity"} if severity else TAKEN)
        if name in found:
            raise InvalidRules("alert_label_given_twice", name=name)
        found[name] = value
    return found


def inline(labels: Mapping[str, str]) -> str:
    """Write labels in YAML, on one line."""
    return to_yaml(dict(labels), default_flow_style=True)


def _check(name: str, value: str, taken: frozenset[str]) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidRules("invalid_label_name", name=name)
    if name in taken or name.startswith("__"):
        listed = ", ".join(sorted(taken))
        raise InvalidRules("label_name_taken", name=name, taken=listed)
    if not value:
        raise InvalidRules("label_value_empty", name=name)
    if not is_text(value):
        raise InvalidRules("label_value_not_utf_8", name=name)
    if "{{" in value:
        raise InvalidRules("label_value_template", name=name)


def _quoted(expression: str) -> str:
    if not expression.strip() or not is_text(expression):
        raise InvalidRules("invalid_expression", text=expression)
    if not _is_balanced(expression):
        raise InvalidRules("unbalanced_expression", text=expression)
    return to_yaml(expression, default_style='"')


def _is_balanced(expression: str) -> bool:
    """Return whether all brackets outside strings and comments are closed in order."""
    awaited: list[str] = []
    for found in _TOKEN.finditer(expression):
        sign = found[0]
        if sign in _CLOSING:
            awaited.append(_CLOSING[sign])
        elif sign in ")]}":
            if not awaited or awaited.pop() != sign:
                return False
        elif sign in "\"'`":
            return False
    return not awaited
