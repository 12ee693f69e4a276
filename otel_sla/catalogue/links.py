"""Which calendars and schedules are made of which others."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from django.db import models

from ..models.calendars import CalendarInclusion
from ..models.schedules import ScheduleCalendar, ScheduleExclusion, ScheduleInclusion
from ..schedule.name_lists import names_of

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
        """The columns of the entry and of the other, which are its only ones."""
        _, owner, other = (one.attname for one in self.model._meta.concrete_fields)
        return owner, other


LINKS = (
    Link("calendar", "include", "calendar", CalendarInclusion),
    Link("schedule", "holidays", "calendar", ScheduleCalendar),
    Link("schedule", "includes", "schedule", ScheduleInclusion),
    Link("schedule", "excludes", "schedule", ScheduleExclusion),
)


def linked(kind: str, entry: object) -> Iterator[tuple[str, Ref]]:
    """Yield what an entry is made of, each with the field that says so."""
    for link in LINKS:
        if link.kind == kind:
            for name in others(link, entry):
                yield link.field, (link.to, name)


def others(link: Link, entry: object) -> tuple[str, ...]:
    """Return the names that an entry has in the list."""
    names: tuple[str, ...] = getattr(entry, link.field, ())
    # Only calendars have codes beside names.
    return names_of(names) if link.to == "calendar" else names
