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
            raise CatalogueError(
                "broken YAML: a second document begins; a catalogue is one",
                source.file,
                event.start_mark.line + 1,
            )


def _events(source: Source) -> Iterator[Any]:
    try:
        loader = _Loader(source)
        while loader.check_event():
            yield loader.get_event()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(filter(None, (error.context, error.problem)))
        line = mark.line + 1 if mark else None
        raise CatalogueError(f"broken YAML: {reason}", source.file, line) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise CatalogueError(f"broken YAML: {error}", source.file) from error
