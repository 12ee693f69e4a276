"""Make rules, overrides, days and schedules of columns, as text or values. Pure."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from .attributes import OVERRIDE, RULE, Table
from .calendar_attributes import CALENDAR_DAY
from .calendars import Calendar, CalendarDay, OwnCalendar, Union
from .errors import InvalidDefinition
from .evaluation import Schedule
from .holidays import UnknownCalendar
from .holidays import calendar as library_calendar
from .overrides import Override
from .rules import Rule
from .timezones import UnknownZone, zone

Readers = list[tuple[str, Callable[[str], Any], bool, Any]]
"""Of each attribute: its name, what loads it, whether it may be absent, its default."""


def _readers(table: Table) -> Readers:
    return [(one.name, one.kind.load, one.is_nullable, one.default) for one in table]


_RULE, _OVERRIDE, _CALENDAR_DAY = map(_readers, (RULE, OVERRIDE, CALENDAR_DAY))


def rule(columns: Mapping[str, Any]) -> Rule:
    """Return the rule of a row's columns, which may be text or of their own types.

    Raises InvalidDefinition.
    """
    return Rule(**_loaded(_RULE, columns))


def override(columns: Mapping[str, Any]) -> Override:
    """Return the override of a row's columns, which may be text or of their own types.

    Raises InvalidDefinition.
    """
    return Override(**_loaded(_OVERRIDE, columns))


def calendar_day(columns: Mapping[str, Any]) -> CalendarDay:
    """Return the day of a row's columns, which may be text or of their own types.

    Raises InvalidDefinition.
    """
    return CalendarDay(**_loaded(_CALENDAR_DAY, columns))


def calendar(
    name: str,
    include: Iterable[str],
    without: Iterable[str],
    days: Iterable[CalendarDay],
    calendars: Iterable[Calendar],
) -> OwnCalendar:
    """Return the calendar of these parts. Raises InvalidDefinition.

    `include` are codes, `calendars` the others that it includes.
    """
    included = (*calendars, *_library_calendars(include, "include"))
    return OwnCalendar(name, included, tuple(without), tuple(days))


def schedule(
    timezone: str,
    always_open: bool,
    holidays: Iterable[str],
    rules: Iterable[Rule],
    overrides: Iterable[Override],
    *,
    calendars: Iterable[Calendar] = (),
    includes: Iterable[Schedule] = (),
    excludes: Iterable[Schedule] = (),
    name: str = "",
) -> Schedule:
    """Return the schedule of these parts. Raises InvalidDefinition.

    `holidays` are codes of the library, `calendars` all others.
    """
    try:
        return Schedule(
            zone=zone(timezone),
            rules=tuple(rules),
            always_open=always_open,
            holidays=_united(*calendars, *_library_calendars(holidays, "holidays")),
            overrides=(tuple(overrides),),
            includes=tuple(includes),
            excludes=tuple(excludes),
            name=name,
        )
    except UnknownZone as error:
        raise InvalidDefinition.of("timezone", error) from error


def _library_calendars(codes: Iterable[str], field: str) -> list[Calendar]:
    try:
        return [library_calendar(code) for code in codes]
    except UnknownCalendar as error:
        raise InvalidDefinition.of(field, error) from error


@lru_cache(maxsize=256)
def _united(*calendars: Calendar) -> Calendar:
    """Return the union of the calendars, one for all schedules that have the same."""
    return calendars[0] if len(calendars) == 1 else Union(*calendars)


def _loaded(readers: Readers, columns: Mapping[str, Any]) -> dict[str, Any]:
    values = {}
    for name, load, is_nullable, default in readers:
        value = columns.get(name)
        if value is None:
            if not is_nullable:
                raise InvalidDefinition(name, "missing")
            value = default
        elif isinstance(value, str):
            try:
                value = load(value)
            except ValueError as error:
                raise InvalidDefinition.of(name, error) from error
        values[name] = value
    return values
