"""Find the time intervals of a configuration, and the routes that use them.

They are looked for at every depth, so that values of Helm charts, resources of
Kubernetes and fragments are read as well as whole configurations.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .nodes import Node

ENTRY_FIELDS = ("times", "weekdays", "days_of_month", "months", "years", "location")

_SECTIONS = ("time_intervals", "mute_time_intervals", "mute_times")
_USES = {"mute_time_intervals": "muted", "active_time_intervals": "active"}
_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")


@dataclass(slots=True)
class Interval:
    """A named interval. `is_mute`: its section says that it is for muting."""

    name: str
    line: int
    entries: list[Node]
    is_mute: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """A route is `muted` or `active` in an interval."""

    name: str
    how: str
    receiver: str
    line: int


@dataclass(slots=True)
class Found:
    """The intervals of a file and their uses, in its order."""

    intervals: list[Interval] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)


def snake_fields(node: Node) -> dict[str, Node]:
    """Return the fields; days_of_month stands for daysOfMonth, too."""
    return {
        _CAPITAL.sub(lambda capital: f"_{capital[0]}", key).lower(): value
        for key, value in node.fields.items()
    }


def found_in(documents: Iterable[Node]) -> Found:
    """Return what is in the documents."""
    found = Found()
    for document in documents:
        entries = document.items or [document]
        if _is_entry(entries[0]):
            interval = Interval("time interval", document.line, entries)
            found.intervals.append(interval)
        else:
            _walk(document, found, "", "")
    return found


def _is_entry(node: Node) -> bool:
    fields = snake_fields(node)
    return bool(fields) and all(one in ENTRY_FIELDS for one in fields)


def _walk(node: Node, found: Found, section: str, receiver: str) -> None:
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
        return bool(section) and "name" in fields
    entries = fields["time_intervals"].items
    named = any("name" in one.fields for one in entries)
    return not named and (bool(entries) or "name" in fields)


def _interval(node: Node, fields: dict[str, Node], section: str) -> Interval:
    name = fields["name"].text if "name" in fields else None
    entries = fields["time_intervals"].items if "time_intervals" in fields else []
    return Interval(
        name or f"time interval of line {node.line}",
        node.line,
        entries,
        is_mute=section.startswith("mute"),
    )
