"""Compose nodes from events, one schedule, agreement or component at a time."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from yaml.resolver import Resolver

from ..language import figure
from .errors import CatalogueError
from .json_events import json_events
from .node import Node
from .text_source import Source

MAX_DEPTH = 50
"""Levels of nesting, also of what aliases repeat; a catalogue needs six."""
MAX_LENGTH = 100_000
"""Characters of a single value."""
MAX_NODES = 200_000
"""Keys and values of one schedule, agreement or component."""
_REPEATED_AT_LEAST, _REPEATED_PER_NODE = 1_000_000, 10

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAP, _SEQUENCE = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"


class _Anchored(NamedTuple):
    """A node with an anchor, how many nodes it stands for, and of how many levels."""

    node: yaml.Node
    size: int
    height: int


class Composer:
    """Makes nodes from events, and refuses what would take for ever or all memory.

    It keeps the nodes that have an anchor; of all others it holds one at a time.
    """

    def __init__(self, source: Source) -> None:
        self.file = source.file
        is_json = source.file.lower().endswith(".json")
        read = json_events if is_json else _yaml_events
        self._events: Iterator[Any] = iter(read(source))
        self._resolver = Resolver()
        self._anchors: dict[str, _Anchored | None] = {}
        self._written = self._repeated = self._deepest = 0
        self._limit = 0

    def next_event(self) -> Any:
        """Return the next event, or None, and begin to count MAX_NODES anew."""
        self._limit = self._written + MAX_NODES
        return next(self._events, None)

    def shell(self, event: Any) -> Node:
        """Return the node that the event begins, without what is in it.

        It is there to say where errors are. No alias can repeat it.
        """
        if isinstance(event, yaml.AliasEvent):
            return Node(self._aliased(event, 1), self.file)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        return Node(self._begun(event), self.file)

    def whole(self, depth: int) -> yaml.Node:
        """Return the next node, with all that is in it."""
        return self._node(self.next_event(), depth)

    def _node(self, event: Any, depth: int) -> yaml.Node:
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event, depth)
        self._bound(event, depth)
        if event.anchor is None:
            return self._content(event, depth)
        if event.anchor in self._anchors:
            raise self._error("duplicate_anchor", event, anchor=event.anchor)
        self._anchors[event.anchor] = None
        size, above = self._written + self._repeated, self._deepest
        self._deepest = depth
        node = self._content(event, depth)
        self._anchors[event.anchor] = _Anchored(
            node, self._written + self._repeated - size + 1, self._deepest - depth
        )
        self._deepest = max(self._deepest, above)
        return node

    def _content(self, event: Any, depth: int) -> yaml.Node:
        node = self._begun(event)
        if isinstance(node, yaml.SequenceNode):
            for one in self._items():
                node.value.append(self._node(one, depth + 1))
        elif isinstance(node, yaml.MappingNode):
            for one in self._items():
                key = self.key(one)
                node.value.append((key, self._node(next(self._events), depth + 1)))
        return node

    def _begun(self, event: Any) -> yaml.Node:
        """Return the node that the event begins, without what is in it."""
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        mark: Any = event.start_mark
        if isinstance(event, yaml.SequenceStartEvent):
            return yaml.SequenceNode(_SEQUENCE, [], mark)
        return yaml.MappingNode(_MAP, [], mark)

    def key(self, event: Any) -> yaml.ScalarNode:
        """Return the key of a mapping that the event begins."""
        is_single = not isinstance(event, yaml.CollectionStartEvent)
        key = self._node(event, 1) if is_single else None
        if not isinstance(key, yaml.ScalarNode):
            raise self._error("key_not_plain", event)
        return key

    def _items(self) -> Iterator[Any]:
        """Yield the events that begin items, up to the end of their collection."""
        while not isinstance(event := next(self._events), yaml.CollectionEndEvent):
            yield event

    def _scalar(self, event: Any) -> yaml.ScalarNode:
        if len(event.value) > MAX_LENGTH:
            raise self._error(
                "value_too_long",
                event,
                count=figure(len(event.value)),
                most=figure(MAX_LENGTH),
            )
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._resolver.resolve(  # type: ignore[no-untyped-call]
                yaml.ScalarNode, event.value, event.implicit
            )
        return yaml.ScalarNode(tag, event.value, event.start_mark)

    def _aliased(self, event: yaml.AliasEvent, depth: int) -> yaml.Node:
        if event.anchor not in self._anchors:
            raise self._error("undefined_alias", event, anchor=event.anchor)
        found = self._anchors[event.anchor]
        if found is None:
            raise self._error("recursive_alias", event, anchor=event.anchor)
        self._repeated += found.size
        self._deepest = max(self._deepest, depth + found.height)
        most = _REPEATED_AT_LEAST + _REPEATED_PER_NODE * self._written
        if self._repeated > most:
            raise self._error(
                "too_many_repeated",
                event,
                anchor=event.anchor,
                count=figure(self._repeated),
                most=figure(most),
            )
        self._bound(event, depth + found.height)
        return found.node

    def _bound(self, event: Any, depth: int) -> None:
        self._written += 1
        self._deepest = max(self._deepest, depth)
        if depth > MAX_DEPTH:
            raise self._error("nested_too_deep", event, most=MAX_DEPTH)
        if self._written > self._limit:
            raise self._error("too_many_nodes", event, most=figure(MAX_NODES))

    def _error(self, code: str, event: Any, **params: Any) -> CatalogueError:
        return CatalogueError(code, self.file, event.start_mark.line + 1, **params)


def _yaml_events(source: Source) -> Iterator[yaml.NodeEvent | yaml.CollectionEndEvent]:
    """Yield the events of the document's nodes. Raises CatalogueError.

    libyaml recurses where it composes nodes, but not for events.
    """
    documents = 0
    try:
        loader = _Loader(source)
        while loader.check_event():
            event = loader.get_event()
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                line = event.start_mark.line + 1
                raise CatalogueError("second_document", source.file, line)
            if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
                yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(filter(None, (error.context, error.problem)))
        line = mark.line + 1 if mark else None
        raise CatalogueError("broken_yaml", source.file, line, reason=reason) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise CatalogueError("broken_yaml", source.file, reason=error) from error
