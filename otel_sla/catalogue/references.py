"""Note what calendars and schedules are made of, and where the file says so."""

from collections.abc import Container

from ..schedule.attributes import SCHEDULE
from ..schedule.calendar_attributes import CALENDAR
from ..schedule.holidays import check_code
from ..schedule.kinds import CALENDARS, REFERENCES, TEXTS
from ..schedule.name_lists import is_code
from .entries import Places
from .errors import Place
from .links import LINKS
from .node import Node

Keys = dict[str, Node]
"""The values of a mapping, by their keys."""

LISTS = (CALENDARS, REFERENCES, TEXTS)
"""Kinds of lists that may be empty."""

_KEYS = {
    kind: {one.key for one in table if one.kind in LISTS}
    for kind, table in (("calendar", CALENDAR), ("schedule", SCHEDULE))
}


class References:
    """The names that entries refer to, each with the first place that does so."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str], Place] = {}

    def note(self, kind: str, name: str, place: Place) -> None:
        """Keep a name of that kind, with the place, if it is the first."""
        self._noted.setdefault((kind, name), place)

    def outside(self, kind: str, known: Container[str]) -> dict[str, Place]:
        """Return the names that are not among the known, each with its place."""
        return {
            name: place
            for (noted, name), place in self._noted.items()
            if noted == kind and name not in known
        }


def places(kind: str, node: Node) -> Places:
    """Return the places of an entry that parses, and of what its lists name."""
    found = {("", ""): node.place}
    for key, value in node.named("key"):
        if key in _KEYS.get(kind, ()) and not value.is_null():
            found |= {(key, one.written()): one.place for one in value.items()}
    return found


def refer(kind: str, keys: Keys, references: References) -> None:
    """Note the calendars and schedules that the lists of an entry name."""
    for link in LINKS:
        if link.kind != kind or link.field not in keys:
            continue
        for item in keys[link.field].items():
            name = item.text()
            if link.to == "calendar" and is_code(name):
                if "," in name:
                    raise item.error("names_in_one_text", names=name)
                item.parsed(check_code)
            elif name:
                # It may be an entry further down: it is looked up at the end.
                references.note(link.to, name, item.place)
