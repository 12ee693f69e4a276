"""Rewrite the rules for vmalert, which evaluates those of VictoriaMetrics. Pure.

vmalert writes results to a database and reads them from there, so that a rule finds no
result of the same evaluation, of its own group or of another. Here each rule works out
by itself what others record at the same moment: `now:service_up:bool` is defined as
what `component:service_up:bool` will be. What was recorded earlier is read, as in
Prometheus, up to the evaluation before.
"""

import re

import yaml

from ..yaml_writer import to_yaml
from .messages import InvalidRules

MAX_BYTES = 16_384
"""The longest expression that VictoriaMetrics takes: its -search.maxQueryLen."""

_HEADER = """\
# Alerts and availability within service windows, from the metrics of otel_sla.
# For vmalert of VictoriaMetrics. They are the rules for Prometheus, which are easier to
# read: but here each works out what others record in the same evaluation (now:...). So
# availability is in many: `prometheus_rules --for vmalert --availability EXPR` sets it.
"""

_HEAD = re.compile(r"\A(?:# .+\n)+")
_RULE = re.compile(
    r"^(?P<head> +- (?:record|alert): (?P<name>\S+)\n +expr: )"
    r"(?P<expression>.*\n(?: {10}.*\n)*)",
    re.MULTILINE,
)
_NAME = r"component:\w+:\w+"
_STRING = r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`"""
_COMMENT = re.compile(rf"({_STRING})|\s*#[^\n]*")
_TOKEN = re.compile(
    rf"""{_STRING} | \#[^\n]*
    # It counts a change from the sample before the range.
    | (?P<changes>\bchanges)(?=\()
    # Whether it has a sample of this evaluation.
    | timestamp\((?P<stamped>{_NAME})\)\ ==\ time\(\)
    # Samples of every minute, the present one among them.
    | \b(?P<function>sum|count|max|avg)_over_time
      \((?P<ranged>component:\w+:bool)\[(?P<range>\w+)\]\)
    # Neither a range nor a moment of the past, nor what a site selects by labels.
    | (?P<present>{_NAME})(?![\w:]|\s*[\[{{]|\s+offset\b)
    """,
    re.VERBOSE,
)
_PRESENT = re.compile(r"\bnow:\w+:\w+")
_MINUTES = re.compile(r"(\d+)m(?=59s999ms)")


def for_vmalert(text: str) -> str:
    """Return the rules of the shipped file, or an adapted one, as vmalert needs them.

    Raises InvalidRules if an expression gets too long.
    """
    return _RULE.sub(_Rewriting().rule, _HEAD.sub(_HEADER, text))


class _Rewriting:
    """The rules of a file in their order: what each may refer to is before it."""

    def __init__(self) -> None:
        self._defined: dict[str, str] = {}

    def rule(self, found: re.Match[str]) -> str:
        """Return a rule that needs no result of its own evaluation."""
        before = str(yaml.safe_load(found["expression"])).rstrip("\n")
        after = _TOKEN.sub(self._rewritten, before)
        definitions = ",\n".join(
            f"{name} = ({self._defined[name]})" for name in self._needed(after)
        )
        whole = f"WITH (\n{definitions}\n)\n{after}" if definitions else after
        if len(whole.encode()) > MAX_BYTES:
            raise InvalidRules(
                "expression_too_long", name=found["name"], most=MAX_BYTES
            )
        self._defined[_now(found["name"])] = _COMMENT.sub(r"\1", after)
        return found[0] if whole == before else f"{found['head']}{_in_yaml(whole)}\n"

    def _needed(self, expression: str) -> list[str]:
        """Return what an expression refers to, after what that refers to itself."""
        needed = set(_PRESENT.findall(expression))
        for name, definition in reversed(self._defined.items()):
            if name in needed:
                needed.update(_PRESENT.findall(definition))
        return [name for name in self._defined if name in needed]

    def _rewritten(self, found: re.Match[str]) -> str:
        if found["changes"]:
            return "changes_prometheus"
        name = found["stamped"] or found["ranged"] or found["present"]
        if name is None or _now(name) not in self._defined:
            return found[0]
        if found["ranged"]:
            return _up_to_now(found["function"], name, found["range"])
        return _now(name)


def _now(name: str) -> str:
    return name.replace("component:", "now:", 1)


def _up_to_now(function: str, name: str, duration: str) -> str:
    """Return what a function makes of the samples in a range and of the present one."""
    if function == "avg":
        parts = (_up_to_now(one, name, duration) for one in ("sum", "count"))
        return f"({' / '.join(parts)})"
    shorter = _MINUTES.sub(lambda minutes: f"{int(minutes[1]) - 1}m", duration)
    earlier = f"{function}_over_time({name}[{shorter}] offset 1m)"
    if function == "count":
        return f"sum({earlier}, group({_now(name)}) by (component)) by (component)"
    return f"{function}({earlier}, {_now(name)}) by (component)"


def _in_yaml(expression: str) -> str:
    """Return a scalar of YAML: a block of lines if they can be written as they are."""
    lines = expression.split("\n")
    if not all(line.isprintable() for line in lines):
        return to_yaml(expression, default_style='"')
    return "|\n" + "\n".join(f"{'':10}{line}" if line else "" for line in lines)
