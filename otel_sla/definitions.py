"""From stored text to what schedule.py evaluates. Neither Django nor OpenTelemetry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, time
from typing import TypeVar

from . import notation
from .calendars import UnknownCalendar, calendar
from .schedule import InvalidDefinition, Override, Rule, Schedule
from .zones import UnknownZone, zone

T = TypeVar("T")


def rule(
    *,
    weekdays: str,
    start: time,
    end: time,
    end_day: int | None,
    nth: int | None,
    months: str,
    days_of_month: str,
    every_weeks: int,
    anchor: date | None,
    valid_from: date | None,
    valid_to: date | None,
    on_holidays: bool,
) -> Rule:
    """Return the rule that a row describes. Raises InvalidDefinition."""
    return Rule(
        weekdays=_parsed("weekdays", notation.parse_weekdays, weekdays),
        start=start,
        end=end,
        end_day=end_day,
        nth=nth,
        months=_parsed("months", notation.parse_numbers, months),
        days_of_month=_parsed("days_of_month", notation.parse_numbers, days_of_month),
        every_weeks=every_weeks,
        anchor=anchor,
        valid_from=valid_from,
        valid_to=valid_to,
        on_holidays=on_holidays,
    )


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
        raise InvalidDefinition("timezone", str(error)) from error
    except UnknownCalendar as error:
        raise InvalidDefinition("holidays", str(error)) from error


def _parsed(field: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidDefinition(field, str(error)) from error
