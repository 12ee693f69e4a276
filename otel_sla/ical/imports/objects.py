"""Map the objects of maintenance notices, such as circuits, to components by a label.

A component gets the notices that are about its object. One that the newest message of a
notice is no longer about loses its overrides, as if the notice were cancelled for it.
So what has been imported for other components counts, too: messages may come in any
order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from icalendar import Event, vText

from ...database.batches import batches
from ...labels import presentable
from ...models import CalendarStatement, Component
from .apply import edited
from .content_lines import event_text, name_of
from .ics_text import Block, CalendarText, split
from .local_time import Untakable
from .maintnote import NO_IMPACT, PREFIX, read_notice
from .statements import Revision
from .target_import import Target
from .vevent import MOST_LINES, identify
from .wanted import Refusal, kept_uid

_OBJECT = f"{PREFIX}OBJECT-ID"
_STATUSES = ("STATUS", f"{PREFIX}STATUS")

Objects = dict[str, str]
"""The impact on each object of a notice, by the object's id."""


class Group(NamedTuple):
    """Targets, such as the components of an object, and the calendar about them."""

    targets: Sequence[Target]
    text: CalendarText


class Mapped(NamedTuple):
    """The groups that notices are about, and objects that no component has."""

    groups: list[Group]
    unknown: list[Refusal]


class _Known:
    """What is stored of some events for the components with a label."""

    def __init__(self, values: dict[int, str], uids: set[str]) -> None:
        self.values: dict[str, set[str]] = defaultdict(set)
        newest: dict[str, dict[str, Any]] = defaultdict(dict)
        rows = CalendarStatement.objects.using(edited())
        for batch in batches(uids):
            for row in rows.filter(component__isnull=False, uid__in=batch):
                if row.component_id not in values:
                    continue
                self.values[row.uid].add(values[row.component_id])
                known = newest[row.uid].get(row.occurrence)
                if known is None or _order(known) < _order(row):
                    newest[row.uid][row.occurrence] = row
        self._newest = newest

    def about(self, uid: str, value: str) -> Iterator[Block]:
        """Yield what is known for others, as it is for the components of an object."""
        for row in self._newest[uid].values():
            for block in split(row.content.encode(), "").events if row.content else ():
                objects = _objects(block)
                # Cancelled where it came to be about other objects, such as this one.
                if value not in objects or not row.cancelled:
                    yield _about(block, objects, value)


def mapped(text: CalendarText, label: str) -> Mapped:
    """Map the objects of each notice to the components with that value of the label.

    A later message of a notice without objects is about those of the earlier ones.
    Within a transaction, until whose end the components are locked.
    """
    components = _by_value(label)
    events = [(_uid(block), block, _objects(block)) for block in text.events]
    values = {one.pk: value for value, rows in components.items() for one in rows}
    known = _Known(values, {uid for uid, _, _ in events})
    concerned = {uid: set(known.values[uid]) for uid, _, _ in events}
    for uid, _, objects in events:
        concerned[uid] |= components.keys() & objects.keys()
    found: dict[str, CalendarText] = defaultdict(lambda: CalendarText(text.source))
    for uid, block, objects in events:
        for value in concerned[uid]:
            found[value].events.append(_about(block, objects, value))
    for uid, ours in concerned.items():
        for value in ours - known.values[uid]:
            found[value].events.extend(known.about(uid, value))
    unknown = [
        one
        for uid, block, objects in events
        for one in _unknown(block, objects, components, label)
        if objects or not concerned[uid]
    ]
    groups = [Group(components[value], found[value]) for value in sorted(found)]
    _lock([one.pk for group in groups for one in group.targets])
    return Mapped(groups, list(dict.fromkeys(unknown)))


def _by_value(label: str) -> dict[str, list[Component]]:
    found = defaultdict(list)
    rows = Component.objects.using(edited()).select_related("agreement__schedule")
    for component in rows.order_by("pk"):
        value = presentable(component.labels).get(label)
        if value:
            found[value].append(component)
    return dict(found)


def _lock(pks: list[int]) -> None:
    """Lock components in one order: simultaneous imports wait for each other."""
    rows = Component.objects.using(edited()).filter(pk__in=pks)
    list(rows.select_for_update().order_by("pk").values_list("pk"))


def _uid(block: Block) -> str:
    return kept_uid(identify(block)[0])


def _objects(block: Block) -> Objects:
    """Return the objects of a notice; none of what is not one, or can't be read."""
    said = [line for line in block.lines if line.upper().startswith(PREFIX)]
    # An event with more lines is refused: its first objects suffice to say so.
    del said[MOST_LINES:]
    try:
        notice = read_notice(Event.from_ical(event_text(said)))
    except ValueError:
        return {}
    return dict(notice.objects) if notice else {}


def _order(row: Any) -> tuple[Any, ...]:
    return (*Revision(row.sequence, row.stamp).order, not row.cancelled)


def _about(block: Block, objects: Objects, value: str) -> Block:
    """Return the notice as it is for the components of one object."""
    if not objects:
        return block
    if value not in objects:
        lines = [
            line for line in block.lines if name_of(line.encode()) not in _STATUSES
        ]
        return block._replace(lines=[*lines, "STATUS:CANCELLED"])
    if objects[value] != NO_IMPACT:
        return block
    # Whatever becomes of the other objects.
    lines = [line for line in block.lines if name_of(line.encode()) != _OBJECT]
    none = f"{_OBJECT};{PREFIX}OBJECT-IMPACT={NO_IMPACT}"
    return block._replace(
        lines=lines + [f"{none}:{vText(name).to_ical().decode()}" for name in objects]
    )


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
