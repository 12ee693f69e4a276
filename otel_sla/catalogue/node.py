"""Nodes of a YAML or JSON document, which know their file, line and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import yaml

from ..language import Sentence
from ..language import gettext_noop as _
from ..text import suggestion
from .errors import CatalogueError, Place

T = TypeVar("T")

_CORE = ("str", "null", "bool", "int", "float", "timestamp", "merge", "value")
_TAGS = {name: f"tag:yaml.org,2002:{name}" for name in _CORE}
_STRING, _NULL, _BOOL, MERGE = (
    _TAGS[name] for name in ("str", "null", "bool", "merge")
)
_Pair = tuple[yaml.Node, yaml.Node]
_TRUE = {"true", "yes", "on"}


class Node:
    """A place in the document, read as the kind of value that is expected there.

    The composer makes sure that keys are single values. Methods raise CatalogueError
    for a value of another kind.
    """

    def __init__(
        self, node: yaml.Node, file: str, key: str = "", line: int = 0
    ) -> None:
        self.node = node
        self._file = file
        self._key = key
        self.line: int = line or node.start_mark.line + 1

    @property
    def place(self) -> Place:
        return Place(self._file, self.line, self._key)

    def error(self, code: str, key: str = "", **params: Any) -> CatalogueError:
        """Return an error at this place, or at a key that should be here."""
        path = ".".join(filter(None, (self._key, key)))
        return CatalogueError(code, self._file, self.line, path, **params)

    def unknown_key(self, name: str, known: Iterable[str]) -> CatalogueError:
        """Return the error about a key of this name at this place."""
        listed = ", ".join(known)
        if near := suggestion(name, known, "{}"):
            return self.error("unknown_key_near", name=name, near=near, known=listed)
        return self.error("unknown_key", name=name, known=listed)

    def at(self, key: yaml.Node, value: yaml.Node) -> Node:
        """Return the value of a key of this mapping, in the line of the key."""
        path = f"{self._key}.{key.value}" if self._key else key.value
        return Node(value, self._file, path, key.start_mark.line + 1)

    def saying(self, text: str) -> Node:
        """Return a node of this text, in the place of this one."""
        node = yaml.ScalarNode(_STRING, text, self.node.start_mark)
        return Node(node, self._file, self._key, self.line)

    def is_single(self) -> bool:
        return isinstance(self.node, yaml.ScalarNode)

    def is_null(self) -> bool:
        return bool(self.node.tag == _NULL)

    def mapping(self, allowed: Iterable[str]) -> dict[str, Node]:
        """Return the values of the allowed keys; an empty one counts as not given."""
        known = list(allowed)
        found = {}
        for name, node in self.named("key"):
            if name not in known:
                raise node.unknown_key(name, known)
            if not node.is_null():
                found[name] = node
        return found

    def named(self, what: str) -> Iterator[tuple[str, Node]]:
        """Yield the pairs of a mapping whose keys may be any names."""
        node = self.expect_mapping()
        self._refuse_duplicates(what)
        for key, value in self._pairs(node, ()).values():
            yield key.value, self.at(key, value)

    def expect_mapping(self) -> yaml.MappingNode:
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("not_a_mapping", found=self._described())
        return self.node

    def holding(self, pairs: list[_Pair]) -> Node:
        """Return a mapping in this place that has the pairs."""
        node = yaml.MappingNode(self.node.tag, pairs, self.node.start_mark)
        return Node(node, self._file, self._key, self.line)

    def sequence(self) -> list[Node]:
        """Return the items of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("not_a_list", found=self._described())
        return [
            Node(item, self._file, f"{self._key}[{position}]")
            for position, item in enumerate(self.node.value)
        ]

    def items(self) -> list[Node]:
        """Return the items of a list, or a list of this value."""
        return self.sequence() if isinstance(self.node, yaml.SequenceNode) else [self]

    def written(self) -> str:
        """Return a single value as it is written, whatever type YAML would give it."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("not_a_value", found=self._described())
        if self.node.tag not in _TAGS.values():
            raise self.error("unknown_tag", tag=self.node.tag)
        return str(self.node.value)

    def text(self) -> str:
        """Return a string; one that YAML reads as a number or boolean needs quotes."""
        text = self.written()
        if self.node.tag != _STRING:
            raise self.error("not_quoted", text=text or "null", quoted=text)
        return text

    def boolean(self) -> bool:
        if self.node.tag != _BOOL:
            raise self.error("not_a_flag", found=self._described())
        return self.written().lower() in _TRUE

    def integer(self) -> int:
        text = self.written()
        if not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise self.error("not_a_number", found=repr(text))
        return int(text)

    def parsed(self, parse: Callable[[str], T]) -> T:
        """Return a single value parsed by a function that raises ValueError."""
        text = self.written()
        try:
            return parse(text)
        except ValueError as error:
            raise self.error("refused", reason=str(error)) from error

    def _described(self) -> str:
        if isinstance(self.node, yaml.MappingNode):
            return Sentence(_("a mapping"), {})
        if isinstance(self.node, yaml.SequenceNode):
            return Sentence(_("a list"), {})
        return (
            repr(self.node.value) if not self.is_null() else Sentence(_("nothing"), {})
        )

    def _pairs(
        self, node: yaml.MappingNode, within: tuple[yaml.Node, ...]
    ) -> dict[str, _Pair]:
        """Return the pairs of a mapping, with those that `<<` merges in.

        Its own pairs come before those of the merged mappings, in their order.
        """
        pairs: dict[str, _Pair] = {}
        for key, value in node.value:
            if key.tag != MERGE:
                continue
            sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for source in reversed(sources):
                if not isinstance(source, yaml.MappingNode) or source in within:
                    raise self.error("merged_not_a_mapping")
                pairs |= self._pairs(source, (*within, node))
        own = {
            str(key.value): (key, value)
            for key, value in node.value
            if key.tag != MERGE
        }
        return pairs | own

    def _refuse_duplicates(self, what: str) -> None:
        seen: dict[str, int] = {}
        for key, value in self.node.value:
            if key.value in seen and key.tag != MERGE:
                raise self.at(key, value).error(
                    "duplicate",
                    what=Sentence(what, {}),
                    name=key.value,
                    first=seen[key.value],
                )
            seen[key.value] = key.start_mark.line + 1
