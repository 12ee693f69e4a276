"""Map the objects of maintenance notices, such as circuits, to components by a label.

A component gets the notices that are about its object. One that a newer notice is no
longer about loses its overrides, as if the notice were cancelled for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from icalendar import Event

from ...labels import presentable
from ...models import Component, Override
from .apply import edited
from .ics_text import Block, CalendarText
from .local_time import Untakable
from .maintnote import NO_IMPACT, read_notice
from .target_import import Target
from .vevent import identify
from .wanted import Refusal, kept_uid

_OBJECT = "X-MAINTNOTE-OBJECT-ID"
_STATUSES = ("STATUS", "X-MAINTNOTE-STATUS")

Objects = dict[str, tuple[str, str]]
"""The objects of a notice by their ids: the impact on each, and its line."""


class Group(NamedTuple):
    """Targets, such as the components of an object, and the calendar about them."""

    targets: Sequence[Target]
    text: CalendarText


class Mapped(NamedTuple):
    """The groups that notices are about, and objects that no component has."""

    groups: list[Group]
    unknown: list[Refusal]


def mapped(text: CalendarText, label: str) -> Mapped:
    """Map the objects of each notice to the components with that value of the label.

    A later message of a notice without objects is about those of the earlier ones.
    """
    components = _by_value(label)
    events = [(block, _objects(block)) for block in text.events]
    concerned = _holders(components, {_uid(block) for block in text.events})
    for block, objects in events:
        concerned[_uid(block)].update(components.keys() & objects.keys())
    found: dict[str, CalendarText] = {}
    for block, objects in events:
        for value in sorted(concerned[_uid(block)]):
            one = found.setdefault(value, CalendarText(text.source))
            one.events.append(_about(block, objects, value))
    groups = [Group(components[value], one) for value, one in found.items()]
    unknown = [
        one
        for block, objects in events
        for one in _unknown(block, objects, components, label)
        if objects or not concerned[_uid(block)]
    ]
    return Mapped(groups, list(dict.fromkeys(unknown)))


def _by_value(label: str) -> dict[str, list[Component]]:
    found = defaultdict(list)
    rows = Component.objects.using(edited()).select_related("agreement__schedule")
    for component in rows.order_by("pk"):
        value = presentable(component.labels).get(label)
        if value:
            found[value].append(component)
    return dict(found)


def _uid(block: Block) -> str:
    return kept_uid(identify(block)[0])


def _objects(block: Block) -> Objects:
    """Return the objects of a notice; none of what is not one, or can't be read."""
    said = [line for line in block.lines if line.upper().startswith("X-MAINTNOTE-")]
    try:
        event = Event.from_ical("\r\n".join(("BEGIN:VEVENT", *said, "END:VEVENT", "")))
        notice = read_notice(event)
    except ValueError:
        return {}
    lines = [line for line in said if _name(line) == _OBJECT]
    pairs = zip(notice.objects if notice else (), lines, strict=False)
    return {name: (impact, line) for (name, impact), line in pairs}


def _holders(
    components: dict[str, list[Component]], uids: set[str]
) -> dict[str, set[str]]:
    """Return the values whose components have overrides of these events, by event."""
    values = {one.pk: value for value, rows in components.items() for one in rows}
    found = defaultdict(set)
    rows = Override.objects.using(edited()).filter(component__isnull=False)
    for key, pk in rows.exclude(uid="").values_list("uid", "component_id"):
        uid = key.partition("#")[0]
        if uid in uids and pk in values:
            found[uid].add(values[pk])
    return found


def _about(block: Block, objects: Objects, value: str) -> Block:
    """Return the notice as it is for the components of one object."""
    lines = block.lines
    if not objects:
        return block
    if value not in objects:
        lines = [line for line in lines if _name(line) not in _STATUSES]
        return block._replace(lines=[*lines, "STATUS:CANCELLED"])
    impact, own = objects[value]
    if impact == NO_IMPACT:
        # Whatever becomes of the other objects.
        lines = [line for line in lines if line == own or _name(line) != _OBJECT]
    return block._replace(lines=lines)


def _unknown(
    block: Block,
    objects: Objects,
    components: dict[str, list[Component]],
    label: str,
) -> Iterator[Refusal]:
    uid, summary, _ = identify(block)
    if not objects:
        yield Refusal(uid, summary, str(Untakable("objects_missing")))
    for name in objects:
        if name not in components:
            why = Untakable("object_unknown", name=name, label=label)
            yield Refusal(uid, summary, str(why))


def _name(line: str) -> str:
    return line.partition(":")[0].partition(";")[0].upper()
