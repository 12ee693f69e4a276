"""What depends on schedules and calendars: circles, and what a change does to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.contrib.admin import AdminSite
from django.db import router
from django.db.models import Count, Model, Q, QuerySet

from ..models import Schedule
from ..models.definitions import calendar_sources, definitions
from ..models.links import Links, by_owner, every_link
from ..schedule import InvalidDefinition
from ..schedule.composition import Composition, Key, Parts, reached
from ..schedule.definitions import CalendarSource, Definitions
from ..schedule.open_time_change import OUTLOOK, OpenTime, open_time
from .links import address

SHOWN = 20
"""Schedules whose open time is compared. A comparison takes some milliseconds."""

Chosen = Mapping[str, Iterable[Model]]
"""The rows chosen in a form, by the field."""
_OF_SCHEDULES = ("includes", "excludes")


def alias() -> str:
    """Return the database of the definitions."""
    return router.db_for_read(Schedule)


def stored_links() -> Links:
    """Return what refers to what."""
    return by_owner(every_link().using(alias()))


def stored_calendars() -> dict[Key, CalendarSource]:
    """Return what all calendars are made of."""
    return calendar_sources(alias(), stored_links())


def stored_definitions(schedules: Iterable[int]) -> Definitions:
    """Return the definitions of those schedules, and of all calendars."""
    return definitions(alias(), schedules).replacing(stored_calendars())


def check_circles(what: str, row: Model, name: str, chosen: Chosen) -> None:
    """Refuse rows that would make one a part of itself, or nest too deep.

    Raises InvalidDefinition.
    """
    new = {(field, row.pk): _keys(rows) for field, rows in chosen.items()}
    links = {**stored_links(), **new}
    names = type(row)._default_manager.using(alias()).values_list("pk", "name")
    parts = {
        pk: Parts(
            called, {field: links.get((field, pk), ()) for field in chosen}, _made
        )
        for pk, called in (*names, (row.pk, name))
    }
    composition: Composition[bool] = Composition(what, parts)
    composition.at(row.pk)
    for pk in _with_dependents([row.pk], links, *chosen):
        try:
            composition.at(pk)
        except InvalidDefinition as error:
            # A circle among the dependents does not go through the row.
            if error.code == "too_many_levels":
                raise


def _keys(rows: Iterable[Model]) -> tuple[int, ...]:
    return tuple(one.pk for one in rows)


def _made(**_parts: list[bool]) -> bool:
    return True


def dependents_of_calendar(pk: int) -> set[int]:
    """Return the ids of the schedules that use a calendar, directly or not."""
    links = stored_links()
    calendars = _with_dependents([pk], links, "include")
    direct = {
        pk
        for (field, pk), linked in links.items()
        if field == "holidays" and not calendars.isdisjoint(linked)
    }
    return _with_dependents(direct, links, *_OF_SCHEDULES)


def dependents_of_schedule(pk: int) -> set[int]:
    """Return the ids of the other schedules that a schedule is part of."""
    return _with_dependents([pk], stored_links(), *_OF_SCHEDULES) - {pk}


def _with_dependents(ids: Iterable[int], links: Links, *fields: str) -> set[int]:
    """Return the ids, and those of what refers to them by the fields, or to those."""
    direct: dict[int, list[int]] = defaultdict(list)
    for (field, owner), linked in links.items():
        if field in fields:
            for one in linked:
                direct[one].append(owner)
    return reached(ids, direct.__getitem__)


class Affected(NamedTuple):
    """A schedule that uses what is changed, and the change of its open time."""

    name: str
    url: str
    """Empty if the admin site does not have schedules."""
    components: int
    change: OpenTime | None
    """Within the next 90 days; None if nothing is compared."""
    problem: str
    """Why it can't be evaluated."""


class Dependents(NamedTuple):
    """The schedules that use something: those shown, and all of them in numbers."""

    shown: list[Schedule]
    """With the number of their components as `used`, the most first."""
    schedules: int
    components: int

    @property
    def keys(self) -> list[int]:
        """The ids of those shown."""
        return [one.pk for one in self.shown]

    @property
    def hidden(self) -> int:
        """How many are not shown."""
        return self.schedules - len(self.shown)


def dependents(ids: set[int]) -> Dependents:
    """Return the schedules of those ids, as dependents."""
    rows = _counted(Schedule.objects.using(alias()).filter(pk__in=ids))
    counts = list(rows.values_list("used", flat=True))
    return Dependents(list(rows[:SHOWN]), len(counts), sum(counts))


def _counted(rows: QuerySet[Schedule]) -> QuerySet[Any]:
    enabled = Q(agreements__components__enabled=True)
    used = Count("agreements__components", filter=enabled)
    return rows.annotate(used=used).order_by("-used", "name")


class Comparison(NamedTuple):
    """Definitions before and after a change, and from when on they are compared."""

    before: Definitions
    after: Definitions
    moment: int

    def of(self, schedule: int) -> tuple[OpenTime | None, str]:
        """Return the change of a schedule's open time, or why it can't be evaluated."""
        period = self.moment, self.moment + OUTLOOK
        try:
            after = open_time(self.after.schedule(schedule), *period)
        except InvalidDefinition as error:
            return None, error.message
        try:
            before = open_time(self.before.schedule(schedule), *period)
        except InvalidDefinition:
            # Its components are left out, as if it were never open.
            before = OpenTime()
        return after.since(before), ""


def affected(
    site: AdminSite, schedules: Iterable[Any], comparison: Comparison | None = None
) -> list[Affected]:
    """Return the schedules, with the change of their open time where it is compared.

    Links go to pages of the admin site.
    """
    return [
        Affected(
            one.name,
            address(site, "schedule", "change", one.pk),
            one.used,
            *(comparison.of(one.pk) if comparison else (None, "")),
        )
        for one in schedules
    ]
