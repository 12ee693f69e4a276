"""Write recording rules that give components the metric names they had in 2019. Pure.

Each component had its own metrics then, such as `web_shop_service_window_last_start`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from ..labels import InvalidLabels, exposed
from ..text import is_text
from .messages import InvalidRules
from .prometheus_rules import inline

METRICS = {
    "last_start": "service_window_last_start_seconds",
    "last_end": "service_window_last_end_seconds",
    "next_start": "service_window_next_start_seconds",
    "next_end": "service_window_next_end_seconds",
    "in_window": "service_window_in_window",
}
"""How an old name ends, and the name of that metric now."""

COMPONENTS_IN_A_GROUP = 200
"""Prometheus evaluates the rules of a group in sequence, and groups in parallel. A
thousand rules take a tenth of a second."""

Labelled = tuple[str, object]
"""A component's name and its own labels, as they are stored."""

_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_]")
_ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n"}


def legacy_name(component: str) -> str:
    """Return how the old metric names of a component begin."""
    name = _NOT_IN_A_NAME.sub("_", component)
    return f"_{name}" if name[:1].isdigit() else name


def check(components: Iterable[Labelled]) -> None:
    """Refuse components that rules can't be written for. Raises InvalidRules."""
    owners: dict[str, str] = {}
    for component, labels in components:
        if not is_text(component):
            raise InvalidRules("name_not_text", name=component)
        name = legacy_name(component)
        if other := owners.get(name):
            raise InvalidRules(
                "clashing_legacy_names", name=component, other=other, prefix=name
            )
        owners[name] = component
        try:
            exposed(labels)
        except InvalidLabels as error:
            raise InvalidRules(
                "unusable_labels", name=component, reason=str(error)
            ) from error


def rules(components: Iterable[Labelled]) -> Iterator[str]:
    """Yield the parts of a rule file for components that check() accepts.

    The recorded series have the labels that are not empty.
    """
    written = 0
    for component, labels in components:
        if not written:
            yield "groups:\n"
        group, place = divmod(written, COMPONENTS_IN_A_GROUP)
        if not place:
            yield f"  - name: service_window_legacy_names_{group + 1}\n    rules:\n"
        yield _rules_of(component, exposed(labels))
        written += 1
    if not written:
        yield "groups: []\n"


def _rules_of(component: str, labels: Mapping[str, str]) -> str:
    name, selected = legacy_name(component), _in_promql(component)
    shown = {key: value for key, value in labels.items() if value}
    more = f"        labels: {inline(shown)}\n" if shown else ""
    return "".join(
        f"      - record: {name}_service_window_{ending}\n"
        f"        expr: {_in_yaml(f'max({metric}{{component={selected}}})')}\n{more}"
        for ending, metric in METRICS.items()
    )


def _in_promql(text: str) -> str:
    """Return a string of PromQL, with unprintable characters escaped."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _in_yaml(expression: str) -> str:
    """Return a scalar of YAML, in quotes if it needs them."""
    quoted = expression.replace("'", "''")
    return expression if ": " not in quoted and " #" not in quoted else f"'{quoted}'"
