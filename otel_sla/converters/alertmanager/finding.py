"""Find the time intervals of a configuration, and the routes that use them.

They are looked for at every depth, so that values of Helm charts, resources of
Kubernetes and fragments are read as well as whole configurations; and so is a whole
configuration that is the text of a field, as in a ConfigMap.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..errors import NotConvertible
from .nodes import Node, documents

ENTRY_FIELDS = ("times", "weekdays", "days_of_month", "months", "years", "location")

_SECTIONS = ("time_intervals", "mute_time_intervals", "mute_times")
_USES = {"mute_time_intervals": "muted", "active_time_intervals": "active"}
_TEXT = re.compile(
    r"^[ \t]*[\"']?(?:(?:mute_)?time_intervals|muteTimes)[\"']?[ \t]*:", re.MULTILINE
)
_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")


@dataclass(slots=True)
class Interval:
    """A named interval. `is_mute`: its section says that it is for muting.

    `misplaced` are the lines of fields that have times where an interval has none.
    """

    name: str
    line: int
    entries: list[Node]
    is_mute: bool = False
    misplaced: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Use:
    """A route is `muted` or `active` in an interval."""

    name: str
    how: str
    receiver: str
    line: int


@dataclass(slots=True)
class Found:
    """The intervals of a file and their uses, in its order.

    `texts` are fields that have a configuration as text, by their lines, and `broken`
    are errors of those that can't be read.
    """

    intervals: list[Interval] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    broken: list[NotConvertible] = field(default_factory=list)


def snake_fields(node: Node) -> dict[str, Node]:
    """Return the fields; days_of_month stands for daysOfMonth, too."""
    return {
        _CAPITAL.sub(lambda capital: f"_{capital[0]}", key).lower(): value
        for key, value in node.fields.items()
    }


def found_in(nodes: Iterable[Node]) -> Found:
    """Return what is in the documents."""
    found = Found()
    _find(nodes, found)
    for line, text in list(found.texts.items()):
        try:
            _find(documents(text, line), found)
        except NotConvertible as error:
            found.broken.append(error)
    return found


def _find(nodes: Iterable[Node], found: Found) -> None:
    for document in nodes:
        entries = document.items or [document]
        if _is_entry(entries[0]):
            interval = Interval("time interval", document.line, entries)
            found.intervals.append(interval)
        else:
            _walk(document, found, "", "")


def _is_entry(node: Node) -> bool:
    fields = snake_fields(node)
    return bool(fields) and all(one in ENTRY_FIELDS for one in fields)


def _walk(node: Node, found: Found, section: str, receiver: str) -> None:
    if node.text and _TEXT.search(node.text):
        found.texts[node.line] = node.text
    for item in node.items:
        _walk(item, found, section, receiver)
    fields = snake_fields(node)
    if _is_interval(fields, section):
        found.intervals.append(_interval(node, fields, section))
        return
    if "receiver" in fields:
        receiver = fields["receiver"].text or receiver
    for key, value in fields.items():
        how = _USES.get(key)
        for item in value.items if how else ():
            if item.text is not None and how:
                found.uses.append(Use(item.text, how, receiver, item.line))
        _walk(value, found, key if key in _SECTIONS else "", receiver)


def _is_interval(fields: dict[str, Node], section: str) -> bool:
    if "time_intervals" not in fields:
        return bool(section) and not fields.keys().isdisjoint(("name", *ENTRY_FIELDS))
    entries = fields["time_intervals"].items
    named = any("name" in one.fields for one in entries)
    return not named and (bool(entries) or "name" in fields)


def _interval(node: Node, fields: dict[str, Node], section: str) -> Interval:
    name = fields["name"].text if "name" in fields else None
    given = fields.get("time_intervals")
    misplaced = {
        key: value.line
        for key, value in fields.items()
        if key in ENTRY_FIELDS or (given is None and (value.items or value.fields))
    }
    if given and not isinstance(given.value, list | None):
        misplaced["time_intervals"] = given.line
    return Interval(
        name or f"time interval of line {node.line}",
        node.line,
        given.items if given else [],
        is_mute=section.startswith("mute"),
        misplaced=misplaced,
    )
