"""Make rules, overrides and schedules of columns, as text or as values. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from .attributes import OVERRIDE, RULE, Table
from .errors import InvalidDefinition
from .evaluation import Schedule
from .holidays import UnknownCalendar, calendar
from .overrides import Override
from .rules import Rule
from .timezones import UnknownZone, zone


def rule(columns: Mapping[str, Any]) -> Rule:
    """Return the rule of a row's columns, which may be text or of their own types.

    Raises InvalidDefinition.
    """
    return Rule(**_loaded(RULE, columns))


def override(columns: Mapping[str, Any]) -> Override:
    """Return the override of a row's columns, which may be text or of their own types.

    Raises InvalidDefinition.
    """
    return Override(**_loaded(OVERRIDE, columns))


def schedule(
    timezone: str,
    always_open: bool,
    holidays: str,
    rules: Iterable[Rule],
    *layers: Iterable[Override],
) -> Schedule:
    """Return the schedule of these parts. Raises InvalidDefinition."""
    try:
        return Schedule(
            zone=zone(timezone),
            rules=tuple(rules),
            always_open=always_open,
            holidays=calendar(holidays) if holidays else frozenset(),
            overrides=tuple(tuple(layer) for layer in layers),
        )
    except UnknownZone as error:
        raise InvalidDefinition.of("timezone", error) from error
    except UnknownCalendar as error:
        raise InvalidDefinition.of("holidays", error) from error


def _loaded(table: Table, columns: Mapping[str, Any]) -> dict[str, Any]:
    values = {}
    for attribute in table:
        name = attribute.name
        value = columns.get(name)
        if value is None:
            if not attribute.is_nullable:
                raise InvalidDefinition(name, "missing")
            value = attribute.default
        elif isinstance(value, str):
            try:
                value = attribute.kind.load(value)
            except ValueError as error:
                raise InvalidDefinition.of(name, error) from error
        values[name] = value
    return values
