"""Read YAML or JSON as texts, lists and mappings that know their lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from ...text import is_text, one_line
from ..errors import NotConvertible

MAX_DEPTH = 50
MAX_NODES = 400_000
"""Keys and values, those that aliases repeat included."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True)
class Node:
    """A value, the line it begins in, and of how many keys and values it consists.

    Scalars are the text that is written: 17:00 stays text, where YAML 1.1 has a number.
    """

    value: str | list[Node] | dict[str, Node] | None
    line: int
    size: int = 1

    @property
    def items(self) -> list[Node]:
        """The items of a list, or none."""
        return self.value if isinstance(self.value, list) else []

    @property
    def fields(self) -> dict[str, Node]:
        """The fields of a mapping, or none."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def text(self) -> str | None:
        """The text of a scalar, or None."""
        return self.value if isinstance(self.value, str) else None


def documents(text: str, before: int = 0) -> list[Node]:
    """Return the documents of a text with that many lines before it in its file.

    Raises NotConvertible.
    """
    if not is_text(text):
        raise _broken(before + 1, "The file is not text in UTF-8.")
    try:
        return list(_Reader(text, before).documents())
    except yaml.MarkedYAMLError as error:
        line = before + (error.problem_mark.line + 1 if error.problem_mark else 1)
        raise _broken(line, f"This is not valid YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        reason = f"This is not valid YAML: {one_line(str(error))}."
        raise _broken(before + 1, reason) from error


def _broken(line: int, reason: str) -> NotConvertible:
    return NotConvertible("broken_file", line=line, reason=reason)


class _Reader:
    """Makes nodes of events, and stops where there are too many."""

    def __init__(self, text: str, before: int) -> None:
        if text.lstrip().startswith(("{", "[")):
            # Tabs may indent JSON, but not YAML.
            text = text.replace("\t", " ")
        self._events: Iterator[Any] = yaml.parse(text, _Loader)
        self._anchors: dict[str, Node | None] = {}
        self._made = 0
        self._before = before

    def documents(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors.clear()
                yield self._node(next(self._events), 1)

    def _node(self, event: Any, depth: int) -> Node:
        line = self._before + event.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise _broken(line, f"More than {MAX_DEPTH} levels are nested here.")
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(str(event.anchor), line)
        self._made += 1
        self._bound(self._made, line)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        node = self._content(event, line, depth)
        self._bound(node.size, line)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _bound(self, count: int, line: int) -> None:
        if count > MAX_NODES:
            most = f"{MAX_NODES:,}"
            raise _broken(line, f"The file has more than {most} keys and values.")

    def _aliased(self, anchor: str, line: int) -> Node:
        node = self._anchors.get(anchor)
        if node is None:
            raise _broken(line, f"The alias *{anchor} has no value before this line.")
        return node

    def _content(self, event: Any, line: int, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            is_null = event.implicit[0] and event.value in _NULLS
            return Node(None if is_null else event.value, line)
        if isinstance(event, yaml.SequenceStartEvent):
            items = [self._node(one, depth + 1) for one in self._until_end()]
            return Node(items, line, 1 + sum(one.size for one in items))
        fields = self._fields(depth)
        return Node(fields, line, 1 + sum(one.size for one in fields.values()))

    def _fields(self, depth: int) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for event in self._until_end():
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if key.text == "<<":
                for one in reversed(value.items or [value]):
                    merged.update(one.fields)
            elif (name := str(key.text)) in fields:
                raise _broken(key.line, f"{one_line(name)!r} stands here twice.")
            else:
                fields[name] = value
        return {**merged, **fields}

    def _until_end(self) -> Iterator[Any]:
        while not isinstance(event := next(self._events), yaml.CollectionEndEvent):
            yield event
