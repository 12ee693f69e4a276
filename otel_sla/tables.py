"""Read the model's rows as plain columns, all of one state of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connections, router

from .models import Component, Override, Rule, Schedule

Columns = tuple[Any, ...]

# One statement that opens a transaction in which every query sees the same rows.
# Plain BEGIN, because Django would make it IMMEDIATE where a site says so for its
# writers, and a scrape must not wait for those.
_BEGIN = {
    "sqlite": ("BEGIN",),
    "postgresql": ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",),
    "mysql": (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT",
    ),
}


class UnreadableRows(DatabaseError):
    """A row holds what its column can't, written past the database's own checks."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows as they were read, children grouped by what they belong to."""

    schedules: dict[int, Columns]
    rules: dict[int, tuple[Columns, ...]]
    schedule_overrides: dict[int, tuple[Columns, ...]]
    component_overrides: dict[int, tuple[Columns, ...]]
    components: list[Columns]

    def schedule(self, schedule_id: int) -> Columns:
        """All that decides when the schedule is open, comparable as one value."""
        _, *columns = self.schedules[schedule_id]
        return (
            *columns,
            self.rules.get(schedule_id, ()),
            self.schedule_overrides.get(schedule_id, ()),
        )


def read() -> Tables:
    """Read the tables in four queries that see the same state of the database."""
    with one_view(router.db_for_read(Component)) as alias:
        schedules = {
            pk: columns
            for pk, *columns in Schedule.objects.using(alias)
            .order_by()
            .values_list("id", "name", "timezone", "always_open", "holidays")
        }
        rules = _grouped(
            Rule.objects.using(alias)
            .order_by("id")
            .values_list("schedule_id", *Rule.COLUMNS)
        )
        of_schedule: list[Columns] = []
        of_component: list[Columns] = []
        for schedule_id, component_id, *columns in (
            Override.objects.using(alias)
            .order_by("id")
            .values_list("schedule_id", "component_id", "start", "end", "kind")
        ):
            owners = of_schedule if component_id is None else of_component
            owners.append((component_id or schedule_id, *columns))
        components = list(
            Component.objects.using(alias)
            .enabled()
            .order_by("name")
            .values_list(
                "id", "name", "labels", "agreement__name", "agreement__schedule_id"
            )
        )
    return Tables(
        {pk: tuple(columns) for pk, columns in schedules.items()},
        rules,
        _grouped(of_schedule),
        _grouped(of_component),
        components,
    )


def _grouped(rows: Any) -> dict[int, tuple[Columns, ...]]:
    groups: dict[int, list[Columns]] = defaultdict(list)
    for owner, *columns in rows:
        groups[owner].append(tuple(columns))
    return {owner: tuple(columns) for owner, columns in groups.items()}


@contextmanager
def one_view(alias: str) -> Iterator[str]:
    """Let all queries see the same rows, or a component just loaded could be
    evaluated without its overrides. Inside atomic() that is the caller's affair.

    Raises UnreadableRows for a stored value that is none of its column's.
    """
    connection = connections[alias]
    alone = connection.get_autocommit() and connection.vendor in _BEGIN
    with connection.cursor() as cursor:
        for statement in _BEGIN[connection.vendor] if alone else ():
            cursor.execute(statement)
        try:
            yield alias
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise UnreadableRows(f"a stored value can't be read: {error}") from error
        finally:
            # A connection that broke meanwhile has its own error on the way.
            with suppress(DatabaseError):
                if alone:
                    cursor.execute("ROLLBACK")
