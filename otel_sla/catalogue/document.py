"""A YAML or JSON document whose every node knows its file, line and key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Any, TypeVar

import yaml

T = TypeVar("T")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = ("str", "null", "bool", "int", "float", "timestamp", "merge", "value")
_TAGS = {name: f"tag:yaml.org,2002:{name}" for name in _CORE}
_STRING, _NULL, _BOOL, _MERGE = (
    _TAGS[name] for name in ("str", "null", "bool", "merge")
)
_Pair = tuple[yaml.Node, yaml.Node]
_TRUE = {"true", "yes", "on"}
_SURROGATE_PAIR = re.compile(
    r"\\\\|\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE
)


class CatalogueError(ValueError):
    """A catalogue can't be used: names file, line and key, and what would be right."""

    def __init__(
        self, message: str, file: str, line: int | None = None, key: str = ""
    ) -> None:
        place = [file]
        if line is not None:
            place.append(f"line {line}")
        if key:
            place.append(key)
        super().__init__(f"{', '.join(place)}: {message}")
        self.file = file
        self.line = line
        self.key = key


class Node:
    """A place in the document, read by what is expected of it.

    Every method raises CatalogueError when it holds something else.
    """

    def __init__(
        self, node: yaml.Node, file: str, key: str = "", line: int = 0
    ) -> None:
        self._node = node
        self._file = file
        self._key = key
        self._line = line or node.start_mark.line + 1

    def error(self, message: str, key: str = "") -> CatalogueError:
        """An error at this place, or at a key that should be here."""
        path = ".".join(filter(None, (self._key, key)))
        return CatalogueError(message, self._file, self._line, path)

    def is_null(self) -> bool:
        return bool(self._node.tag == _NULL)

    def mapping(self, allowed: Iterable[str]) -> dict[str, Node]:
        """The values of the known keys; one left empty counts as not given."""
        known = list(allowed)
        found = {}
        for name, node in self.named("key"):
            if name not in known:
                raise node.error(_unknown_key(name, known))
            if not node.is_null():
                found[name] = node
        return found

    def named(self, what: str) -> Iterator[tuple[str, Node]]:
        """The pairs of a mapping whose keys are names of the file's own."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.error(f"must be a mapping, not {self._described()}")
        self._refuse_duplicates(what)
        pairs: dict[str, Node] = {}
        for key, value in self._merged(self._node):
            if not isinstance(key, yaml.ScalarNode):
                raise self.error(f"a {what} must be a plain name")
            path = f"{self._key}.{key.value}" if self._key else key.value
            line = key.start_mark.line + 1
            pairs[key.value] = Node(value, self._file, path, line)
        yield from pairs.items()

    def sequence(self) -> list[Node]:
        """The items of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.error(f"must be a list, not {self._described()}")
        return [
            Node(item, self._file, f"{self._key}[{position}]")
            for position, item in enumerate(self._node.value)
        ]

    def items(self) -> list[Node]:
        """The items of a list, or this one value."""
        return self.sequence() if isinstance(self._node, yaml.SequenceNode) else [self]

    def written(self) -> str:
        """A single value as it stands in the file, whatever YAML would make of it."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.error(f"must be a single value, not {self._described()}")
        if self._node.tag not in _TAGS.values():
            raise self.error(f"has the tag {self._node.tag}, which means nothing here")
        return str(self._node.value)

    def text(self) -> str:
        """A string; what YAML takes for a number or a boolean has to be quoted."""
        text = self.written()
        if self._node.tag != _STRING:
            raise self.error(f'must be a string, not {text or "null"}: write "{text}"')
        return text

    def boolean(self) -> bool:
        if self._node.tag != _BOOL:
            raise self.error(f"must be true or false, not {self._described()}")
        return self.written().lower() in _TRUE

    def integer(self) -> int:
        text = self.written()
        if not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise self.error(f"must be a whole number, not {text!r}")
        return int(text)

    def parsed(self, parse: Callable[[str], T]) -> T:
        """A single value in a notation whose errors say what is allowed."""
        try:
            return parse(self.written())
        except ValueError as error:
            raise self.error(str(error)) from error

    def _described(self) -> str:
        if isinstance(self._node, yaml.MappingNode):
            return "a mapping"
        if isinstance(self._node, yaml.SequenceNode):
            return "a list"
        return repr(self._node.value) if not self.is_null() else "nothing"

    def _merged(self, node: yaml.MappingNode) -> Iterable[_Pair]:
        """The pairs of a mapping with its `<<` merged in: what it says itself wins,
        then the mappings in their order."""
        return self._pairs(node, ()).values()

    def _pairs(
        self, node: yaml.MappingNode, within: tuple[yaml.Node, ...]
    ) -> dict[str, _Pair]:
        pairs: dict[str, _Pair] = {}
        for key, value in node.value:
            if key.tag != _MERGE:
                continue
            sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for source in reversed(sources):
                if not isinstance(source, yaml.MappingNode) or source in within:
                    raise self.error("what << merges must be other mappings")
                pairs |= self._pairs(source, (*within, node))
        own = {str(key.value): (key, value) for key, value in node.value}
        own.pop("<<", None)
        return pairs | own

    def _refuse_duplicates(self, what: str) -> None:
        seen: dict[str, int] = {}
        for key, _ in self._node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen and key.tag != _MERGE:
                path = f"{self._key}.{name}" if self._key else name
                raise CatalogueError(
                    f"duplicate {what} {name!r}, first given in line {seen[name]}: "
                    "rename or remove one of them",
                    self._file,
                    line,
                    path,
                )
            seen[name] = line


def compose(text: str, file: str) -> Node:
    """Return the root of the document. Raises CatalogueError."""
    if file.endswith(".json"):
        text = _json_as_yaml(text, file)
    try:
        root = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(filter(None, (error.context, error.problem)))
        line = mark.line + 1 if mark else None
        raise CatalogueError(f"broken YAML: {reason}", file, line) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise CatalogueError(f"broken YAML: {error}", file) from error
    if root is None or (isinstance(root, yaml.ScalarNode) and not root.value):
        raise CatalogueError(
            "is empty: a catalogue has schedules, agreements and components", file
        )
    return Node(root, file)


def _json_as_yaml(text: str, file: str) -> str:
    """JSON is YAML, but for tabs between tokens and escaped surrogate pairs."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise CatalogueError(f"broken JSON: {error.msg}", file, error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise CatalogueError(f"broken JSON: {error}", file) from error
    return _SURROGATE_PAIR.sub(_one_escape, text.replace("\t", " "))


def _one_escape(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[0]
    high, low = int(match[1], 16), int(match[2], 16)
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08X}"


def _unknown_key(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"unknown key {name!r}: {meant}known are {', '.join(known)}"
