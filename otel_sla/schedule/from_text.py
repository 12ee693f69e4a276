"""From stored text to what is evaluated. Neither Django nor OpenTelemetry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, TypeVar

from . import notation
from .errors import InvalidDefinition
from .evaluation import Schedule
from .holidays import UnknownCalendar, calendar
from .overrides import Override
from .rules import Rule
from .timezones import UnknownZone, zone

T = TypeVar("T")


def flag(text: str) -> bool:
    """Return the truth value that a database writes as text."""
    try:
        return {"1": True, "true": True, "0": False, "false": False}[text]
    except KeyError:
        raise ValueError(f"{text!r} is neither true nor false") from None


_TYPES: Mapping[str, Callable[[str], Any]] = {
    "start": time.fromisoformat,
    "end": time.fromisoformat,
    "end_day": int,
    "nth": int,
    "every_weeks": int,
    "anchor": date.fromisoformat,
    "valid_from": date.fromisoformat,
    "valid_to": date.fromisoformat,
    "on_holidays": flag,
}
_MAY_BE_EMPTY = frozenset({"end_day", "nth", "anchor", "valid_from", "valid_to"})


def rule_of_text(columns: Mapping[str, str | None]) -> Rule:
    """Return the rule whose columns are written as text. Raises InvalidDefinition."""
    typed: dict[str, Any] = {}
    for name, text in columns.items():
        if text is None and name in _MAY_BE_EMPTY:
            typed[name] = None
        else:
            typed[name] = _parsed(name, _TYPES.get(name, str), _present(name, text))
    return rule(**typed)


def override_of_text(
    start: str | None, end: str | None, kind: str | None, reason: str | None = ""
) -> Override:
    """Return the override of columns written as text. Raises InvalidDefinition."""
    readings = {
        name: _parsed(name, datetime.fromisoformat, _present(name, text))
        for name, text in (("start", start), ("end", end))
    }
    # Override itself says which kinds there are.
    return Override(**readings, kind=kind, reason=reason or "")  # type: ignore[arg-type]


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


def _present(field: str, text: str | None) -> str:
    if text is None:
        raise InvalidDefinition(field, "is missing")
    return text


def _parsed(field: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidDefinition(field, str(error)) from error
