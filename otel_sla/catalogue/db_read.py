"""Read entries from the database."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import router
from django.db.models import Model, Q, QuerySet

from ..database.batches import BATCH
from ..database.consistent_read import UnreadableRows, one_view
from ..models import Agreement, Component, HolidayCalendar, Schedule
from ..models import CalendarDay as CalendarDayRow
from ..models import Override as OverrideRow
from ..models import Rule as RuleRow
from ..schedule import InvalidDefinition, Override, Rule, from_text
from ..schedule.calendars import CalendarDay
from ..schedule.name_lists import in_order as names_in_order
from ..schedule.name_lists import parse_codes, parse_lines
from .entries import (
    AgreementEntry,
    CalendarEntry,
    Catalogue,
    ComponentEntry,
    ScheduleEntry,
    in_order,
)
from .errors import CatalogueError
from .links import LINKS
from .text_source import is_table

Stored = tuple[str, ComponentEntry]
"""A component of the database, with its name."""

_Owned = dict[int, list[tuple[int, Override]]]


def edited() -> str:
    """Return the alias of the database that catalogues are loaded into.

    Catalogues are compared with the same database: replicas may not have the changes
    of the previous load yet.
    """
    return router.db_for_write(Component)


@contextmanager
def one_state() -> Iterator[None]:
    """Let all queries see one state of the database, except inside atomic().

    Raises UnreadableRows for a stored value that is invalid in its column.
    """
    try:
        with one_view(edited()):
            yield
    except UnreadableRows as error:
        # What is wrong with a catalogue is wrong with its file.
        if isinstance(error.__cause__, CatalogueError):
            raise error.__cause__ from None
        raise


def read_database() -> Catalogue:
    """Return the database as a catalogue, in a constant number of queries.

    All of one state of the database, except inside atomic(). Raises CatalogueError
    for invalid rows, which were written without validation.
    """
    with one_state():
        of_schedules, of_components = _read_overrides()
        rows = _rows(Component.objects.using(edited()))
        components = dict(_components(rows, of_components))
        return replace(_definitions(of_schedules), components=components)


def read_definitions() -> Catalogue:
    """Return a catalogue of the schedules and agreements, without components."""
    of_schedules, _ = _read_overrides(Q(schedule__isnull=False))
    return _definitions(of_schedules)


def read_components(names: Iterable[str]) -> dict[str, ComponentEntry]:
    """Return the existing components of these names, in two queries."""
    rows = Component.objects.using(edited())
    return dict(_with_overrides(rows.filter(name__in=list(names))))


def other_components(names: Container[str]) -> Iterator[Stored]:
    """Yield the components with other names, reading them in batches by id."""
    last = 0
    components = Component.objects.using(edited())
    while True:
        following = components.filter(pk__gt=last).order_by("pk")
        rows = list(following.values_list("pk", "name")[:BATCH])
        others = [pk for pk, name in rows if name not in names]
        yield from _with_overrides(components.filter(pk__in=others))
        if len(rows) < BATCH:
            return
        last = rows[-1][0]


def _definitions(overrides: _Owned) -> Catalogue:
    alias, rules, days, linked = edited(), _read_rules(), _read_days(), _read_links()
    calendars: Iterable[Any] = (
        HolidayCalendar.objects.using(alias)
        .order_by("name")
        .values_list("id", "name", "include", "without")
    )
    schedules: Iterable[Any] = (
        Schedule.objects.using(alias)
        .order_by("name")
        .values_list("id", "name", "timezone", "always_open", "holidays")
    )
    agreements: Iterable[Any] = (
        Agreement.objects.using(alias)
        .order_by("name")
        .values_list("name", "schedule__name", "target", "period", "unknown")
    )
    return Catalogue(
        {
            name: ScheduleEntry(
                timezone,
                always,
                names_in_order((*linked["holidays", pk], *parse_codes(codes))),
                names_in_order(linked["includes", pk]),
                names_in_order(linked["excludes", pk]),
                tuple(rules[pk]),
                _entries(overrides[pk]),
            )
            for pk, name, timezone, always, codes in schedules
        },
        {name: AgreementEntry(*values) for name, *values in agreements},
        calendars={
            name: CalendarEntry(
                names_in_order((*linked["include", pk], *parse_codes(codes))),
                parse_lines(without),
                tuple(days[pk]),
            )
            for pk, name, codes, without in calendars
        },
    )


def _read_links() -> dict[tuple[str, int], list[str]]:
    """Return the names that entries' lists have, by the list and the entry's id."""
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    for link in LINKS:
        rows = link.model._default_manager.using(edited())
        owner, other = link.columns
        for pk, name in rows.values_list(owner, f"{other}__name"):
            found[link.field, pk].append(name)
    return found


def _read_days() -> dict[int, list[CalendarDay]]:
    days: dict[int, list[CalendarDay]] = defaultdict(list)
    names = CalendarDayRow.COLUMNS
    rows = CalendarDayRow.objects.using(edited()).order_by("id")
    for calendar_id, *values in rows.values_list("calendar_id", *names):
        columns = dict(zip(names, values, strict=True))
        try:
            days[calendar_id].append(from_text.calendar_day(columns))
        except InvalidDefinition as error:
            raise CatalogueError(
                "invalid_stored_day", "database", calendar=calendar_id, reason=error
            ) from error
    return days


def _read_rules() -> dict[int, list[Rule]]:
    rules: dict[int, list[Rule]] = defaultdict(list)
    rows = RuleRow.objects.using(edited()).order_by("id")
    for schedule_id, *values in rows.values_list("schedule_id", *RuleRow.COLUMNS):
        columns = dict(zip(RuleRow.COLUMNS, values, strict=True))
        try:
            rules[schedule_id].append(from_text.rule(columns))
        except InvalidDefinition as error:
            raise CatalogueError(
                "invalid_stored_rule", "database", schedule=schedule_id, reason=error
            ) from error
    return rules


def names_that_stay(path: Path, *, prune: bool) -> dict[str, set[str]]:
    """Return what a file may refer to without naming it, by section.

    Pruning leaves nothing, except for a CSV file, which can't name any.
    """
    if prune and not is_table(path.name):
        return {}
    models: dict[str, type[Model]] = {
        "calendars": HolidayCalendar,
        "schedules": Schedule,
        "agreements": Agreement,
    }
    return {
        section: set(
            model._default_manager.using(edited()).values_list("name", flat=True)
        )
        for section, model in models.items()
    }


def overrides_of(kind: str, ids: Iterable[int]) -> _Owned:
    """Return the overrides of schedules or components by owner, each with its id."""
    of_schedule, of_component = _read_overrides(Q(**{f"{kind}__in": list(ids)}))
    return of_schedule if kind == "schedule" else of_component


def _read_overrides(condition: Q | None = None) -> tuple[_Owned, _Owned]:
    """Return the overrides of schedules and those of components, with their ids."""
    of_schedule: _Owned = defaultdict(list)
    of_component: _Owned = defaultdict(list)
    found = OverrideRow.objects.using(edited()).filter(condition or Q())
    rows = found.values_list("id", "schedule_id", "component_id", *OverrideRow.COLUMNS)
    for pk, schedule_id, component_id, *values in rows.order_by("id").iterator():
        try:
            override = Override(*values)
        except InvalidDefinition as error:
            raise CatalogueError(
                "invalid_stored_override", "database", start=values[0], reason=error
            ) from error
        if schedule_id is not None:
            of_schedule[schedule_id].append((pk, override))
        else:
            of_component[component_id].append((pk, override))
    return of_schedule, of_component


def _with_overrides(found: QuerySet[Component]) -> Iterator[Stored]:
    rows = list(_rows(found))
    _, of_components = _read_overrides(Q(component__in=[pk for pk, *_ in rows]))
    return _components(rows, of_components)


def _rows(found: QuerySet[Component]) -> Iterable[tuple[Any, ...]]:
    return found.order_by("name").values_list(
        "id", "name", "agreement__name", "labels", "enabled"
    )


def _components(rows: Iterable[tuple[Any, ...]], overrides: _Owned) -> Iterator[Stored]:
    for pk, name, agreement, labels, enabled in rows:
        own = _entries(overrides.get(pk, ()))
        yield name, ComponentEntry(agreement, labels, enabled, own)


def _entries(owned: Iterable[tuple[int, Override]]) -> tuple[Override, ...]:
    return in_order(override for _, override in owned)
