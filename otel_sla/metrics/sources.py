"""What schedules are made of, as comparable values, and how they are made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from ..database.consistent_read import DatabaseRow
from ..database.failures import is_of_the_process
from ..models import CalendarDay, Rule
from ..models.links import Links, by_owner
from ..schedule import InvalidDefinition, Schedule
from ..schedule.composition import LazyMapping, reached
from ..schedule.definitions import CalendarSource, Definitions, ScheduleSource
from ..schedule.name_lists import parse_codes, parse_lines
from .rows import OVERRIDE_COLUMNS, Tables

Rows = tuple[DatabaseRow, ...]
Keys = tuple[int, ...]
T = TypeVar("T")


class OwnPart(NamedTuple):
    """The columns, rules, overrides and links of a schedule alone."""

    timezone: str
    always_open: str
    holidays: str
    rules: Rows
    overrides: Rows
    calendars: Keys
    includes: Keys
    excludes: Keys


class OwnDays(NamedTuple):
    """The columns, days and links of a calendar alone."""

    name: str
    include: str
    without: str
    days: Rows
    calendars: Keys


class Sources:
    """The tables by the keys that lead to their rows, and the schedules made of them.

    What is the same as before is the same object as before, and compares fast.
    """

    def __init__(self, tables: Tables, before: Sources | None = None) -> None:
        self.schedules = {pk: columns for pk, *columns in tables.schedules}
        self.agreements = {pk: columns for pk, *columns in tables.agreements}
        self.periods = _periods(tables)
        self.of_component = _rows_by_owner(
            (owner, columns)
            for _, owner, *columns in tables.overrides
            if owner is not None
        )
        links = by_owner(tables.links)
        self._calendars: Mapping[int, OwnDays] = _as_before(
            _calendars(tables, links), before._calendars if before else {}
        )
        self._parts: Mapping[int, OwnPart] = _as_before(
            _parts(tables, links), before._parts if before else {}
        )
        self._wholes: dict[int, DatabaseRow] = {}
        self._whole_lists: dict[Keys, DatabaseRow] = {}
        self._definitions = Definitions(
            LazyMapping(self._calendars, self._calendar_source),
            LazyMapping(self._parts, self._schedule_source),
        )
        if before:
            self._definitions.keep(
                before._definitions,
                (
                    pk
                    for pk in self._calendars
                    if self._whole_calendars((pk,)) == before._whole_calendars((pk,))
                ),
                (
                    pk
                    for pk in self._parts
                    if pk in before._parts and self._whole(pk) == before._whole(pk)
                ),
            )

    def source(self, schedule_id: int, component_id: int | None) -> DatabaseRow:
        """Return all columns that decide when it is open, and over which periods that
        is counted, as one comparable value."""
        own = self.of_component.get(component_id, ())
        return self._whole(schedule_id), own, self.periods[schedule_id]

    def define(self, schedule_id: int, component_id: int | None) -> Schedule:
        """Return the schedule, with a component's overrides on top.

        Raises whatever reading an invalid row raises.
        """
        if component_id is None:
            return self._definitions.schedule(schedule_id)
        own = self.of_component.get(component_id, ())
        return self._definitions.schedule(schedule_id, _Columns(OVERRIDE_COLUMNS, own))

    def unusable(self) -> Iterator[tuple[str, Exception]]:
        """Yield the name of every schedule that can't be evaluated, and why."""
        for schedule_id, (name, *_) in self.schedules.items():
            try:
                self.define(schedule_id, None)
            except Exception as error:
                if is_of_the_process(error):
                    raise
                yield name, error

    def unmatched(self) -> Iterator[tuple[str, str]]:
        """Yield names of calendars, each with a text of `without` that has no match."""
        for pk, days in self._calendars.items():
            if not days.without:
                continue
            with suppress(InvalidDefinition):
                calendar = self._definitions.calendar(pk)
                yield from ((days.name, text) for text in calendar.unmatched())

    def _schedule_source(self, pk: int) -> ScheduleSource:
        part = self._parts[pk]
        return ScheduleSource(
            str(self.schedules[pk][0]),
            part.timezone,
            part.always_open,
            parse_codes(part.holidays or ""),
            part.calendars,
            part.includes,
            part.excludes,
            _Columns(Rule.COLUMNS, part.rules),
            _Columns(OVERRIDE_COLUMNS, part.overrides),
        )

    def _calendar_source(self, pk: int) -> CalendarSource:
        days = self._calendars[pk]
        return CalendarSource(
            days.name,
            parse_codes(days.include or ""),
            days.calendars,
            parse_lines(days.without or ""),
            _Columns(CalendarDay.COLUMNS, days.days),
        )

    def _whole(self, schedule_id: int) -> DatabaseRow:
        """Return what the schedule and all that it is made of are made of."""
        if schedule_id not in self._wholes:
            self._wholes[schedule_id] = self._make_whole(schedule_id)
        return self._wholes[schedule_id]

    def _make_whole(self, schedule_id: int) -> DatabaseRow:
        part = self._parts[schedule_id]
        if not (part.includes or part.excludes):
            return part, self._whole_calendars(part.calendars)
        schedules = _reached(
            (schedule_id,), self._parts, lambda part: part.includes + part.excludes
        )
        calendars = {pk for part in schedules.values() for pk in part.calendars}
        return *schedules.items(), self._whole_calendars(tuple(sorted(calendars)))

    def _whole_calendars(self, keys: Keys) -> DatabaseRow:
        if keys not in self._whole_lists:
            reached = _reached(keys, self._calendars, lambda days: days.calendars)
            self._whole_lists[keys] = tuple(reached.items())
        return self._whole_lists[keys]


class _Columns:
    """Rows of one owner, which are columns by name whenever they are iterated."""

    def __init__(self, names: tuple[str, ...], rows: Rows) -> None:
        self.names, self.rows = names, rows

    def __iter__(self) -> Iterator[Any]:
        return (dict(zip(self.names, row, strict=True)) for row in self.rows)


def _periods(tables: Tables) -> dict[int, tuple[str, ...]]:
    """Return the periods of each schedule's agreements, in one order."""
    found: dict[int, set[str]] = defaultdict(set)
    for _, schedule_id, _, _, period in tables.agreements:
        found[schedule_id].add(str(period))
    return {pk: tuple(sorted(some)) for pk, some in found.items()}


def _parts(tables: Tables, links: Links) -> dict[int, OwnPart]:
    rules = _rows_by_owner((owner, columns) for owner, *columns in tables.rules)
    overrides = _rows_by_owner(
        (owner, columns)
        for owner, component_id, *columns in tables.overrides
        if component_id is None
    )
    return {
        pk: OwnPart(
            timezone,
            always_open,
            holidays,
            rules.get(pk, ()),
            overrides.get(pk, ()),
            links.get(("holidays", pk), ()),
            links.get(("includes", pk), ()),
            links.get(("excludes", pk), ()),
        )
        for pk, _, timezone, always_open, holidays in tables.schedules
    }


def _calendars(tables: Tables, links: Links) -> dict[int, OwnDays]:
    days = _rows_by_owner((owner, columns) for owner, *columns in tables.days)
    return {
        pk: OwnDays(
            name, include, without, days.get(pk, ()), links.get(("include", pk), ())
        )
        for pk, name, include, without in tables.calendars
    }


def _rows_by_owner(rows: Iterable[tuple[Any, Iterable[str]]]) -> dict[Any, Rows]:
    groups: dict[object, list[DatabaseRow]] = defaultdict(list)
    for owner, columns in rows:
        groups[owner].append(tuple(columns))
    return {owner: tuple(several) for owner, several in groups.items()}


def _as_before(now: Mapping[int, T], before: Mapping[int, T]) -> dict[int, T]:
    """Return what is now, with the objects of before for what is equal."""
    return {
        pk: before[pk] if pk in before and before[pk] == own else own
        for pk, own in now.items()
    }


def _reached(
    keys: Iterable[int], of: Mapping[int, T], linked: Callable[[T], Keys]
) -> dict[int, T]:
    """Return what has the keys, and all that it refers to, by key in ascending order.

    Rows written without validation may refer to what does not exist.
    """
    found = reached(keys, lambda pk: linked(of[pk]) if pk in of else ())
    return {pk: of[pk] for pk in sorted(found) if pk in of}
