"""Which calendars and schedules are made of which others."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from django.db import models

from ..models import (
    CalendarInclusion,
    ScheduleCalendar,
    ScheduleExclusion,
    ScheduleInclusion,
)
from ..schedule.composition import reached
from ..schedule.name_lists import names_of
from .entries import CalendarEntry, Catalogue, ScheduleEntry

Whole = Literal["calendar", "schedule"]
"""The kinds of entries that are made of others."""
Ref = tuple[Whole, str]
"""An entry, by its kind and its name."""


class Link(NamedTuple):
    """A list of an entry with names of others, and the model that stores them."""

    kind: Whole
    field: str
    to: Whole
    model: type[models.Model]

    @property
    def columns(self) -> tuple[str, str]:
        """The keys of the entry and of the other, by the names of their fields."""
        _, owner, other = (one.name for one in self.model._meta.concrete_fields)
        return owner, other


LINKS = (
    Link("calendar", "include", "calendar", CalendarInclusion),
    Link("schedule", "holidays", "calendar", ScheduleCalendar),
    Link("schedule", "includes", "schedule", ScheduleInclusion),
    Link("schedule", "excludes", "schedule", ScheduleExclusion),
)


def others(link: Link, entry: object) -> tuple[str, ...]:
    """Return the names that an entry has in the list."""
    names: tuple[str, ...] = getattr(entry, link.field, ())
    # Only beside names of calendars are there codes.
    return names_of(names) if link.to == "calendar" else names


def linked(kind: Whole, entry: CalendarEntry | ScheduleEntry) -> Iterator[Ref]:
    """Yield what an entry is made of."""
    for link in LINKS:
        if link.kind == kind:
            yield from ((link.to, name) for name in others(link, entry))


class Dependents:
    """What is made of which calendars and schedules of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._direct: dict[Ref, list[Ref]] = defaultdict(list)
        for kind, entries in _wholes(catalogue):
            for name, entry in entries.items():
                for ref in linked(kind, entry):
                    self._direct[ref].append((kind, name))

    def reached(self, refs: Iterable[Ref]) -> set[Ref]:
        """Return these, and what uses any of them, directly or not."""
        return reached(refs, lambda ref: self._direct.get(ref, ()))


def differing(before: Catalogue, after: Catalogue) -> set[Ref]:
    """Return the calendars and schedules that are new or other than before.

    Also where only something differs that they are made of, directly or not.
    """
    had = dict(_wholes(before))
    return Dependents(after).reached(
        (kind, name)
        for kind, entries in _wholes(after)
        for name, entry in entries.items()
        if had[kind].get(name) != entry
    )


def _wholes(
    catalogue: Catalogue,
) -> Iterator[tuple[Whole, dict[str, CalendarEntry] | dict[str, ScheduleEntry]]]:
    yield "calendar", catalogue.calendars
    yield "schedule", catalogue.schedules
