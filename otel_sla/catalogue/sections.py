"""Read the sections of a catalogue, entry by entry, in the order of the file."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from ..language import Sentence
from ..language import gettext_noop as _
from .composer import Composer
from .errors import CatalogueError
from .node import MERGE, Node
from .text_source import Source

SECTIONS = {
    "calendars": "calendar",
    "schedules": "schedule",
    "agreements": "agreement",
    "components": "component",
}
"""The sections, and the kind of their entries."""


class Found(NamedTuple):
    """An entry. One that << merges in gives way to the section's own of that name."""

    kind: str
    name: str
    node: Node
    is_merged: bool = False


def entries(source: Source) -> Iterator[Found]:
    """Yield the entries of all sections. Raises CatalogueError for other documents."""
    composer = Composer(source)
    event = composer.next_event()
    if event is None or (isinstance(event, yaml.ScalarEvent) and not event.value):
        raise CatalogueError("empty", source.file)
    root = composer.shell(event)
    root.expect_mapping()
    given: dict[str, int] = {}
    merges: list[Any] = []
    for key in _keys(composer, merges):
        section = root.at(key, key)
        if key.value in given:
            raise section.error(
                "duplicate",
                what=Sentence(_("key"), {}),
                name=key.value,
                first=given[key.value],
            )
        _check(key.value, section)
        given[key.value] = section.line
        yield from _section(composer, root, key)
    for name, node in root.holding(merges).named("key"):
        _check(name, node)
        if name not in given and not node.is_null():
            for own, one in node.named(SECTIONS[name]):
                yield Found(SECTIONS[name], own, one)
        given.setdefault(name, node.line)
    # Anything after the document is an error, too.
    composer.next_event()
    if not given:
        raise root.error("no_section", known=", ".join(SECTIONS))


def _check(name: str, node: Node) -> None:
    if name not in SECTIONS:
        raise node.unknown_key(name, SECTIONS)


def _section(composer: Composer, root: Node, key: yaml.ScalarNode) -> Iterator[Found]:
    kind, merges = SECTIONS[key.value], list[Any]()
    event = composer.next_event()
    section = root.at(key, composer.shell(event).node)
    if section.is_null():
        return
    if isinstance(event, yaml.AliasEvent):
        yield from (Found(kind, *one) for one in section.named(kind))
        return
    section.expect_mapping()
    for name in _keys(composer, merges):
        yield Found(kind, name.value, section.at(name, composer.whole(3)))
    for merged, node in section.holding(merges).named(kind):
        yield Found(kind, merged, node, is_merged=True)


def _keys(composer: Composer, merges: list[Any]) -> Iterator[yaml.ScalarNode]:
    """Yield the keys of a mapping, and add what << merges to `merges`.

    The caller reads each key's value before it asks for the next key.
    """
    while not isinstance(event := composer.next_event(), yaml.MappingEndEvent):
        key = composer.key(event)
        if key.tag == MERGE:
            merges.append((key, composer.whole(3)))
        else:
            yield key
