"""YAML as a stream of events. libyaml recurses where it composes, but not here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from .errors import CatalogueError
from .text_source import Source

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def yaml_events(source: Source) -> Iterator[yaml.NodeEvent | yaml.CollectionEndEvent]:
    """Yield the events of the nodes of the one document. Raises CatalogueError."""
    documents = 0
    for event in _events(source):
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            line = event.start_mark.line + 1
            raise CatalogueError("second_document", source.file, line)


def _events(source: Source) -> Iterator[Any]:
    try:
        loader = _Loader(source)
        while loader.check_event():
            yield loader.get_event()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(filter(None, (error.context, error.problem)))
        line = mark.line + 1 if mark else None
        raise CatalogueError("broken_yaml", source.file, line, reason=reason) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise CatalogueError("broken_yaml", source.file, reason=error) from error
