"""Queries of endpoints, besides the snapshot: rows, and the schedules they define."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db.models import Count, Model, Prefetch, Q, QuerySet

from ...database.consistent_read import reading
from ...database.deadline import Deadline
from ...metrics.rows import database
from ...models import Agreement, Component, HolidayCalendar, Schedule
from ...models.definitions import calendar_definitions
from ...schedule import InvalidDefinition
from ...schedule import Schedule as Definition
from ...schedule.calendars import OwnCalendar
from ...text import is_text
from ..component_list import Unusable
from .errors import NotThere

Row = TypeVar("Row", bound=Model)


@contextmanager
def one_read() -> Iterator[str]:
    """Let all queries within see the same rows, by a deadline.

    Yields the alias of the database to read from.
    """
    alias = database()
    # In SQLite, text in a column of numbers makes Django raise TypeError.
    with reading(Deadline(), alias, NotThere, Unusable) as renew:
        renew()
        yield alias


def schedules(alias: str) -> QuerySet[Any]:
    """Return the schedules by name, with the number of enabled components, and the
    names of what they are made of."""
    return (
        Schedule.objects.using(alias)
        .order_by("name")
        .annotate(enabled_components=_enabled("agreements__components"))
        .prefetch_related(
            _names(HolidayCalendar, "calendars", alias),
            _names(Schedule, "includes", alias),
            _names(Schedule, "excludes", alias),
        )
    )


def calendars(alias: str) -> QuerySet[Any]:
    """Return the calendars by name, with the names of what they are made of, and of
    what is made of them."""
    return (
        HolidayCalendar.objects.using(alias)
        .order_by("name")
        .prefetch_related(
            _names(HolidayCalendar, "calendars", alias),
            _names(HolidayCalendar, "included_by", alias),
            _names(Schedule, "schedules", alias),
        )
    )


def agreements(alias: str) -> QuerySet[Any]:
    """Return the agreements by name, with the number of enabled components."""
    return (
        Agreement.objects.using(alias)
        .order_by("name")
        .select_related("schedule")
        .annotate(enabled_components=_enabled("components"))
    )


def named(rows: QuerySet[Row], name: str) -> Row:
    """Return the row of that name. Raises NotThere."""
    # Databases raise errors on NUL or lone surrogates in a name.
    row = rows.filter(name=name).first() if is_text(name) else None
    if row is None:
        raise NotThere(_kind(rows.model), name)
    return row


def definition(row: Component | Schedule) -> Definition:
    """Return the row's schedule. Raises Unusable."""
    try:
        return row.definition()
    except InvalidDefinition as error:
        raise Unusable(_kind(row), row.name, error) from error


def calendar(row: HolidayCalendar, alias: str) -> OwnCalendar:
    """Return the row's calendar, read from that database. Raises Unusable."""
    try:
        return calendar_definitions(alias).calendar(row.pk)
    except InvalidDefinition as error:
        raise Unusable(_kind(row), row.name, error) from error


def of_component(name: str) -> Definition:
    """Return a component's schedule, its own overrides included.

    Raises NotThere and Unusable.
    """
    with one_read() as alias:
        return definition(named(Component.objects.using(alias), name))


def of_schedule(name: str) -> Definition:
    """Return a schedule. Raises NotThere and Unusable."""
    with one_read() as alias:
        return definition(named(Schedule.objects.using(alias), name))


def _names(model: type[Model], field: str, alias: str) -> Any:
    named = model._default_manager.using(alias).order_by("name").only("name")
    return Prefetch(field, named)


def _enabled(components: str) -> Count:
    return Count(components, filter=Q(**{f"{components}__enabled": True}))


def _kind(row: Model | type[Model]) -> str:
    # In English, for a sentence that is translated when a page shows it.
    return row._meta.verbose_name_raw
