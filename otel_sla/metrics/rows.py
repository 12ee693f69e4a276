"""Read the model's rows as columns of text, all of one state of the database.

All columns are read as text: an invalid value then costs its own row and no other, and
rows that have not changed cost a comparison.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import connections, router
from django.db.models import QuerySet

from ..bridge.queries import compiled
from ..conf import conf
from ..database import consistent_read
from ..database.consistent_read import DatabaseRow, Statement
from ..database.deadline import Deadline
from ..models import (
    Agreement,
    CalendarDay,
    Component,
    HolidayCalendar,
    Override,
    Rule,
    Schedule,
)
from ..models.links import every_link
from ..schedule.attributes import OVERRIDE

OVERRIDE_COLUMNS = tuple(one.name for one in OVERRIDE if not one.is_internal)


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows by ascending id; but for keys, every value is text or None."""

    schedules: list[DatabaseRow]
    rules: list[DatabaseRow]
    overrides: list[DatabaseRow]
    agreements: list[DatabaseRow]
    components: list[DatabaseRow]
    calendars: list[DatabaseRow] = field(default_factory=list)
    days: list[DatabaseRow] = field(default_factory=list)
    links: list[DatabaseRow] = field(default_factory=list)
    """What refers to what: the field that does, the key of its row, and the other."""


def database() -> str:
    """Return the alias of the database that is read; once for what belongs together,
    because a site's router may choose another one every time."""
    return conf.DATABASE or router.db_for_read(Component)


def read(deadline: Deadline, alias: str | None = None) -> Tables:
    """Read the tables in eight queries that see the same state of the database.

    Raises django.db.Error where that is not done by the deadline.
    """
    alias = alias or database()
    vendor = connections[alias].vendor
    found = consistent_read.read(alias, lambda: statements(alias, vendor), deadline)
    return Tables(*found)


@cache
def statements(alias: str, vendor: str) -> list[Statement]:
    """Return the queries of the tables, in their order, for a vendor's database."""
    return [*(compiled(*one, alias) for one in _queries()), _links(alias)]


def _queries() -> Iterator[tuple[QuerySet[Any], tuple[str, ...], tuple[str, ...]]]:
    """Yield the rows of each table, the columns that are keys, and those of text."""
    yield (
        Schedule.objects.all(),
        ("id",),
        ("name", "timezone", "always_open", "holidays"),
    )
    yield Rule.objects.all(), ("schedule_id",), Rule.COLUMNS
    yield (
        Override.objects.all(),
        ("schedule_id", "component_id"),
        OVERRIDE_COLUMNS,
    )
    yield (
        Agreement.objects.all(),
        ("id", "schedule_id"),
        ("name", "target", "period"),
    )
    yield Component.objects.enabled(), ("id", "agreement_id"), ("name", "labels")
    yield HolidayCalendar.objects.all(), ("id",), ("name", "include", "without")
    yield CalendarDay.objects.all(), ("calendar_id",), CalendarDay.COLUMNS


def _links(alias: str) -> Statement:
    sql, parameters = every_link().query.get_compiler(using=alias).as_sql()
    return sql, tuple(parameters)
